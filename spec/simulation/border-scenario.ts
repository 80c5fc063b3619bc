import fc from 'fast-check'

// User code that misbehaves wherever the producer calls it, as plain data: what it throws, what it returns,
// what it calls meanwhile. Everything else is patient: only a deed justifies a failure.

/** What may be thrown. */
export const things = [
  'error',
  'undefined',
  'null',
  'text',
  'symbol',
  'frozen',
  'revoked',
  'speechless',
  'thenable',
] as const
export type Thing = (typeof things)[number]

/** User functions that the producer calls with a record. */
const callbacks = ['key', 'value', 'partitioner', 'onSend', 'onAcknowledgement', 'next'] as const
export type Callback = (typeof callbacks)[number]

/** What a record's own code is asked for. */
const getters = ['topic', 'getKey', 'getValue', 'headers', 'header', 'iteration', 'again'] as const

const calls = [
  'send',
  'flush',
  'close',
  'closeNow',
  'leave',
  'leaveOther',
  'next',
  'nextOther',
  'complete',
  'ready',
  'partitionsFor',
  'open',
] as const
export type Call = (typeof calls)[number]

/** Returned instead of bytes. */
const oddBytes = [
  'detached',
  'outOfBounds',
  'proxy',
  'fake',
  'number',
  'object',
  'undefined',
  'detachedLater',
] as const
export type OddBytes = (typeof oddBytes)[number]

const oddPartitions = ['-1', 'NaN', '1.5', '1e9', 'text', 'object', 'promise', 'rejected'] as const
export type OddPartition = (typeof oddPartitions)[number]

/** What `onSend` returns. */
const oddRecords = [
  'nothing',
  'number',
  'promise',
  'rejected',
  'frozen',
  'copy',
  'mutated',
] as const
export type OddRecord = (typeof oddRecords)[number]

/** What the code of one record does, once, when it is called. */
export type Deed =
  | { readonly does: 'nothing' }
  | {
      readonly does: 'throw'
      readonly at: Callback | (typeof getters)[number]
      readonly what: Thing
    }
  | { readonly does: 'throwBelow'; readonly what: Thing }
  | {
      /** The serializer's promise; `again`: the headers can't be read a second time either. */
      readonly does: 'reject'
      readonly at: 'key' | 'value'
      readonly what: Thing
      readonly ms: number
      readonly again: boolean
    }
  | {
      readonly does: 'give'
      readonly at: 'key' | 'value' | 'header'
      readonly what: OddBytes
      /** Of a serializer: after so long, by a promise. */
      readonly ms: number | null
    }
  | { readonly does: 'place'; readonly what: OddPartition }
  | { readonly does: 'replace'; readonly what: OddRecord }
  /** A promise that takes its time, and one that never settles (Infinity). */
  | { readonly does: 'wait'; readonly ms: number }
  | { readonly does: 'call'; readonly at: Callback | 'topic' | 'getValue'; readonly what: Call }
  /** Its getters say something else when they are asked again. */
  | { readonly does: 'change' }
  /** Of `onAcknowledgement`: a promise that is rejected. */
  | { readonly does: 'rejectTold'; readonly what: Thing }

export interface BorderRecord {
  readonly at: number
  /** Null: the key's, the partitioner's or the sticky choice. */
  readonly partition: number | null
  readonly hasKey: boolean
  readonly hasHeaders: boolean
  readonly bytes: number
  /** What its serializer gives. */
  readonly as: 'ascii' | 'text' | 'bytes'
  readonly deed: Deed
}

export type BorderKind = 'send' | 'settled' | 'ordered' | 'fail' | 'each' | 'paced'

export interface BorderStream {
  readonly kind: BorderKind
  readonly records: readonly BorderRecord[]
  /** `take`: it is cut short by what stands below, after so many results as `endAt` says. */
  readonly end: 'complete' | 'unsubscribe' | 'take' | 'projectThrows'
  readonly endAt: number
}

