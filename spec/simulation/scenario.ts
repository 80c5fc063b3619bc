import fc from 'fast-check'
import type { KafkaErrorName } from '../../lib/errors/error-codes.ts'

// One run of the simulation as plain data: what the user does, how the producer is configured, and what
// goes wrong. It shrinks towards a calm run of few records, and can be replayed.

export interface RecordPlan {
  /** Virtual milliseconds. */
  readonly at: number
  /** Null: the partitioner's choice. */
  readonly partition: number | null
  /** `late` is created at `lateAt`, `never` never is; absent: the topic that exists. */
  readonly topic?: 'late' | 'never' | undefined
  /** Only where the partition is null. */
  readonly key?: string | undefined
  readonly bytes: number
  /** How long the value serializer takes; 0: it is synchronous. */
  readonly serializeMs: number
}

/** `paced` streams settle, but for `pacedFail`; `pacedAsync` has a source that gives promises. */
export type StreamKind =
  | 'paced'
  | 'pacedFail'
  | 'pacedAsync'
  | 'writable'
  | 'fail'
  | 'settled'
  | 'send'
  | 'owned'
  | 'ownedSettled'

/** Where user code of a stream throws: in teardowns around the operator, or in its subscriber. */
export type Hostility = 'above' | 'below' | 'source' | 'notifier' | 'subscriber'

export interface StreamPlan {
  readonly kind: StreamKind
  readonly records: readonly RecordPlan[]
  /** How it ends after its last record. */
  readonly end: 'complete' | 'error' | 'unsubscribe' | 'discard'
  /** Milliseconds from the last record to that; an unsubscription may cut the records short. */
  readonly endAt: number
  /** Results in the order of all input, with so many records outstanding; absent: they come as they come. */
  readonly maxOutstanding?: number | undefined
  /** Absent: its user code behaves. */
  readonly hostile?: Hostility | undefined
  /** Of a writable: each write is awaited before the next. */
  readonly awaits?: boolean | undefined
}

export type PartitionerPlan =
  | 'murmur2Random'
  | 'consistentRandom'
  | 'consistent'
  | 'roundRobin'
  | 'size'

export interface ConfigPlan {
  readonly lingerMs: number
  readonly batchSize: number
  readonly bufferMemory: number
  readonly maxInFlight: number
  readonly acks: 'all' | '1' | '0'
  readonly idempotent: boolean
  readonly retries: number
  readonly requestTimeoutMs: number
  readonly deliveryTimeoutMs: number
  readonly maxBlockMs: number
  readonly maxRequestSize: number
  /** zstd is gzip where Node has it not. */
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** How long another thread takes to compress what has 150 bytes or more; absent: there is none. */
  readonly compressMs?: number | undefined
  /** Absent: 0. */
  readonly availabilityTimeoutMs?: number
  /** Absent: the default. `size` is a function of the user's. */
  readonly partitioner?: PartitionerPlan | undefined
  /** Absent: false. */
  readonly ignoreKeys?: boolean | undefined
  /** Absent: a million. */
  readonly maxWaiting?: number | undefined
  readonly metadataMaxAgeMs: number
  /** A small limit of the topic makes the broker answer MESSAGE_TOO_LARGE. */
  readonly maxMessageBytes: number
}

export type FaultPlan =
  | {
      readonly kind: 'move'
      readonly at: number
      readonly partition: number
      readonly broker: number
    }
  | {
      readonly kind: 'stop'
      readonly at: number
      readonly broker: number
      readonly ms: number
      readonly failover: boolean
    }
  | {
      /** A broker goes on naming the old leader of a partition that has moved. */
      readonly kind: 'stale'
      readonly at: number
      readonly broker: number
      readonly ms: number
      readonly partition: number
      readonly to: number
    }
  | { readonly kind: 'pause'; readonly at: number; readonly broker: number; readonly ms: number }
  | {
      readonly kind: 'reply'
      /** Absent: for all partitions of the request. */
      readonly partition?: number
      readonly nth: number
      readonly times: number
      readonly error: KafkaErrorName
      readonly appended: boolean
    }
  | { readonly kind: 'hang' | 'cutBefore' | 'cutAfter'; readonly nth: number }
  | { readonly kind: 'delay' | 'throttle'; readonly nth: number; readonly ms: number }
  | { readonly kind: 'identity'; readonly error: KafkaErrorName; readonly times: number }
  | { readonly kind: 'slowIdentity'; readonly ms: number }

