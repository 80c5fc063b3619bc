import fc from 'fast-check'
import type { Regime } from './campaign.ts'
import type { HoursHistory } from './hours-oracle.ts'
import type { Deed, HoursScenario } from './hours-scenario.ts'
import { runHours } from './hours-world.ts'
import { patience, type Scenario } from './scenario.ts'
import { run } from './world.ts'

// Batches of one record, several of them in flight, whose answers are lost while others fail for good: a
// numbering that ends with batches of unknown fate.

const nth = fc.integer({ min: 2, max: 24 })

const fault: fc.Arbitrary<Scenario['faults'][number]> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('cutAfter' as const, 'hang' as const), nth }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cutBefore' as const), nth }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('delay' as const),
      nth,
      ms: fc.constantFrom(190, 230, 300),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('reply' as const),
      nth,
      times: fc.constantFrom(1, 1, 2),
      error: fc.constantFrom(
        'TOPIC_AUTHORIZATION_FAILED' as const,
        'NOT_LEADER_OR_FOLLOWER' as const,
        'NOT_ENOUGH_REPLICAS' as const,
      ),
      appended: fc.constant(false),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('reply' as const),
      nth,
      times: fc.constantFrom(1, 2),
      error: fc.constantFrom(
        'REQUEST_TIMED_OUT' as const,
        'NOT_ENOUGH_REPLICAS_AFTER_APPEND' as const,
      ),
      appended: fc.constant(true),
    }),
  },
)

/** Answers are lost, and records fail for good. */
export const doubtful: fc.Arbitrary<Scenario> = fc
  .record({
    partitions: fc.constantFrom(1, 1, 2),
    maxInFlight: fc.constantFrom(5, 5, 3),
    retries: fc.constantFrom(1, 2, 2147483647, 2147483647),
    deliveryTimeoutMs: fc.constantFrom(450, 900, 60000),
    count: fc.integer({ min: 8, max: 40 }),
    everyMs: fc.constantFrom(0, 1, 1, 3, 10),
    faults: fc.array(fault, { minLength: 2, maxLength: 6, size: 'max' }),
    tape: fc.array(
      fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(255) }),
      { maxLength: 80, size: 'max' },
    ),
  })
  .map(({ partitions, count, everyMs, faults, tape, ...config }) => ({
    brokers: 1,
    partitions,
    config: {
      ...patience,
      ...config,
      lingerMs: 0,
      batchSize: 1,
      bufferMemory: 33554432,
      acks: 'all' as const,
      idempotent: true,
      requestTimeoutMs: 200,
      metadataMaxAgeMs: 300000,
      compression: 'none' as const,
    },
    streams: [
      {
        kind: 'settled' as const,
        records: Array.from({ length: count }, (_, index) => ({
          at: index * everyMs,
          partition: index % partitions,
          bytes: 10,
          serializeMs: 0,
        })),
        end: 'complete' as const,
        endAt: 0,
      },
    ],
    faults,
    tape,
    flushAt: null,
    close: null,
    brokenForever: false,
  }))

/** The storms' world, with those runs. */
export const doubtRegime: Regime<Scenario> = { scenarios: doubtful, run }

const topics = fc.constantFrom('a' as const, 'a' as const, 'b' as const)

const losing: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('remake' as const),
      topic: topics,
      partitions: fc.constant(3),
      awayMs: fc.constant(0),
      refusals: fc.integer({ min: 1, max: 4 }),
      slowMs: fc.constant(0),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('refuse' as const),
      topic: topics,
      error: fc.constantFrom('NOT_LEADER_OR_FOLLOWER' as const, 'NOT_ENOUGH_REPLICAS' as const),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Deed>({ kind: 'nothing' }) },
)

/** Topics are created again while batches of one record are in flight and retried repeatedly. */
export const overtaking: fc.Arbitrary<HoursScenario> = fc.record({
  config: fc.record({
    lingerMs: fc.constant(0),
    batchSize: fc.constant(1),
    maxInFlight: fc.constantFrom(5, 3),
    metadataMaxAgeMs: fc.constant(300_000),
    metadataMaxIdleMs: fc.constant(300_000),
    retryBackoffMaxMs: fc.constant(1000),
  }),
  versions: fc.constantFrom({ produce: 13, metadata: 13 }, { produce: 12, metadata: 9 }),
  bootstrapGoes: fc.constant(false),
  steps: fc.array(
    fc.record({
      sends: fc.array(fc.record({ topic: topics, partition: fc.constantFrom(0, 0, 0, 1) }), {
        minLength: 2,
        maxLength: 8,
        size: 'max',
      }),
      gapMs: fc.constantFrom(0, 1, 4, 20, 60),
      deed: losing,
      deedMs: fc.constantFrom(0, 2, 7, 30),
      passMs: fc.constantFrom(1, 4, 20, 60, 100, 500),
    }),
    { minLength: 3, maxLength: 8, size: 'max' },
  ),
})

/** A way to the broker, and back. */
const roundTripMs = 6

/** The hours, with one property more: they must have no other cause of delay than {@link losing}. */
export const overtakingRegime: Regime<HoursScenario> = {
  scenarios: overtaking,
  async run(scenario, library) {
    const history = await runHours(scenario, library)
    for (const detail of overtakenLater(history))
      history.violations.push({
        property: 'only records in flight with it overtake a record',
        detail,
      })
    return history
  },
}

/** Records that were overtaken only by records in flight together with their first attempt. */
function* overtakenLater({ sent }: HoursHistory): Iterable<string> {
  for (const { id, sending, givenAt, result } of sent) {
    if (result !== 'SEQUENCE_LOST') continue
    const line = sent.filter(
      (one) => one.sending.topic === sending.topic && one.sending.partition === sending.partition,
    )
    // When what came before it had its result, it was sent at the latest.
    const before = line.filter((one) => one.id < id).map(({ doneAt }) => doneAt!)
    const knownAt = Math.max(givenAt, ...before) + roundTripMs
    const overtaking = line.filter((one) => one.id > id && typeof one.result === 'object')
    if (!overtaking.some((one) => one.givenAt <= knownAt)) yield `${id}, given at ${givenAt}`
  }
}
