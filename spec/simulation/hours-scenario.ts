import fc from 'fast-check'
import type { KafkaErrorName } from '../../lib/errors/error-codes.ts'
import type { KafkaVersion } from '../../lib/testing/releases.ts'
import type { ApiName } from '../../lib/testing/served-apis.ts'

// The second regime as plain data: one producer that lives for hours. Bursts of records, an event in the
// cluster among them, and then a pause between a millisecond and an hour. Topics are deleted and created
// again, grow, and are created late; brokers are down for minutes and forget producers.

export type TopicName = 'a' | 'b' | 'late'

export interface Sending {
  readonly topic: TopicName
  readonly key?: string | undefined
  /** Only where there is no key; null: the partitioner's choice. */
  readonly partition: number | null
}

export type Deed =
  | { readonly kind: 'nothing' | 'heal' | 'late' | 'flush' }
  | { readonly kind: 'stop'; readonly broker: number; readonly failover: boolean }
  | { readonly kind: 'restart'; readonly broker: number; readonly ms: number }
  | { readonly kind: 'pause'; readonly broker: number }
  | { readonly kind: 'deaf'; readonly broker: number; readonly outcome: 'silence' | 'refuse' }
  | { readonly kind: 'move'; readonly partition: number; readonly broker: number }
  | { readonly kind: 'cut'; readonly api: ApiName }
  | { readonly kind: 'ask'; readonly topic: TopicName }
  | { readonly kind: 'grow'; readonly topic: TopicName; readonly count: number }
  | {
      readonly kind: 'refuse'
      readonly topic: TopicName
      readonly error: KafkaErrorName
      /** How many requests; Infinity: until everything is healed. */
      readonly times: number
    }
  | {
      /** Deleted, and made again so many milliseconds later; the first requests find no leader. */
      readonly kind: 'remake'
      /** Null: both. */
      readonly topic: 'a' | 'b' | null
      readonly partitions: number
      readonly awayMs: number
      readonly refusals: number
      /** How long brokers 2 and 3 take for their next answer. */
      readonly slowMs: number
    }
  | { readonly kind: 'forget'; readonly refusals: number }

export interface Step {
  readonly sends: readonly Sending[]
  /** Milliseconds from one record of the burst to the next. */
  readonly gapMs: number
  readonly deed: Deed
  /** When it is done, counted from the first record of the burst. */
  readonly deedMs: number
  /** How long nothing else happens then. */
  readonly passMs: number
}

/** Clients must log in, and what happens to the logins. */
export interface Secured {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256'
  /** 0: for ever. */
  readonly sessionMs: number
  readonly changes: readonly Change[]
}

export interface Change {
  /** In which step, and when, counted from its beginning. */
  readonly step: number
  readonly atMs: number
  /**
   * `rotate`: both sides have another password from now on. `lockOut`: the brokers know no user for so
   * long.
   */
  readonly kind: 'rotate' | 'lockOut'
  readonly ms: number
}

/** Connections use TLS, and what happens to it. */
export interface TlsHours {
  readonly handshakeMs: number
  readonly changes: readonly TlsChange[]
}

export interface TlsChange {
  /** In which step, and when, counted from its beginning. */
  readonly step: number
  readonly atMs: number
  /** Null: all. */
  readonly broker: number | null
  /** What handshakes fail with for so long, and whether all seems well before; null: they don't. */
  readonly refusal: { readonly code: string; readonly late: boolean } | null
  readonly ms: number
  /** The brokers restart with it, as they do to have another certificate. */
  readonly restarts: boolean
}

/** Brokers answer who asks first as those that have just started, and which are started again when. */
export interface Starts {
  readonly release: KafkaVersion
  readonly changes: readonly Start[]
}

export interface Start {
  /** In which step, and when, counted from its beginning. */
  readonly step: number
  readonly atMs: number
  readonly brokers: readonly number[]
  /** What the next requests of that API meet there then, and how many. */
  readonly refusal: {
    readonly api: ApiName
    readonly error: KafkaErrorName
    readonly times: number
  }
}

export interface HoursConfig {
  readonly lingerMs: number
  readonly batchSize: number
  readonly maxInFlight: number
  readonly metadataMaxAgeMs: number
  readonly metadataMaxIdleMs: number
  readonly retryBackoffMaxMs: number
}