export interface Scenario {
  readonly brokers: number
  readonly partitions: number
  /** When the topic `late` comes into being; absent: at the beginning. */
  readonly lateAt?: number
  readonly config: ConfigPlan
  readonly streams: readonly StreamPlan[]
  readonly faults: readonly FaultPlan[]
  /** One decision for each thing the network is asked; when they run out it is calm. */
  readonly tape: readonly number[]
  readonly flushAt: number | null
  /** When the shared producer is asked for the partitions of the topic; absent: never. */
  readonly partitionsForAt?: number | null | undefined
  /** The shared producer is closed early; -1 as timeout: none. */
  readonly close: { readonly at: number; readonly timeout: number } | null
  /** A listener of `events$` throws, also when it is torn down; absent: there is none. */
  readonly hostileListener?: boolean | undefined
  /** A broker that nobody heals. */
  readonly brokenForever: boolean
  /** The records of the topic get the broker's time. */
  readonly isStamped?: boolean
  /** Bootstrap servers are named as brokers are; absent: otherwise. */
  readonly isAtHome?: boolean | undefined
}

/** A partition that no topic has. */
export const beyond = 99

/** Whether it never gets a partition. */
export function isAstray({ topic, partition }: RecordPlan): boolean {
  return topic === 'never' || partition === beyond
}

/** From here on the weather is calm and all brokers but a broken one are up. */
export const healedAt = 3000

/** Definite refusals, and errors that say the batch may be there. An honest broker gives these. */
const retriable: readonly KafkaErrorName[] = [
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_ENOUGH_REPLICAS',
  'KAFKA_STORAGE_ERROR',
  'CORRUPT_MESSAGE',
  'FENCED_LEADER_EPOCH',
]
const appended: readonly KafkaErrorName[] = [
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'UNKNOWN_SERVER_ERROR',
]
const definite: readonly KafkaErrorName[] = [
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'TOPIC_AUTHORIZATION_FAILED',
  'POLICY_VIOLATION',
  'CLUSTER_AUTHORIZATION_FAILED',
]

const at = fc.integer({ min: 0, max: 400 })
const nth = fc.integer({ min: 1, max: 12 })

function faultPlan(brokers: number, partitions: number): fc.Arbitrary<FaultPlan> {
  const broker = fc.integer({ min: 1, max: brokers })
  const partition = fc.integer({ min: 0, max: partitions - 1 })
  const ms = fc.constantFrom(30, 300, 1500)
  const times = fc.constantFrom(1, 2, 6)
  return fc.oneof(
    fc.record({ kind: fc.constant('move' as const), at, partition, broker }),
    fc.record({ kind: fc.constant('stop' as const), at, broker, ms, failover: fc.boolean() }),
    fc.record({ kind: fc.constant('pause' as const), at, broker, ms }),
    fc.record({ kind: fc.constant('stale' as const), at, broker, ms, partition, to: broker }),
    fc.record({
      kind: fc.constant('reply' as const),
      nth,
      times,
      error: fc.constantFrom(...retriable),
      appended: fc.constant(false),
    }),
    fc.record({
      kind: fc.constant('reply' as const),
      nth,
      times: fc.constant(1),
      error: fc.constantFrom(...appended),
      appended: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('reply' as const),
      nth,
      times: fc.constant(1),
      error: fc.constantFrom(...definite),
      appended: fc.constant(false),
    }),
    fc.record({
      kind: fc.constantFrom('hang' as const, 'cutBefore' as const, 'cutAfter' as const),
      nth,
    }),
    fc.record({ kind: fc.constantFrom('delay' as const, 'throttle' as const), nth, ms }),
    fc.record({
      kind: fc.constant('identity' as const),
      error: fc.constantFrom<KafkaErrorName>('COORDINATOR_LOAD_IN_PROGRESS', 'REQUEST_TIMED_OUT'),
      times: fc.constantFrom(1, 3),
    }),
    fc.record({ kind: fc.constant('slowIdentity' as const), ms }),
  )
}

/** Of every length of tail that murmur2 knows, also with bytes above 127, also with negative hashes. */
const keys = [undefined, undefined, undefined, '', 'b', 'xy', 'abc', 'order-17', 'ключ', 'née']

