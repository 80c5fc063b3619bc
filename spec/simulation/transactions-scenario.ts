import fc from 'fast-check'
import type { KafkaErrorName } from '../../lib/errors/error-codes.ts'
import type { CoordinatorKind } from '../../lib/testing/coordinators.ts'
import type { KafkaVersion } from '../../lib/testing/releases.ts'
import type { ApiName } from '../../lib/testing/served-apis.ts'

// The regime of transactions as plain data: producers with transactional ids, of which two may share one, a
// pool, the content and the end of each transaction, and what happens to coordinators, leaders, connections
// and answers meanwhile.

/** Who has transactions: `a` and `twin` have the same id, `pool` is two producers of another. */
export type Owner = 'a' | 'twin' | 'pool'

/** One transaction. */
export interface Unit {
  readonly owner: Owner
  /** How it is written: as an operator, a function, or a stream. */
  readonly form: 'operator' | 'function' | 'writable'
  /** When it is requested. */
  readonly at: number
  /** The partitions of its records, one after the other. */
  readonly partitions: readonly number[]
  /** Milliseconds from one record to the next. */
  readonly gapMs: number
  /** `fail`: its source fails; `leave`: nobody wants it any more; `large`: its last record is too large. */
  readonly end: 'commit' | 'fail' | 'leave' | 'large'
  /** Whether it commits an offset of a group as well (functions only). */
  readonly offsets: boolean
}

export type Deed =
  | {
      readonly kind: 'coordinator'
      readonly of: CoordinatorKind
      readonly broker: number
      readonly loadMs: number
    }
  | { readonly kind: 'leader'; readonly partition: number; readonly broker: number }
  | { readonly kind: 'restart'; readonly broker: number; readonly ms: number }
  | { readonly kind: 'pause'; readonly broker: number; readonly ms: number }
  | {
      readonly kind: 'reply'
      readonly api: ApiName
      readonly error: KafkaErrorName
      readonly appended: boolean
      readonly times: number
    }
  | {
      readonly kind: 'cut'
      readonly api: ApiName
      readonly appended: boolean
      readonly times: number
    }
  | { readonly kind: 'hang' | 'slow'; readonly api: ApiName; readonly ms: number }
  | { readonly kind: 'fence'; readonly owner: 'a' | 'pool' }
  | { readonly kind: 'protocol'; readonly level: 1 | 2 }
  | { readonly kind: 'close' }

export interface Happening {
  readonly at: number
  readonly deed: Deed
}

export interface TransactionsConfig {
  readonly lingerMs: number
  readonly batchSize: number
  readonly maxInFlight: number
  readonly timeoutMs: number
  readonly maxBlockMs: number
  readonly requestTimeoutMs: number
}

export interface TransactionsScenario {
  readonly config: TransactionsConfig
  readonly version: KafkaVersion
  /** Milliseconds from the end of a transaction to its markers. */
  readonly completionMs: number
  readonly units: readonly Unit[]
  readonly happenings: readonly Happening[]
  /** What the network does, one number for each event. */
  readonly tape: readonly number[]
  /** Bootstrap servers are named as brokers are; absent: otherwise. */
  readonly isAtHome?: boolean | undefined
}

/** When everything is healed. */
export const healedAt = 4000
export const partitionCount = 4
/** Brokers have the ids 1 to this. */
export const brokerCount = 3

/** The APIs of transactions, each with the errors that pass by themselves. */
export const transactionApis = [
  'FindCoordinator',
  'InitProducerId',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'TxnOffsetCommit',
  'EndTxn',
  'Produce',
] as const satisfies readonly ApiName[]

const passingOf: Readonly<Record<(typeof transactionApis)[number], readonly KafkaErrorName[]>> = {
  FindCoordinator: ['COORDINATOR_NOT_AVAILABLE', 'REQUEST_TIMED_OUT'],
  InitProducerId: ['COORDINATOR_LOAD_IN_PROGRESS', 'CONCURRENT_TRANSACTIONS', 'NOT_COORDINATOR'],
  AddPartitionsToTxn: [
    'CONCURRENT_TRANSACTIONS',
    'COORDINATOR_LOAD_IN_PROGRESS',
    'NOT_COORDINATOR',
  ],
  AddOffsetsToTxn: ['CONCURRENT_TRANSACTIONS', 'COORDINATOR_NOT_AVAILABLE'],
  TxnOffsetCommit: ['COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR', 'REQUEST_TIMED_OUT'],
  EndTxn: ['CONCURRENT_TRANSACTIONS', 'NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE'],
  Produce: ['NOT_ENOUGH_REPLICAS', 'REQUEST_TIMED_OUT', 'CONCURRENT_TRANSACTIONS'],
}

const broker = fc.integer({ min: 1, max: brokerCount })
const api = fc.constantFrom(...transactionApis)
const moment = fc.integer({ min: 0, max: healedAt - 500 })

const reply: fc.Arbitrary<Deed> = api.chain((name) =>
  fc.record({
    kind: fc.constant('reply' as const),
    api: fc.constant(name),
    error: fc.constantFrom(...passingOf[name]),
    appended: fc.boolean(),
    times: fc.constantFrom(1, 1, 2, 5),
  }),
)

export const network: fc.Arbitrary<Deed> = fc.oneof(
  reply,
  reply,
  fc.record({
    kind: fc.constant('cut' as const),
    api,
    appended: fc.boolean(),
    times: fc.constantFrom(1, 1, 2),
  }),
  fc.record({
    kind: fc.constantFrom('hang' as const, 'slow' as const),
    api,
    ms: fc.constantFrom(50, 400, 1500),
  }),
)

