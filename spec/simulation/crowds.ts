import fc from 'fast-check'
import {
  beyond,
  passing,
  patience,
  type RecordPlan,
  type Scenario,
  type StreamPlan,
  serene,
  stormy,
} from './scenario.ts'

// Streams that might disturb one another: records without a partition, or without one yet; a source that
// must not wait because of others; too little memory for all.

type Place = Pick<RecordPlan, 'topic' | 'partition' | 'key'> | null

/** Where a record may go astray; null: it goes to its own destination. */
const places: fc.Arbitrary<Place> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.constant<Place>({ topic: 'late', partition: null }) },
  { weight: 1, arbitrary: fc.constant<Place>({ topic: 'late', partition: 0 }) },
  { weight: 1, arbitrary: fc.constant<Place>({ topic: 'never', partition: null }) },
  { weight: 2, arbitrary: fc.constant<Place>({ partition: beyond, key: undefined }) },
)

const lateAt = fc.constantFrom(0, 30, 150, 400, 2500)

/** Of sources that wait only the first: each wait takes its whole time. */
function gone(stream: StreamPlan, all: readonly Place[]): StreamPlan {
  const isPatient = stream.kind.startsWith('paced') || stream.kind === 'writable'
  let left = isPatient ? 1 : Number.POSITIVE_INFINITY
  const records = stream.records.map((record, index) => {
    const place = all[index] ?? null
    if (place === null || left === 0) return record
    left -= 1
    return { ...record, ...place }
  })
  return { ...stream, records: records.map((record) => ({ ...record, serializeMs: 0 })) }
}

/** Anything may go wrong, or nothing, and some records have no valid destination. */
export const astray: fc.Arbitrary<Scenario> = fc
  .tuple(
    fc.oneof(stormy, passing, serene),
    fc.array(fc.array(places, { minLength: 24, maxLength: 24 }), { minLength: 3, maxLength: 3 }),
    fc.record({ lateAt, maxWaiting: fc.constantFrom(undefined, undefined, 1, 5) }),
  )
  .map(([scenario, all, { lateAt: at, maxWaiting }]) => ({
    ...scenario,
    lateAt: at,
    config: { ...scenario.config, maxWaiting },
    streams: scenario.streams.map((stream, index) => gone(stream, all[index]!)),
  }))

/** What others wait for, beside a paced source that has no reason to. */
const obstacles = fc.constantFrom<Partial<StreamPlan & RecordPlan>>(
  { topic: 'never' },
  { topic: 'late' },
  { partition: beyond },
  { serializeMs: 1500 },
  { topic: 'never', maxOutstanding: 1 },
)

/** The first stream is a paced source; every record of the others waits for something other than memory. */
export const beside: fc.Arbitrary<Scenario> = fc
  .tuple(serene, fc.constantFrom<StreamPlan['kind']>('paced', 'pacedAsync'), obstacles)
  .map(([scenario, kind, { maxOutstanding, ...obstacle }]) => ({
    ...scenario,
    lateAt: 2500,
    config: { ...scenario.config, bufferMemory: 33554432 },
    streams: scenario.streams.map((stream, index) =>
      index === 0
        ? { ...stream, kind, end: 'complete' as const, maxOutstanding: undefined }
        : {
            ...stream,
            kind: maxOutstanding === undefined ? ('send' as const) : ('settled' as const),
            end: 'complete' as const,
            maxOutstanding,
            records: stream.records.map((record) => ({ ...record, key: undefined, ...obstacle })),
          },
    ),
  }))

const kinds = fc.constantFrom<StreamPlan['kind']>('settled', 'send', 'paced', 'paced', 'writable')

const pause = fc.record({
  kind: fc.constant('pause' as const),
  at: fc.integer({ min: 20, max: 200 }),
  broker: fc.constant(1),
  ms: fc.constantFrom(300, 1500),
})

/** Large records and small ones want more memory than there is, and the network takes its time. */
export const crowded: fc.Arbitrary<Scenario> = fc
  .tuple(
    stormy,
    fc.record({
      batchSize: fc.constantFrom(200, 1000),
      bufferMemory: fc.constantFrom(2500, 8192),
      maxBlockMs: fc.constantFrom(0, 50, 50, 300, 5000),
      maxInFlight: fc.constantFrom(1, 5),
    }),
    fc.array(kinds, { minLength: 3, maxLength: 3 }),
    fc.array(fc.constantFrom(10, 10, 10, 700, 1500), { minLength: 24, maxLength: 24 }),
    fc.array(pause, { maxLength: 1 }),
  )
  .map(([scenario, memory, kindOf, sizes, faults]) => ({
    ...scenario,
    config: { ...scenario.config, ...patience, ...memory, compression: 'none' as const },
    streams: scenario.streams.map((stream, index) => ({
      ...stream,
      kind: kindOf[index]!,
      end: 'complete' as const,
      maxOutstanding: undefined,
      records: stream.records.map((record, at) => ({
        ...record,
        bytes: sizes[(at + 7 * index) % sizes.length]!,
        serializeMs: 0,
      })),
    })),
    faults,
    close: null,
    brokenForever: false,
  }))