export interface HoursScenario {
  readonly config: HoursConfig
  /** The newest versions that the brokers speak. */
  readonly versions: { readonly produce: number; readonly metadata: number }
  /** Only broker 1 is a bootstrap server, and it is gone for good after the first step. */
  readonly bootstrapGoes: boolean
  readonly steps: readonly Step[]
  /** Absent: no login. */
  readonly secured?: Secured | undefined
  /** Absent: without TLS. */
  readonly tls?: TlsHours | undefined
  /** Absent: brokers know all as soon as they are there. Present: versions are those of the release. */
  readonly starts?: Starts | undefined
  /** Bootstrap servers are named as brokers are; absent: otherwise. */
  readonly isAtHome?: boolean | undefined
}

/** How many partitions each topic has when it comes into being. */
export const partitionsAtFirst: Readonly<Record<TopicName, number>> = { a: 3, b: 1, late: 2 }

const minute = 60_000
const passing: readonly KafkaErrorName[] = [
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'KAFKA_STORAGE_ERROR',
  'NOT_LEADER_OR_FOLLOWER',
]
const broker = fc.integer({ min: 1, max: 3 })
const keys = fc.constantFrom(undefined, undefined, 'k0', 'k1', 'k2', 'k3')

function sendsTo(...topics: TopicName[]): fc.Arbitrary<readonly Sending[]> {
  const sending = fc.record({
    topic: fc.constantFrom(...topics),
    key: keys,
    partition: fc.constantFrom(null, null, 0, 1),
  })
  return fc.array(sending, { maxLength: 6, size: 'max' })
}

const long = fc.constantFrom(1, 100, 5000, minute, 400_000, 700_000, 60 * minute)

function stepsOf(
  sends: fc.Arbitrary<readonly Sending[]>,
  deed: fc.Arbitrary<Deed>,
  passMs: fc.Arbitrary<number> = long,
  gapMs: fc.Arbitrary<number> = fc.constantFrom(0, 0, 1, 4, 20),
): fc.Arbitrary<readonly Step[]> {
  const step = fc.record({
    sends,
    gapMs,
    deed,
    deedMs: fc.constantFrom(0, 0, 2, 7, 30),
    passMs,
  })
  return fc.array(step, { minLength: 2, maxLength: 9, size: 'max' })
}

/** Simultaneous events, and pauses that are long enough for brokers to forget. */
const mixed = fc.constantFrom(1, 1, 4, 20, 100, 2000, minute, 40 * minute)

const config = {
  lingerMs: fc.constantFrom(0, 0, 0, 5, minute, 15 * minute),
  batchSize: fc.constantFrom(1, 200, 16384),
  maxInFlight: fc.constantFrom(5, 5, 5, 2, 1),
  metadataMaxAgeMs: fc.constantFrom(300_000, 300_000, 30_000),
  metadataMaxIdleMs: fc.constantFrom(300_000, 300_000, 20_000),
}

const versions = fc.record({
  produce: fc.constantFrom(13, 13, 12, 9, 7),
  metadata: fc.constantFrom(13, 13, 9),
})

const common = {
  config: fc.record({
    ...config,
    retryBackoffMaxMs: fc.constantFrom(1000, 30_000, 30_000, 30_000),
  }),
  versions,
  bootstrapGoes: fc.constant(false),
}

/** Everything that keeps records waiting for minutes, and passes. */
const outage: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ kind: fc.constant('stop' as const), broker, failover: fc.boolean() }),
  fc.record({ kind: fc.constant('restart' as const), broker, ms: fc.constantFrom(50, minute) }),
  fc.record({ kind: fc.constant('pause' as const), broker }),
  fc.record({
    kind: fc.constant('deaf' as const),
    broker,
    outcome: fc.constantFrom('silence' as const, 'refuse' as const),
  }),
  fc.record({
    kind: fc.constant('move' as const),
    partition: fc.integer({ min: 0, max: 2 }),
    broker: fc.constantFrom(-1, 1, 2, 3),
  }),
  fc.record({
    kind: fc.constant('cut' as const),
    api: fc.constantFrom<ApiName>('Metadata', 'InitProducerId', 'ApiVersions'),
  }),
  fc.record({
    kind: fc.constant('refuse' as const),
    topic: fc.constantFrom<TopicName>('a', 'b'),
    error: fc.constantFrom(...passing),
    times: fc.constantFrom(1, 3, Number.POSITIVE_INFINITY),
  }),
  fc.record({ kind: fc.constantFrom('heal' as const, 'late' as const, 'flush' as const) }),
  fc.record({ kind: fc.constant('ask' as const), topic: fc.constantFrom<TopicName>('a', 'late') }),
)