export const coordinators: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constant('coordinator' as const),
  of: fc.constantFrom('transaction' as const, 'transaction' as const, 'group' as const),
  broker: fc.constantFrom(-1, 1, 2, 3),
  loadMs: fc.constantFrom(0, 0, 80, 600),
})

export const brokers: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    kind: fc.constant('leader' as const),
    partition: fc.integer({ min: 0, max: partitionCount - 1 }),
    broker: fc.constantFrom(-1, 1, 2, 3),
  }),
  fc.record({ kind: fc.constant('restart' as const), broker, ms: fc.constantFrom(30, 400) }),
  fc.record({ kind: fc.constant('pause' as const), broker, ms: fc.constantFrom(30, 400, 1500) }),
)

const takeovers: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constant('fence' as const),
  owner: fc.constantFrom('a' as const, 'a' as const, 'pool' as const),
})

export const protocols: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constant('protocol' as const),
  level: fc.constantFrom(1 as const, 2 as const),
})

/** Up to six of them, before everything is healed. */
export function happenings(deed: fc.Arbitrary<Deed>): fc.Arbitrary<readonly Happening[]> {
  return fc.array(fc.record({ at: moment, deed }), { maxLength: 6, size: 'max' })
}

function unitsOf(owners: readonly Owner[]): fc.Arbitrary<readonly Unit[]> {
  const unit = fc.record({
    owner: fc.constantFrom(...owners),
    form: fc.constantFrom('operator' as const, 'function' as const, 'writable' as const),
    at: moment,
    partitions: fc.array(fc.integer({ min: 0, max: partitionCount - 1 }), { maxLength: 5 }),
    gapMs: fc.constantFrom(0, 0, 3, 40, 200),
    end: fc.constantFrom(
      ...(['commit', 'commit', 'commit', 'commit', 'fail', 'leave', 'large'] as const),
    ),
    offsets: fc.boolean(),
  })
  const sensible = unit.map((drawn) => {
    return { ...drawn, offsets: drawn.offsets && drawn.form === 'function' }
  })
  return fc.array(sensible, { minLength: 1, maxLength: 9, size: 'max' })
}

export const config = fc.record({
  lingerMs: fc.constantFrom(0, 0, 5, 100),
  batchSize: fc.constantFrom(1, 200, 16384),
  maxInFlight: fc.constantFrom(5, 5, 1),
  timeoutMs: fc.constantFrom(60_000, 60_000, 60_000, 2000),
  maxBlockMs: fc.constantFrom(60_000, 60_000, 60_000, 1500),
  requestTimeoutMs: fc.constantFrom(1000, 300),
})

export const tape = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 300, size: 'max' })
const calmTape = fc.constant<readonly number[]>([])
const common = {
  config,
  version: fc.constantFrom<KafkaVersion>('4.4', '4.4', '4.0', '3.9', '3.9', '3.7'),
  completionMs: fc.constantFrom(0, 5, 60, 250),
}

/**
 * Nothing is ever wrong: every transaction that is to be committed is. Only here brokers may be older than
 * 3.6: 1. A batch is on its way, and its transaction is aborted. 2. The next one begins. 3. The batch arrives,
 * and such a broker takes it for one of the new transaction (KIP-890 is what mends that).
 */
export const calm: fc.Arbitrary<TransactionsScenario> = fc.record({
  ...common,
  version: fc.constantFrom<KafkaVersion>('4.4', '3.9', '3.4', '2.8'),
  config: config.map((drawn) => ({ ...drawn, timeoutMs: 60_000, maxBlockMs: 60_000 })),
  units: unitsOf(['a', 'pool']),
  happenings: fc.constant([]),
  tape: calmTape,
})

/** Answers are lost, late and refused; brokers and coordinators come and go; nobody else has the id. */
export const troubled: fc.Arbitrary<TransactionsScenario> = fc.record({
  ...common,
  units: unitsOf(['a', 'a', 'pool']),
  happenings: happenings(
    fc.oneof(
      { weight: 4, arbitrary: network },
      { weight: 3, arbitrary: coordinators },
      { weight: 2, arbitrary: brokers },
      { weight: 1, arbitrary: protocols },
    ),
  ),
  tape: fc.oneof(calmTape, tape),
})

/** Two producers, or a stranger, take the id from one another. */
export const contended: fc.Arbitrary<TransactionsScenario> = fc.record({
  ...common,
  units: unitsOf(['a', 'twin', 'pool']),
  happenings: happenings(
    fc.oneof(
      { weight: 3, arbitrary: takeovers },
      { weight: 2, arbitrary: network },
      { weight: 1, arbitrary: coordinators },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const) }) },
    ),
  ),
  tape: fc.oneof(calmTape, calmTape, tape),
})

export const transactionScenarios: fc.Arbitrary<TransactionsScenario> = fc.oneof(
  { weight: 2, arbitrary: calm },
  { weight: 5, arbitrary: troubled },
  { weight: 4, arbitrary: contended },
)

/** Whether nothing was drawn that could prevent a transaction from being committed. */
export function isCalm({ happenings: all, tape: events, units }: TransactionsScenario): boolean {
  return all.length === 0 && events.length === 0 && !units.some(({ owner }) => owner === 'twin')
}

/** Whether somebody else may take the transactional id of this owner. */
export function mayLoseId({ happenings: all, units }: TransactionsScenario, owner: Owner): boolean {
  const isFenced = all.some(
    ({ deed }) => deed.kind === 'fence' && (deed.owner === 'pool') === (owner === 'pool'),
  )
  return isFenced || (owner !== 'pool' && units.some((unit) => unit.owner === 'twin'))
}
