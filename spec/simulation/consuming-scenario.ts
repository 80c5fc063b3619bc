import fc from 'fast-check'
import type { KafkaVersion } from '../../lib/testing/releases.ts'
import {
  brokers,
  config,
  coordinators,
  type Happening,
  happenings,
  healedAt,
  network,
  partitionCount,
  protocols,
  type TransactionsConfig,
  tape,
} from './transactions-scenario.ts'

// The regime of consume-transform-produce as plain data: a log of messages, how a program reads it and what
// it makes of it by exactlyOnce, which programs take over, and what brokers and networks do meanwhile.

/** The records made from one message. */
export interface Making {
  readonly records: 0 | 1 | 2
  /** 0: at once; else so long a stream takes for each record. */
  readonly slowMs: number
}

/**
 * Another program takes over the partitions: with the same transactional id, or as another member of the
 * group.
 */
export interface Takeover {
  readonly at: number
  readonly kind: 'twin' | 'rebalance'
}

export interface ConsumingScenario {
  readonly config: TransactionsConfig
  readonly version: KafkaVersion
  readonly completionMs: number
  /** The messages in the order in which they are read; dealt out to the source's partitions in turn. */
  readonly messages: readonly Making[]
  /** How messages arrive: pulled by `paced`, or pushed. */
  readonly source: 'iterable' | 'asyncIterable' | 'pushed'
  /** Milliseconds between two of them, where that is not the puller's affair. */
  readonly gapMs: number
  /** When transactions end: so long after their beginning, or whenever a stream says so. */
  readonly every: { readonly kind: 'timer' | 'boundaries'; readonly ms: number }
  readonly maxMessages: number
  readonly maxWaiting: number
  readonly fencing: 'group' | 'transactional.id'
  /** The source fails, or the stream is unsubscribed; then the program starts again. */
  readonly breaks: readonly { readonly at: number; readonly kind: 'fail' | 'leave' }[]
  readonly takeover: Takeover | null
  readonly happenings: readonly Happening[]
  readonly tape: readonly number[]
}

const moment = fc.integer({ min: 0, max: healedAt - 500 })

const making: fc.Arbitrary<Making> = fc.record({
  records: fc.constantFrom<Making['records'][]>(1, 1, 1, 0, 2),
  slowMs: fc.constantFrom(0, 0, 0, 0, 3, 60),
})

const common = {
  config: config.map((drawn) => ({ ...drawn, timeoutMs: 60_000 })),
  version: fc.constantFrom<KafkaVersion>('4.4', '4.4', '4.0', '3.9', '3.7'),
  completionMs: fc.constantFrom(0, 5, 60, 250),
  messages: fc.array(making, { minLength: 1, maxLength: 40, size: 'max' }),
  source: fc.constantFrom<ConsumingScenario['source'][]>('iterable', 'asyncIterable', 'pushed'),
  gapMs: fc.constantFrom(0, 0, 7, 90),
  every: fc.record({
    kind: fc.constantFrom<ConsumingScenario['every']['kind'][]>('timer', 'timer', 'boundaries'),
    ms: fc.constantFrom(1, 20, 100, 400),
  }),
  maxMessages: fc.constantFrom(1, 3, 10, 10_000),
  maxWaiting: fc.constantFrom(1, 2, 10_000),
}

/** Of which nothing has to be awaited. */
const atOnce = fc.array(
  making.map((drawn) => ({ ...drawn, slowMs: 0 })),
  { minLength: 1, maxLength: 40, size: 'max' },
)

/** Nothing goes wrong. */
const calm: fc.Arbitrary<ConsumingScenario> = fc.record({
  ...common,
  messages: fc.oneof(common.messages, atOnce),
  fencing: fc.constantFrom<ConsumingScenario['fencing'][]>('group', 'transactional.id'),
  breaks: fc.constant([]),
  takeover: fc.constant(null),
  happenings: fc.constant([]),
  tape: fc.constant([]),
})

/** Streams end early, answers are lost, and another program takes over without this one's knowledge. */
const troubled: fc.Arbitrary<ConsumingScenario> = fc
  .record({
    ...common,
    fencing: fc.constantFrom<ConsumingScenario['fencing'][]>('group', 'transactional.id'),
    breaks: fc.array(
      fc.record({ at: moment, kind: fc.constantFrom('fail' as const, 'leave' as const) }),
      { maxLength: 3 },
    ),
    takeover: fc.option(
      fc.record({ at: moment, kind: fc.constantFrom('twin' as const, 'rebalance' as const) }),
    ),
    happenings: happenings(
      fc.oneof(
        { weight: 4, arbitrary: network },
        { weight: 3, arbitrary: coordinators },
        { weight: 2, arbitrary: brokers },
        { weight: 1, arbitrary: protocols },
        { weight: 2, arbitrary: fc.constant({ kind: 'fence', owner: 'a' } as const) },
      ),
    ),
    tape: fc.oneof(fc.constant<readonly number[]>([]), tape),
  })
  .map((drawn) => {
    // Without the group's generation only one with the same transactional id may take over.
    const isFenced = drawn.fencing === 'group' || drawn.takeover?.kind !== 'rebalance'
    return isFenced ? drawn : { ...drawn, fencing: 'group' as const }
  })

export const consumingScenarios: fc.Arbitrary<ConsumingScenario> = fc.oneof(
  { weight: 1, arbitrary: calm },
  { weight: 3, arbitrary: troubled },
)

/** Whether nothing was drawn that prevents a transaction from being committed. */
export function isUndisturbed({ happenings: all, tape: events, ...drawn }: ConsumingScenario) {
  return all.length + events.length + drawn.breaks.length === 0 && drawn.takeover === null
}

/** Where a message lies in the source. */
export function placeOf(index: number): { readonly partition: number; readonly offset: number } {
  return { partition: index % partitionCount, offset: Math.floor(index / partitionCount) }
}

/** How many messages a partition of the source has. */
export function lengthOf({ messages }: ConsumingScenario, partition: number): number {
  return messages.filter((_, index) => placeOf(index).partition === partition).length
}
