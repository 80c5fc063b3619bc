import {
  isCalm,
  mayLoseId,
  type Owner,
  type TransactionsScenario,
  type Unit,
} from './transactions-scenario.ts'

// What must hold for a run of transactions, whatever brokers, coordinators and other producers did.

/** The outcome of a transaction. */
export type Fate =
  | 'committed'
  /** Nothing of it may ever be visible. */
  | 'aborted'
  /** The outcome is unknown. */
  | 'unknown'
  /** Its owner had unsubscribed before it ended. */
  | 'left'

export interface Attempt {
  readonly id: number
  readonly unit: Unit
  /** By index: the partition of each record that was given. */
  readonly given: number[]
  /** When its first record was given; null while none was. */
  begunAt: number | null
  fate: Fate | null
  settledAt: number | null
  /** The code of the error that it ended with, if any. */
  code: string | null
  /** Where results say that its records are, by index. */
  readonly results: Map<number, { readonly partition: number; readonly offset: number }>
  /** Whether an error was emitted after results were. */
  isMixed: boolean
}

/** A committed record. */
export interface Visible {
  readonly attempt: number
  readonly index: number
  readonly partition: number
  readonly offset: number
}

export interface TransactionsHistory {
  readonly attempts: Attempt[]
  visible: readonly Visible[]
  /** The attempts whose offset the group has. */
  offsets: readonly number[]
  /** When somebody who is not a producer of the run took an id. */
  readonly takeovers: { readonly owner: Owner; readonly at: number }[]
  /** When a producer asked for an identity, as one that has none, and when it used one. */
  readonly identities: {
    readonly owner: Owner
    readonly kind: 'asked' | 'used'
    readonly at: number
  }[]
  readonly violations: { readonly property: string; readonly detail: string }[]
  readonly counters: Record<string, number>
}

type Check = (history: TransactionsHistory, scenario: TransactionsScenario) => Iterable<string>

