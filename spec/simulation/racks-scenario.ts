import fc from 'fast-check'
import type { FaultPlan } from './scenario.ts'

// A cluster in several racks and a producer in one of them (KIP-1123). Most records have no key, and each
// fills a batch, so each partition is a separate choice. Leaders move, and brokers stop and start.

export interface RackRecord {
  readonly at: number
  readonly partition: number | null
  readonly key: string | null
}

export interface RacksScenario {
  /** Of each broker, null where it has none. */
  readonly racks: readonly (string | null)[]
  readonly partitions: number
  readonly adaptive: boolean
  readonly metadataMaxAgeMs: number
  readonly records: readonly RackRecord[]
  readonly faults: readonly FaultPlan[]
  readonly tape: readonly number[]
}

/** The producer's. */
export const ownRack = 'east'

const at = fc.integer({ min: 0, max: 1500 })

const record: fc.Arbitrary<RackRecord> = fc.record({
  at,
  partition: fc.constantFrom(null, null, null, null, null, null, 0),
  key: fc.constantFrom(null, null, null, null, null, 'order-17'),
})

function faultOf(brokers: number, partitions: number): fc.Arbitrary<FaultPlan> {
  const broker = fc.integer({ min: 1, max: brokers })
  const partition = fc.integer({ min: 0, max: partitions - 1 })
  const ms = fc.constantFrom(100, 400)
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('move' as const), at, partition, broker }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('stop' as const),
        at,
        broker,
        ms,
        failover: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('pause' as const), at, broker, ms }) },
  )
}

/** Leaders move from broker to broker, and brokers come and go. */
const restless: fc.Arbitrary<RacksScenario> = fc
  .record({
    racks: fc.array(fc.constantFrom('east', 'east', 'west', null), { minLength: 2, maxLength: 4 }),
    partitions: fc.integer({ min: 2, max: 7 }),
  })
  .chain(({ racks, partitions }) =>
    fc.record({
      racks: fc.constant(racks),
      partitions: fc.constant(partitions),
      adaptive: fc.boolean(),
      metadataMaxAgeMs: fc.constantFrom(300_000, 50),
      records: fc.array(record, { minLength: 10, maxLength: 60, size: 'max' }),
      faults: fc.array(faultOf(racks.length, partitions), { maxLength: 6, size: 'max' }),
      tape: fc.array(
        fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(255) }),
        { maxLength: 60, size: 'max' },
      ),
    }),
  )

/**
 * One broker of the own rack takes nothing for a while, and nothing else happens. Each partition has had a
 * batch before, as adaptive choices want it.
 */
const brownout: fc.Arbitrary<RacksScenario> = fc
  .record({
    everyMs: fc.constantFrom(4, 8),
    count: fc.integer({ min: 120, max: 200 }),
    broker: fc.constantFrom(1, 2),
  })
  .map(({ everyMs, count, broker }) => ({
    racks: ['east', 'east', 'west', 'west'],
    partitions: 4,
    adaptive: true,
    metadataMaxAgeMs: 300_000,
    records: Array.from({ length: count }, (_, index) => ({
      at: index * everyMs,
      partition: index < 4 ? index : null,
      key: null,
    })),
    faults: [{ kind: 'pause' as const, at: 60, broker, ms: everyMs * count }],
    tape: [],
  }))

export const racksScenarios: fc.Arbitrary<RacksScenario> = fc.oneof(
  { weight: 6, arbitrary: restless },
  { weight: 1, arbitrary: brownout },
)

/** Whether it is a brownout, and of which broker: it is the leader of the partition before its id. */
export function pausedOf({ faults, tape, racks }: RacksScenario): number | null {
  const [fault] = faults
  const isOne = faults.length === 1 && tape.length === 0 && racks.length === 4
  return isOne && fault?.kind === 'pause' && fault.at === 60 ? fault.broker : null
}