function streamPlan(partitions: number): fc.Arbitrary<StreamPlan> {
  const record = fc.record({
    at: fc.oneof(fc.constant(0), at),
    partition: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: partitions - 1 }) },
      { weight: 2, arbitrary: fc.constant(null) },
    ),
    key: fc.constantFrom(...keys),
    bytes: fc.oneof(fc.constant(10), fc.integer({ min: 0, max: 120 }), fc.constant(700)),
    serializeMs: fc.oneof(
      { weight: 12, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(1, 40) },
    ),
  })
  const any = fc.record({
    kind: fc.constantFrom<StreamKind>(
      'paced',
      'pacedFail',
      'pacedAsync',
      'writable',
      'settled',
      'settled',
      'settled',
      'fail',
      'fail',
      'send',
      'owned',
      'ownedSettled',
    ),
    records: fc.array(record, { minLength: 1, maxLength: 24, size: 'max' }),
    end: fc.constantFrom<StreamPlan['end']>(
      'complete',
      'complete',
      'complete',
      'error',
      'unsubscribe',
      'discard',
    ),
    endAt: fc.integer({ min: 0, max: 500 }),
    maxOutstanding: fc.constantFrom(undefined, undefined, undefined, 1, 3, 10_000),
    awaits: fc.boolean(),
  })
  // Only the operators have an order to keep.
  const plan = any.map((one) =>
    one.kind === 'send' || one.kind === 'writable' ? { ...one, maxOutstanding: undefined } : one,
  )
  // Now and then every value takes its time.
  const slow = fc.tuple(plan, fc.constantFrom(1, 40)).map(([one, serializeMs]) => ({
    ...one,
    records: one.records.map((each) => ({ ...each, serializeMs })),
  }))
  return fc.oneof({ weight: 20, arbitrary: plan }, { weight: 1, arbitrary: slow })
}

const configPlan: fc.Arbitrary<ConfigPlan> = fc
  .record({
    lingerMs: fc.constantFrom(0, 0, 5, 40),
    batchSize: fc.constantFrom(1, 200, 200, 1000, 16384),
    bufferMemory: fc.constantFrom(33554432, 33554432, 2500, 8192),
    maxInFlight: fc.constantFrom(5, 5, 5, 2, 1),
    acks: fc.constantFrom<ConfigPlan['acks']>('all', 'all', 'all', 'all', '1', '0'),
    idempotent: fc.boolean(),
    retries: fc.constantFrom(2147483647, 2147483647, 2147483647, 1, 3),
    requestTimeoutMs: fc.constantFrom(200, 1000),
    deliveryTimeoutMs: fc.constantFrom(1200, 5000, 60000),
    maxBlockMs: fc.constantFrom(0, 300, 5000),
    maxRequestSize: fc.constantFrom(1048576, 1048576, 1000),
    metadataMaxAgeMs: fc.constantFrom(300000, 300000, 40),
    compression: fc.constantFrom<ConfigPlan['compression']>(
      'none',
      'none',
      'none',
      'snappy',
      'gzip',
      'gzip',
      'lz4',
      'zstd',
    ),
    compressMs: fc.constantFrom(undefined, 1, 20, 400, 1500),
    availabilityTimeoutMs: fc.constantFrom(0, 0, 50),
    partitioner: fc.constantFrom<PartitionerPlan | undefined>(
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      'murmur2Random',
      'consistentRandom',
      'consistent',
      'roundRobin',
      'size',
    ),
    ignoreKeys: fc.constantFrom(undefined, undefined, undefined, true),
    maxWaiting: fc.oneof(
      { weight: 12, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(0, 1, 5) },
    ),
    maxMessageBytes: fc.constantFrom(1048588, 1048588, 1048588, 400),
  })
  .map((plan) => (plan.acks === 'all' ? plan : { ...plan, idempotent: false }))

const shape = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))

/** Everything may go wrong. */
export const stormy: fc.Arbitrary<Scenario> = shape.chain(([brokers, partitions]) =>
  fc.record({
    brokers: fc.constant(brokers),
    partitions: fc.constant(partitions),
    config: configPlan,
    streams: fc.array(streamPlan(partitions), { minLength: 1, maxLength: 3, size: 'max' }),
    faults: fc.array(faultPlan(brokers, partitions), { maxLength: 4, size: 'max' }),
    tape: fc.array(
      fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(255) }),
      { maxLength: 80, size: 'max' },
    ),
    flushAt: fc.option(at, { freq: 4 }),
    partitionsForAt: fc.option(fc.oneof(fc.constant(0), at), { freq: 3 }),
    close: fc.option(fc.record({ at, timeout: fc.constantFrom(-1, 0, 100) }), { freq: 6 }),
    brokenForever: fc.boolean().map((one) => one && brokers === 3),
    isStamped: fc.constantFrom(false, false, false, true),
  }),
)

/** Time, retries and room enough for whatever passes. */
export const patience = {
  retries: 2147483647,
  deliveryTimeoutMs: 60000,
  // Longer than an attempt to connect that nobody answers.
  maxBlockMs: 60000,
  maxRequestSize: 1048576,
  maxMessageBytes: 1048588,
  maxWaiting: undefined,
}