export const transactionProperties: Readonly<Record<string, Check>> = {
  *'what is visible is whole transactions'({ attempts, visible, offsets }) {
    for (const { id, given, unit, fate } of attempts) {
      const there = new Set(visible.filter(({ attempt }) => attempt === id).map((one) => one.index))
      const hasOffset = offsets.includes(id)
      const isAll = there.size === given.length
      if (there.size > 0 && !isAll) yield `${id}: ${there.size} of ${given.length} records, ${fate}`
      if (unit.offsets && there.size > 0 && !hasOffset) yield `${id}: records without the offset`
      if (hasOffset && !isAll) yield `${id}: the offset without the records, ${fate}`
    }
  },

  *'what was told to be committed is visible'({ attempts, visible, offsets }) {
    for (const { id, given, unit, fate } of attempts) {
      if (fate !== 'committed') continue
      const count = visible.filter(({ attempt }) => attempt === id).length
      if (count < given.length) yield `${id}: ${count} of ${given.length} records`
      if (unit.offsets && !offsets.includes(id)) yield `${id}: its offset is not`
    }
  },

  *'what was told to be aborted is not visible'({ attempts, visible, offsets }) {
    for (const { id, fate, code } of attempts) {
      if (fate !== 'aborted') continue
      const count = visible.filter(({ attempt }) => attempt === id).length
      if (count > 0 || offsets.includes(id)) yield `${id}: ${count} records, after ${code}`
    }
  },

  *'nothing is visible twice'({ visible }) {
    const seen = new Set<string>()
    for (const { attempt, index, partition } of visible) {
      const name = `${attempt}/${index}`
      if (seen.has(name)) yield `${name}, again in ${partition}`
      seen.add(name)
    }
  },

  *'visible records are in order'({ visible, attempts }) {
    const last = new Map<string, Visible>()
    for (const one of visible) {
      const { owner } = attempts[one.attempt]!.unit
      // The transactions of a pool's producers run beside one another.
      const place = `${one.partition} ${owner === 'pool' ? `pool ${one.attempt}` : owner}`
      const before = last.get(place)
      const isBehind =
        before !== undefined &&
        (one.attempt < before.attempt ||
          (one.attempt === before.attempt && one.index < before.index))
      if (isBehind) yield `${one.attempt}/${one.index} is behind ${before.attempt}/${before.index}`
      last.set(place, one)
    }
  },

  *'a result says where its record is'({ attempts, visible }) {
    for (const { id, results, fate } of attempts) {
      for (const [index, { partition, offset }] of results) {
        const found = visible.find((one) => one.attempt === id && one.index === index)
        const isThere = found?.partition === partition && found.offset === offset
        if (!isThere && fate === 'committed')
          yield `${id}/${index} is not at ${partition}@${offset}`
      }
    }
  },

  *'nothing is emitted of what was not committed'({ attempts }) {
    for (const { id, unit, fate, results, isMixed } of attempts) {
      if (isMixed) yield `${id}: an error after results`
      if (unit.form === 'operator' && results.size > 0 && fate !== 'committed')
        yield `${id}: ${results.size} results, ${fate}`
    }
  },

  *'a fenced producer commits nothing any more'({ attempts, takeovers, visible, identities }) {
    for (const { owner, at } of takeovers) {
      if (owner === 'pool') continue // its other producer keeps its id, and goes on
      const mine = identities.filter((one) => one.owner === owner)
      const hadIt = mine.some((one) => one.kind === 'used' && one.at < at)
      const asksAnew = mine.some((one) => one.kind === 'asked' && one.at >= at)
      if (!hadIt || asksAnew) continue
      for (const { id, unit, begunAt } of attempts) {
        const isLate = unit.owner === owner && begunAt !== null && begunAt > at
        if (isLate && visible.some((one) => one.attempt === id))
          yield `${id} began at ${begunAt}, the id was taken at ${at}`
      }
    }
  },

  *'a producer that was told so commits nothing any more'({ attempts }) {
    const over = new Map<string, number>()
    for (const { unit, code, settledAt } of attempts) {
      if (unit.owner === 'pool' || code !== 'FENCED') continue
      over.set(unit.owner, Math.min(over.get(unit.owner) ?? Number.POSITIVE_INFINITY, settledAt!))
    }
    for (const { id, unit, fate, begunAt } of attempts) {
      const at = over.get(unit.owner)
      if (at !== undefined && fate === 'committed' && begunAt !== null && begunAt > at)
        yield `${id} was committed, ${unit.owner} was fenced at ${at}`
    }
  },

  *'what nothing disturbs is committed'({ attempts }, scenario) {
    if (!isCalm(scenario)) return
    for (const { id, unit, fate, code } of attempts)
      if (unit.end === 'commit' && fate !== 'committed') yield `${id}: ${fate}, ${code}`
  },

  *'nobody is fenced without another producer'({ attempts, identities }, scenario) {
    const { version, config, happenings, tape } = scenario
    // Under TV1 a coordinator that aborts what took too long fences whoever had it. And: 1. a late
    // AddPartitionsToTxn begins what nobody wants. 2. The next epoch is asked for: that is aborted first.
    const isTv1 = version < '4' || happenings.some(({ deed }) => deed.kind === 'protocol')
    const isLate = tape.length > 0 || happenings.some(({ deed }) => deed.kind === 'pause')
    const mayBeOfItself = isTv1 && (isLate || config.timeoutMs < 60_000)
    for (const { id, unit, code } of attempts) {
      if (code !== 'FENCED' && code !== 'PRODUCER_FAILED') continue
      // 1. Its first request for an identity is under way for long. 2. It asks again, and has one. 3. The
      // first one arrives, and is answered with the next epoch, as by Kafka itself.
      const asked = identities.filter((one) => one.owner === unit.owner && one.kind === 'asked')
      if (mayLoseId(scenario, unit.owner) || mayBeOfItself || asked.length > 1) continue
      yield `${id} of ${unit.owner}: ${code}`
    }
  },

  *'everything ends'({ attempts }) {
    for (const { id, fate, unit } of attempts) if (fate === null) yield `${id} of ${unit.owner}`
  },
}
