import { type ConsumingScenario, isUndisturbed, lengthOf } from './consuming-scenario.ts'
import type { Heard } from './transactions-cluster.ts'
import { partitionCount } from './transactions-scenario.ts'

// What must hold for a run of consume-transform-produce, whatever happened to it. After everything is
// healed, a program has read the source to its end, so every output must exist.

/** A committed record: the message that it was made from, and its index among that message's records. */
export interface Output {
  readonly message: number
  readonly index: number
  readonly partition: number
  readonly offset: number
}

/** A message that a program got back. */
export interface Emitted {
  readonly program: number
  readonly message: number
  readonly results: readonly { readonly partition: number; readonly offset: number }[]
}

export interface ConsumingHistory extends Heard {
  readonly emitted: Emitted[]
  outputs: readonly Output[]
  /** What the group has committed, by partition of the source. */
  committed: ReadonlyMap<number, number>
  /** Messages that a paced source had given, and that nothing was made of yet: the most at a time. */
  mostWaiting: number
  /** How often a commit was asked for. */
  commits: number
  readonly codes: string[]
  readonly violations: { readonly property: string; readonly detail: string }[]
  readonly counters: Record<string, number>
}

type Check = (history: ConsumingHistory, scenario: ConsumingScenario) => Iterable<string>

export const consumingProperties: Readonly<Record<string, Check>> = {
  *'each message has its output exactly once'({ outputs }, { messages }) {
    const times = new Map<string, number>()
    for (const { message, index } of outputs) {
      const name = `${message}/${index}`
      times.set(name, (times.get(name) ?? 0) + 1)
    }
    for (const [message, { records }] of messages.entries()) {
      for (let index = 0; index < records; index += 1) {
        const count = times.get(`${message}/${index}`) ?? 0
        if (count !== 1) yield `${message}/${index} is there ${count} times`
      }
    }
  },

  *'outputs are in the order of the messages'({ outputs }) {
    const last = new Map<number, Output>()
    for (const one of outputs) {
      const before = last.get(one.partition)
      const isBehind =
        before !== undefined &&
        (one.message < before.message ||
          (one.message === before.message && one.index < before.index))
      if (isBehind) yield `${one.message}/${one.index} is behind ${before.message}/${before.index}`
      last.set(one.partition, one)
    }
  },

  *'every offset is committed'({ committed }, scenario) {
    for (let partition = 0; partition < partitionCount; partition += 1) {
      const length = lengthOf(scenario, partition)
      const at = committed.get(partition) ?? 0
      if (at !== length) yield `partition ${partition}: ${at} of ${length}`
    }
  },

  *'what is emitted is committed'({ emitted, outputs }, { messages }) {
    for (const { message, results } of emitted) {
      const { records } = messages[message]!
      if (results.length !== records) yield `${message}: ${results.length} of ${records} results`
      for (const [index, { partition, offset }] of results.entries()) {
        const isThere = outputs.some(
          (one) =>
            one.message === message &&
            one.index === index &&
            one.partition === partition &&
            one.offset === offset,
        )
        if (!isThere) yield `${message}/${index} is not at ${partition}@${offset}`
      }
    }
  },

  *'a message is emitted once, in its turn'({ emitted }) {
    const last = new Map<number, number>()
    const seen = new Set<number>()
    for (const { program, message } of emitted) {
      if (seen.has(message)) yield `${message} again`
      seen.add(message)
      if (message < (last.get(program) ?? -1)) yield `${message} behind ${last.get(program)}`
      last.set(program, message)
    }
  },

  *'what nothing disturbs needs no second attempt'({ codes, emitted }, scenario) {
    if (!isUndisturbed(scenario)) return
    const isBounded = scenario.source === 'pushed' && scenario.maxWaiting < scenario.messages.length
    const unexpected = codes.filter((code) => !(isBounded && code === 'TRANSACTION_TOO_LARGE'))
    if (unexpected.length > 0) yield unexpected.join(', ')
    if (emitted.length !== scenario.messages.length)
      yield `${emitted.length} of ${scenario.messages.length} messages were emitted`
  },

  *'a paced source stops while records are awaited'({ mostWaiting, codes }, { source }) {
    if (source === 'pushed') return
    if (mostWaiting > 2) yield `${mostWaiting} waited`
    if (codes.includes('TRANSACTION_TOO_LARGE')) yield 'too many waited'
  },

  *'a transaction is filled while another commits'({ commits }, scenario) {
    const { source, messages, maxMessages, every, config } = scenario
    const isAtOnce = messages.every(({ slowMs }) => slowMs === 0)
    // What is pulled takes no time here, so all of it comes while the first one commits, or before.
    if (source !== 'iterable' || every.kind !== 'timer' || !isAtOnce) return
    if (!isUndisturbed(scenario) || config.maxBlockMs < 60_000) return
    const most = Math.ceil(messages.length / maxMessages) + 1
    if (commits > most) yield `${commits} commits of ${messages.length} messages, not ${most}`
  },
}