/** Things go wrong, and pass: no record has a reason to fail. */
export const passing: fc.Arbitrary<Scenario> = stormy.map((scenario) => ({
  ...scenario,
  config: { ...scenario.config, ...patience, bufferMemory: 33554432 },
  streams: scenario.streams.map((stream) =>
    stream.end === 'discard' ? { ...stream, end: 'complete' as const } : stream,
  ),
  faults: scenario.faults.filter(({ kind, ...fault }) => kind !== 'reply' || isPassing(fault)),
  close: null,
  brokenForever: false,
}))

/** Whether the error of a reply goes away by itself. */
export function isPassing(fault: object): boolean {
  const { error } = fault as { error: KafkaErrorName }
  return !definite.includes(error) && error !== 'UNKNOWN_SERVER_ERROR'
}

/**
 * Nothing goes wrong, and batches are large: what then waits, waits for its linger. Dealt round robin,
 * all records are.
 */
export const serene: fc.Arbitrary<Scenario> = stormy.map((scenario) => ({
  ...scenario,
  config: {
    ...scenario.config,
    ...patience,
    batchSize: 16384,
    requestTimeoutMs: 1000,
    compressMs: undefined,
  },
  streams: scenario.streams.map((stream) => ({
    ...stream,
    records: stream.records.map(({ partition, ...record }) => ({
      ...record,
      serializeMs: 0,
      partition: scenario.config.partitioner === 'roundRobin' ? null : partition,
    })),
  })),
  faults: [],
  tape: [],
  close: null,
  brokenForever: false,
}))

/** The same with one writable, whose last records linger when it closes. */
export const serenelyWritten: fc.Arbitrary<Scenario> = serene.map((scenario) => ({
  ...scenario,
  config: { ...scenario.config, lingerMs: 40 },
  streams: scenario.streams.slice(0, 1).map((stream) => ({
    ...stream,
    kind: 'writable' as const,
    maxOutstanding: undefined,
    end: 'complete' as const,
    endAt: stream.endAt % 40,
  })),
}))

/**
 * One broker of several takes nothing for a while, and there is something for it: records without a
 * key, each a choice of its own, for a batch is full with one. Each partition has had a batch before.
 */
export const brownout: fc.Arbitrary<Scenario> = fc
  .record({
    brokers: fc.integer({ min: 2, max: 3 }),
    maxInFlight: fc.constantFrom(1, 2, 5),
    idempotent: fc.boolean(),
    count: fc.integer({ min: 20, max: 70 }),
    everyMs: fc.constantFrom(5, 10, 20),
    broker: fc.integer({ min: 1, max: 2 }),
    at: fc.integer({ min: 100, max: 200 }),
    ms: fc.constantFrom(300, 800, 1500),
    availabilityTimeoutMs: fc.constantFrom(50, 50, 0),
  })
  .map(({ brokers, count, everyMs, broker, at: pauseAt, ms, ...config }) => ({
    brokers,
    partitions: brokers,
    config: {
      ...patience,
      ...config,
      lingerMs: 0,
      batchSize: 1,
      bufferMemory: 33554432,
      acks: 'all' as const,
      requestTimeoutMs: 1000,
      metadataMaxAgeMs: 300000,
      compression: 'none' as const,
    },
    streams: [
      {
        kind: 'settled' as const,
        records: Array.from({ length: count }, (_, index) => ({
          at: index * everyMs,
          partition: index < brokers ? index : null,
          bytes: 10,
          serializeMs: 0,
        })),
        end: 'complete' as const,
        endAt: 0,
      },
    ],
    faults: [{ kind: 'pause' as const, at: pauseAt, broker, ms }],
    tape: [],
    flushAt: null,
    close: null,
    brokenForever: false,
  }))

export function isSerene(scenario: Scenario): boolean {
  const { tape, faults, close, config, brokenForever, streams } = scenario
  if (streams.some(({ records }) => records.some(({ serializeMs }) => serializeMs > 0)))
    return false
  const nothingHappens = tape.every((decision) => decision === 0) && faults.length === 0
  return nothingHappens && close === null && !brokenForever && config.batchSize === 16384
}

/** Whether the scenario is a brownout: one broker is paused, else nothing happens. */
export function isBrownout({ faults, config, tape, streams }: Scenario): boolean {
  const isPause = faults.length === 1 && faults[0]!.kind === 'pause' && streams.length === 1
  const isPlain = config.lingerMs === 0 && config.partitioner === undefined
  return isPause && tape.length === 0 && isPlain && config.batchSize === 1
}