const growth: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    kind: fc.constant('grow' as const),
    topic: fc.constantFrom<TopicName>('a', 'b'),
    count: fc.constantFrom(1, 3),
  }),
  fc.record({ kind: fc.constantFrom('nothing' as const, 'flush' as const) }),
)

const refusals = fc.constantFrom(0, 1, 1, 2)
const remake = {
  kind: fc.constant('remake' as const),
  topic: fc.constantFrom('a' as const, 'b' as const, null, null),
  partitions: fc.constantFrom(1, 3, 3, 6),
  awayMs: fc.constantFrom(0, 0, 3, 60, 5000, 400_000),
  refusals,
  slowMs: fc.constantFrom(0, 0, 300),
}
const remaking: fc.Arbitrary<Deed> = fc.record(remake)
const forgetting: fc.Arbitrary<Deed> = fc.record({ kind: fc.constant('forget' as const), refusals })

/** Brokers are down, silent or out of service for minutes, and records wait. */
export const outages: fc.Arbitrary<HoursScenario> = fc.record({
  ...common,
  // Of hours of outage every second would be too many.
  config: fc.record({ ...config, retryBackoffMaxMs: fc.constant(30_000) }),
  steps: stepsOf(sendsTo('a', 'a', 'b', 'late'), outage),
})

/** Nothing goes wrong; partitions are added, sometimes during a pause. */
export const growing: fc.Arbitrary<HoursScenario> = fc.record({
  ...common,
  steps: stepsOf(sendsTo('a', 'b'), growth),
})

/** Topics are deleted and created again, and brokers forget idle producers. */
export const forgetful: fc.Arbitrary<HoursScenario> = fc.record({
  ...common,
  steps: stepsOf(
    sendsTo('a', 'b', 'b'),
    fc.oneof(
      { weight: 4, arbitrary: remaking },
      { weight: 4, arbitrary: forgetting },
      { weight: 2, arbitrary: outage },
    ),
    mixed,
  ),
})

/** Topics are made again under a stream, and metadata that are always fresh tell of it at any moment. */
export const remade: fc.Arbitrary<HoursScenario> = fc.record({
  ...common,
  config: fc.record({
    ...config,
    lingerMs: fc.constant(0),
    batchSize: fc.constant(1),
    metadataMaxAgeMs: fc.constant(50),
    retryBackoffMaxMs: fc.constant(1000),
  }),
  versions: fc.record({
    produce: fc.constantFrom(13, 13, 12),
    metadata: fc.constant(13),
  }),
  steps: stepsOf(
    fc.array(
      fc.record({
        topic: fc.constantFrom<TopicName>('a', 'a', 'b'),
        partition: fc.constantFrom(1, 1, 0),
      }),
      { maxLength: 6, size: 'max' },
    ),
    fc.record({
      ...remake,
      partitions: fc.constant(3),
      awayMs: fc.constantFrom(0, 0, 3, 60),
      slowMs: fc.constantFrom(0, 300),
    }),
    fc.constantFrom(1, 4, 20, 60, 100, 500),
    fc.constantFrom(0, 4, 20, 40),
  ),
})

/** The bootstrap server goes, when the others are known; one of these restarts now and then. */
export const unmoored: fc.Arbitrary<HoursScenario> = fc.record({
  ...common,
  bootstrapGoes: fc.constant(true),
  steps: stepsOf(
    sendsTo('a', 'b'),
    fc.oneof(
      fc.record({
        kind: fc.constant('restart' as const),
        broker: fc.integer({ min: 2, max: 3 }),
        ms: fc.constantFrom(50, 3 * minute),
      }),
      fc.record({ kind: fc.constant('nothing' as const) }),
    ),
  ),
})