export interface BorderScenario {
  readonly brokers: number
  readonly partitions: number
  readonly config: {
    readonly lingerMs: number
    readonly batchSize: number
    readonly bufferMemory: number
    readonly compression: 'none' | 'gzip'
    readonly hasPartitioner: boolean
    readonly requestTimeoutMs: number
  }
  readonly streams: readonly BorderStream[]
  readonly tape: readonly number[]
}

/** Milliseconds that a record may wait before it is in a batch. */
export const maxBlockMs = 60_000

const thing = fc.constantFrom(...things)

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Deed>({ does: 'nothing' }) },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('throw' as const),
      at: fc.constantFrom(...callbacks, ...getters),
      what: thing,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constantFrom('throwBelow' as const, 'rejectTold' as const),
      what: thing,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('reject' as const),
      at: fc.constantFrom('key' as const, 'value' as const),
      what: thing,
      ms: fc.constantFrom(0, 0, 3, 40),
      again: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('give' as const),
      at: fc.constantFrom('key' as const, 'value' as const, 'header' as const),
      what: fc.constantFrom(...oddBytes),
      ms: fc.constantFrom(null, null, 0, 20),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('place' as const),
      what: fc.constantFrom(...oddPartitions),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('replace' as const),
      what: fc.constantFrom(...oddRecords),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('wait' as const),
      ms: fc.constantFrom(0, 0, 5, 60, 1e9),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('call' as const),
      at: fc.constantFrom(...callbacks, 'topic' as const, 'getValue' as const),
      what: fc.constantFrom(...calls),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Deed>({ does: 'change' }) },
)

const record: fc.Arbitrary<BorderRecord> = fc.record({
  at: fc.constantFrom(0, 0, 0, 1, 5, 30, 200),
  partition: fc.option(fc.constantFrom(0, 1)),
  hasKey: fc.boolean(),
  hasHeaders: fc.boolean(),
  bytes: fc.constantFrom(0, 5, 40, 90),
  as: fc.constantFrom('ascii' as const, 'text' as const, 'bytes' as const),
  deed,
})

const stream: fc.Arbitrary<BorderStream> = fc.record({
  kind: fc.constantFrom<BorderKind>('send', 'settled', 'ordered', 'fail', 'each', 'paced'),
  records: fc.array(record, { minLength: 1, maxLength: 10 }),
  end: fc.constantFrom(
    'complete' as const,
    'complete' as const,
    'unsubscribe' as const,
    'take' as const,
    'projectThrows' as const,
  ),
  endAt: fc.integer({ min: 0, max: 60 }),
})

/** User code of every kind, on brokers that mostly do well. */
export const border: fc.Arbitrary<BorderScenario> = fc
  .record({
    brokers: fc.constantFrom(1, 2),
    partitions: fc.constantFrom(2, 3),
    config: fc.record({
      lingerMs: fc.constantFrom(0, 5, 40),
      batchSize: fc.constantFrom(16384, 200, 400),
      bufferMemory: fc.constantFrom(33554432, 33554432, 2000, 4000),
      compression: fc.constantFrom('none' as const, 'none' as const, 'gzip' as const),
      hasPartitioner: fc.boolean(),
      requestTimeoutMs: fc.constantFrom(1000, 200),
    }),
    streams: fc.array(stream, { minLength: 1, maxLength: 4, size: 'max' }),
    tape: fc.oneof(
      fc.constant<number[]>([]),
      fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 }),
    ),
  })
  .map((scenario) => ({
    ...scenario,
    streams: scenario.streams.map((one) => settledIn(one, scenario)),
  }))

/** A record behind a promise that never settles has no time left to wait for memory as well. */
function settledIn(one: BorderStream, { config }: Pick<BorderScenario, 'config'>): BorderStream {
  if (config.bufferMemory > 1_000_000) return one
  const records = one.records.map((record) =>
    record.deed.does === 'wait' ? { ...record, deed: { does: 'wait' as const, ms: 5 } } : record,
  )
  return { ...one, records }
}
