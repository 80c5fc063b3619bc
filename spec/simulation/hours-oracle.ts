import type { Life, LogEntry } from './hours-cluster.ts'
import type { HoursPasswords } from './hours-passwords.ts'
import { type HoursScenario, isGrowing, type Sending } from './hours-scenario.ts'
import { placeAmong } from './placement.ts'

// What must hold for a run of hours, whatever topics and brokers did.

export interface Sent {
  readonly id: number
  readonly sending: Sending
  readonly givenAt: number
  doneAt: number | null
  /** Where it is, or the code with which it failed. */
  result: { readonly partition: number; readonly offset: number } | string | null
}

export interface HoursHistory {
  readonly sent: Sent[]
  /** The lives of the topics, one after the other if one was created again. */
  readonly lives: readonly Life[]
  readonly losses: readonly {
    readonly topic: string
    readonly at: number
    /** The topic was made again; else the brokers forgot the producers. */
    readonly made: boolean
  }[]
  /** The periods in which the brokers refused every login. */
  readonly lockOuts: readonly { readonly from: number; readonly to: number | null }[]
  readonly passwords: Pick<HoursPasswords, 'wasOvertaken'>
  /** When handshakes failed for good while no connection was of use, and since when none had been. */
  readonly refusals: { readonly at: number; readonly quietSince: number }[]
  readonly violations: { readonly property: string; readonly detail: string }[]
  readonly counters: Record<string, number>
  /** When everything had been healed for long enough. */
  endedAt?: number
}

/** After so long without sending, the client sends one batch at a time by itself. */
const restMs = 1000

type Check = (history: HoursHistory, scenario: HoursScenario) => Iterable<string>

export const hoursProperties: Readonly<Record<string, Check>> = {
  *'all waiting records are delivered once the faults are over'(history) {
    for (const one of history.sent) {
      const isLate = one.doneAt === null || one.doneAt > history.endedAt!
      if (isLate && !mayBeOfAPartitionThatIsGone(one, history))
        yield `${one.id} for ${one.sending.topic}, given at ${one.givenAt}`
    }
  },

  *'temporary faults do not fail records'(history, { versions, starts }) {
    const isById =
      starts === undefined
        ? versions.produce >= 13 && versions.metadata >= 10
        : starts.release === '4.4' // of those drawn, the only one that names topics by id
    for (const one of history.sent) {
      if (typeof one.result !== 'string' || one.doneAt! > history.endedAt!) continue
      // What a broker took first of two that were in flight when it lost what it knew. Without ids
      // nothing tells of a topic made again while the client hardly rests.
      const mayBeLost =
        one.result === 'SEQUENCE_LOST' &&
        lossesDuring(one, history, isById ? 0 : restMs).some(({ made }) => !made || !isById)
      const isRefused =
        one.result === 'AUTHENTICATION_FAILED' &&
        (wasLockedOut(one, history) || history.passwords.wasOvertaken(one.doneAt!))
      if (!mayBeLost && !isRefused)
        yield `${one.id} failed with ${one.result}, given at ${one.givenAt}`
    }
  },

  *'a refused login fails records at once'({ sent, refusals }) {
    for (const { at, quietSince } of refusals) {
      for (const { id, givenAt, doneAt } of sent) {
        // What was given before may have been sent, and be in a log.
        const isUnsent = givenAt > quietSince && givenAt < at
        if (isUnsent && (doneAt === null || doneAt > at))
          yield `${id}, given at ${givenAt}, was not told of the refusal at ${at}`
      }
    }
  },

  *'an acknowledged record is in the log, at its offset'({ sent, lives }) {
    for (const { id, sending, result } of sent) {
      if (result === null || typeof result === 'string') continue
      const found = lives.some(
        ({ topic, log }) => topic === sending.topic && log.some((entry) => isAt(entry, id, result)),
      )
      if (!found) yield `${id} is not at ${sending.topic}-${result.partition}@${result.offset}`
    }
  },

  *'the log keeps input order'({ lives }) {
    for (const { topic, log } of lives) {
      const last = new Map<number, number>()
      const seen = new Set<number>()
      for (const { id, partition } of log) {
        const before = last.get(partition) ?? -1
        if (id < before && !seen.has(id)) yield `${topic}-${partition}: ${id} after ${before}`
        last.set(partition, Math.max(id, before))
        seen.add(id)
      }
    }
  },

  *'nothing is in the log twice'(history) {
    for (const { topic, log } of history.lives) {
      const seen = new Set<number>()
      for (const { id } of log) {
        // No client can recognise a retry whose first attempt was forgotten.
        const mayBe = seen.has(id) && lossesDuring(history.sent[id]!, history).length > 0
        if (seen.has(id) && !mayBe) yield `${id} is in ${topic} twice`
        seen.add(id)
      }
    }
  },

  *'a key decides the partition of its record, by the existing partitions'(history, scenario) {
    const slackMs = 1000
    for (const { id, sending, givenAt, doneAt, result } of history.sent) {
      const { topic, key } = sending
      if (key === undefined || result === null || typeof result === 'string') continue
      // By metadata that are no older than metadata.max.age.ms, where they are to be had.
      const from = isGrowing(scenario)
        ? givenAt - scenario.config.metadataMaxAgeMs - slackMs
        : Number.NEGATIVE_INFINITY
      const counts = countsBetween(history, topic, from, doneAt!)
      if (!counts.some((count) => placeAmong(key, count) === result.partition))
        yield `${id}, given at ${givenAt}, is in ${topic}-${result.partition}, not by ${counts.join(' or ')}`
    }
  },
}

function isAt(
  { id, partition, offset }: LogEntry,
  wanted: number,
  at: Exclude<Sent['result'], string | null>,
) {
  return id === wanted && partition === at.partition && offset === at.offset
}

/** Topics that came back smaller: earlier records are for a partition that no longer exists. */
function mayBeOfAPartitionThatIsGone({ sending, givenAt }: Sent, { lives }: HoursHistory): boolean {
  const ofTopic = lives.filter(({ topic }) => topic === sending.topic)
  const now = ofTopic.at(-1)!.counts.at(-1)!.count
  return ofTopic.some(
    ({ goneAt, counts }) =>
      goneAt !== null && goneAt >= givenAt - 1e9 && counts.at(-1)!.count > now,
  )
}

/** A refusal takes brokers a moment. */
const refusalMs = 1000

/** Whether nobody was let in at some time while the record was outstanding. */
function wasLockedOut({ givenAt, doneAt }: Sent, { lockOuts }: HoursHistory): boolean {
  return lockOuts.some(
    ({ from, to }) => from <= doneAt! && (to === null || to + refusalMs >= givenAt),
  )
}

/** What brokers lost of a topic's producers while the record was outstanding. */
function lossesDuring({ sending, givenAt, doneAt }: Sent, { losses }: HoursHistory, beforeMs = 0) {
  return losses.filter(
    ({ topic, at }) => topic === sending.topic && at >= givenAt - beforeMs && at <= (doneAt ?? at),
  )
}

function countsBetween({ lives }: HoursHistory, topic: string, from: number, to: number) {
  const all = lives.flatMap((life) => (life.topic === topic ? life.counts : []))
  return all
    .filter(({ since }, index) => since <= to && (all[index + 1]?.since ?? to) >= from)
    .map(({ count }) => count)
}