/** Every time nothing is wrong but the number of partitions. */
export function isGrowing({ steps, bootstrapGoes }: HoursScenario): boolean {
  const calm = ['grow', 'nothing', 'flush']
  return !bootstrapGoes && steps.every(({ deed }) => calm.includes(deed.kind))
}

export const hours: fc.Arbitrary<HoursScenario> = fc.oneof(
  { weight: 5, arbitrary: outages },
  { weight: 2, arbitrary: growing },
  { weight: 4, arbitrary: forgetful },
  { weight: 3, arbitrary: remade },
  { weight: 1, arbitrary: unmoored },
)

const secured: fc.Arbitrary<Secured> = fc.record({
  mechanism: fc.constantFrom('PLAIN', 'PLAIN', 'PLAIN', 'SCRAM-SHA-256'),
  sessionMs: fc.constantFrom(1500, 5000, 5000, minute, 10 * minute, 0),
  changes: fc.array(
    fc.record({
      step: fc.integer({ min: 0, max: 8 }),
      atMs: fc.constantFrom(0, 1, 3, 20, 5000, minute),
      kind: fc.constantFrom('rotate' as const, 'lockOut' as const),
      ms: fc.constantFrom(50, 2000, 2 * minute),
    }),
    { maxLength: 3 },
  ),
})

/** The same hours, with a login, sessions that end, and passwords that change. Drawn apart from the others. */
export const securedHours: fc.Arbitrary<HoursScenario> = fc
  .tuple(hours, secured)
  .map(([scenario, login]) => ({ ...scenario, secured: login }))

const tls: fc.Arbitrary<TlsHours> = fc.record({
  handshakeMs: fc.constantFrom(0, 2, 2, 40, 3000),
  changes: fc.array(
    fc.record({
      step: fc.integer({ min: 0, max: 5 }),
      atMs: fc.constantFrom(0, 1, 3, 20, 5000, minute),
      broker: fc.constantFrom(null, null, 1, 2, 3),
      refusal: fc.constantFrom(
        null,
        { code: 'CERT_HAS_EXPIRED', late: false },
        { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', late: false },
        { code: 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', late: false }, // TLS 1.2
        { code: 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', late: true },
        { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', late: true },
        { code: 'ECONNRESET', late: false },
        { code: 'ECONNRESET', late: true },
      ),
      ms: fc.constantFrom(50, 2000, 2 * minute),
      restarts: fc.constantFrom(true, true, false),
    }),
    { minLength: 1, maxLength: 4, size: 'max' },
  ),
})

/** The same hours by TLS, half of them with a login as well: handshakes take time, and are refused for some time. */
export const tlsHours: fc.Arbitrary<HoursScenario> = fc
  .tuple(hours, fc.option(secured, { nil: undefined, freq: 1 }), tls)
  .map(([scenario, login, handshakes]) => ({ ...scenario, secured: login, tls: handshakes }))

const start: fc.Arbitrary<Start> = fc.record({
  step: fc.integer({ min: 0, max: 6 }),
  atMs: fc.constantFrom(0, 1, 3, 20, 5000, minute),
  brokers: fc.constantFrom([1, 2, 3], [1], [2], [3], [2, 3]),
  refusal: fc.record({
    api: fc.constantFrom<ApiName>('Produce', 'Produce', 'Metadata', 'InitProducerId'),
    error: fc.constantFrom<KafkaErrorName>(
      'NOT_LEADER_OR_FOLLOWER',
      'LEADER_NOT_AVAILABLE',
      'COORDINATOR_LOAD_IN_PROGRESS',
      'COORDINATOR_NOT_AVAILABLE',
      'NOT_CONTROLLER',
    ),
    times: fc.constantFrom(0, 0, 1, 3),
  }),
})

/** The same hours on brokers that have just started, and do so again. */
export const startingHours: fc.Arbitrary<HoursScenario> = fc
  .tuple(
    hours,
    fc.record({
      release: fc.constantFrom<KafkaVersion>('2.1', '2.4', '2.8', '3.0', '3.4', '3.7', '4.4'),
      changes: fc.array(start, { minLength: 1, maxLength: 5, size: 'max' }),
    }),
  )
  .map(([scenario, starts]) => ({ ...scenario, starts }))
