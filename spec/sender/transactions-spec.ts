import { beforeEach, describe, expect, it } from 'vitest'
import { AuthenticationError } from '../../lib/errors/authentication-error.ts'
import { ConnectionError } from '../../lib/errors/connection-error.ts'
import type { KafkaErrorName } from '../../lib/errors/error-codes.ts'
import type { Fault } from '../../lib/sender/transaction-faults.ts'
import { Transactions } from '../../lib/sender/transactions.ts'
import type { PartitionState } from '../../lib/topics/topic-state.ts'
import { FakeClock } from '../support/fake-runtime.ts'
import { placeOf } from '../support/place-of.ts'
import { ScriptedCoordinators } from '../support/scripted-coordinators.ts'

// The states of a transactional producer over coordinators that answer on request.

const settings = {
  transactionalId: 'id',
  timeoutMs: 60_000,
  maxBlockMs: 10_000,
  requestTimeoutMs: 30_000,
  retryBackoffMs: 100,
}

class Bench {
  readonly clock = new FakeClock()
  readonly brokers = new ScriptedCoordinators()
  readonly told: string[] = []
  readonly faults: Fault[] = []
  readonly admitted: PartitionState[] = []
  isQuiet = true
  readonly transactions: Transactions

  constructor(more: Partial<typeof settings> = {}) {
    this.transactions = new Transactions(
      { ...settings, ...more },
      {
        dispatch: this.brokers,
        clock: this.clock,
        wake() {},
        turn: (work) => work(),
      },
    )
    const tell = (word: string) => (fault: Fault | null) => {
      this.told.push(fault === null ? word : `${word}: ${fault.code}, ${fault.outcome}`)
      if (fault !== null) this.faults.push(fault)
    }
    this.transactions.connect({
      events: {
        ready: () => this.told.push('ready'),
        notReady: tell('not ready'),
        mustAbort: tell('must abort'),
        ended: tell('ended'),
        dead: tell('dead'),
      },
      sender: {
        identified: () => this.told.push('identified'),
        admitted: (places) => this.admitted.push(...places),
        isQuiet: () => this.isQuiet,
      },
    })
  }

  /** Lets time pass, and sends what can be sent. */
  pass(ms: number): void {
    this.clock.advance(ms)
    this.drain()
  }

  drain(): void {
    while (this.transactions.drain());
  }

  /** Initialised, without an event for it. */
  ready(version: 1 | 2 = 2): this {
    this.brokers.transactionVersion = version
    this.transactions.prepare()
    this.drain()
    this.brokers.answer()
    this.drain()
    this.brokers.answer()
    this.told.length = 0
    this.brokers.asked.length = 0
    return this
  }

  /** A transaction with records that were sent. */
  open(version: 1 | 2 = 2): this {
    this.ready(version)
    expect(this.transactions.prepare()).toBe(true)
    this.transactions.begin()
    this.transactions.touched()
    this.transactions.admits(placeOf(0))
    this.drain()
    if (version === 1) this.brokers.answer()
    this.transactions.departing(12)
    this.brokers.asked.length = 0
    return this
  }

  end(kind: 'commit' | 'abort'): this {
    this.transactions.end(kind)
    this.drain()
    return this
  }
}

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})

describe('beginning', () => {
  it('finds the coordinator, then requests an identity that fences all others', () => {
    const { brokers, transactions, told } = bench
    expect(transactions.prepare()).toBe(false)
    bench.drain()
    expect(brokers.first.body).toEqual({ keyType: 1, coordinatorKeys: ['id'] })
    brokers.answer()
    bench.drain()
    expect(brokers.learned).toEqual([3])
    expect(brokers.first).toMatchObject({
      node: 3,
      body: { transactionalId: 'id', transactionTimeoutMs: 60_000, producerId: -1n },
    })
    brokers.answer()
    expect(told).toEqual(['identified', 'ready'])
    expect(transactions.current).toEqual({ producerId: 7n, producerEpoch: 0 })
  })

  it('names the key in the form of old brokers', () => {
    bench.brokers.versions.set('FindCoordinator', 3)
    bench.transactions.prepare()
    bench.drain()
    expect(bench.brokers.first.body).toEqual({ keyType: 1, key: 'id' })
    bench.brokers.answer({ coordinators: [], errorCode: 0, nodeId: 5, host: 'h', port: 1 })
    bench.drain()
    expect(bench.brokers.first.node).toBe(5)
  })

  it.each<readonly [KafkaErrorName, string]>([
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'not ready: INVALID_CONFIGURATION, aborted'],
    ['CLUSTER_AUTHORIZATION_FAILED', 'not ready: INVALID_CONFIGURATION, aborted'],
    ['TRANSACTION_ABORTABLE', 'not ready: ABORTED, aborted'],
    ['PRODUCER_FENCED', 'dead: FENCED, aborted'],
    ['INVALID_TRANSACTION_TIMEOUT', 'dead: INVALID_CONFIGURATION, aborted'],
    ['UNKNOWN_SERVER_ERROR', 'dead: PRODUCER_FAILED, aborted'],
  ])('%s to it: %s', (name, told) => {
    bench.transactions.prepare()
    bench.drain()
    bench.brokers.answer()
    bench.drain()
    bench.brokers.refuse(name)
    expect(bench.told).toEqual([told])
    expect(bench.transactions.state).toBe(told.startsWith('dead') ? 'fatal' : 'uninitialized')
  })

  it('waits retry.backoff.ms, flat, while the predecessor’s transaction is completed', () => {
    bench.transactions.prepare()
    bench.drain()
    bench.brokers.answer()
    bench.drain()
    for (let time = 0; time < 5; time += 1) {
      bench.brokers.refuse('CONCURRENT_TRANSACTIONS')
      bench.pass(99)
      expect(bench.brokers.open).toEqual([])
      bench.pass(1)
      expect(bench.brokers.open).toHaveLength(1)
    }
    bench.brokers.answer()
    expect(bench.told).toEqual(['identified', 'ready'])
  })

  it('fails after max.block.ms, and a late answer has no effect', () => {
    bench.transactions.prepare()
    bench.drain()
    bench.brokers.answer()
    bench.drain()
    bench.pass(10_000)
    expect(bench.told).toEqual(['not ready: INIT_TIMEOUT, aborted'])
    bench.brokers.answer()
    expect(bench.told).toHaveLength(1)
    expect(bench.transactions.current).toBeNull()
    expect(bench.clock.pending).toBe(0)
  })

  it('refuses brokers before 2.5, which cannot raise the epoch', () => {
    bench.brokers.versions.set('InitProducerId', 2)
    bench.transactions.prepare()
    bench.drain()
    bench.brokers.answer()
    bench.drain()
    expect(bench.told).toEqual(['dead: INVALID_CONFIGURATION, aborted'])
    expect(String(bench.faults[0]!.cause)).toContain('transactions need Kafka 2.5 or later')
  })

  it('fails if every broker refuses the login; the next one tries again', () => {
    bench.transactions.prepare()
    bench.drain()
    bench.transactions.refuse(new AuthenticationError('AUTHENTICATION_FAILED' as never, 'no'))
    expect(bench.told).toEqual(['not ready: INVALID_CONFIGURATION, aborted'])
    bench.transactions.prepare()
    expect(bench.transactions.state).toBe('initializing')
  })
})

describe('the coordinator', () => {
  const lost: readonly (readonly [string, (bench: Bench) => void])[] = [
    ['says that it is not the coordinator', ({ brokers }) => brokers.refuse('NOT_COORDINATOR')],
    ['is not available', ({ brokers }) => brokers.refuse('COORDINATOR_NOT_AVAILABLE')],
    ['disconnects', ({ brokers }) => brokers.lose()],
  ]

  it.each(lost)('that %s is looked up again, and gets the same request', (_, lose) => {
    bench.open().end('commit')
    const { body } = bench.brokers.first
    lose(bench)
    bench.pass(100)
    expect(bench.brokers.first.api).toBe('FindCoordinator')
    bench.brokers.answer()
    bench.drain()
    expect(bench.brokers.first).toMatchObject({ api: 'EndTxn', body })
  })

  it('that cannot be connected to is looked up again', () => {
    bench.open()
    bench.brokers.closed.add(3)
    bench.end('commit')
    expect(bench.brokers.open).toEqual([])
    bench.brokers.failures.set(3, new ConnectionError('DISCONNECTED', 'refused'))
    bench.drain()
    bench.pass(100)
    expect(bench.brokers.first.api).toBe('FindCoordinator')
    // The same node, which is known to have failed: it is waited for, and not looked up forever.
    bench.brokers.answer()
    bench.pass(1000)
    expect(bench.brokers.open).toEqual([])
  })

  it('that is no longer in the metadata is looked up again', () => {
    bench.open()
    bench.brokers.unknown.add(3)
    bench.end('commit')
    expect(bench.brokers.first.api).toBe('FindCoordinator')
  })
})

describe('under TV2', () => {
  it('sending adds partitions, and EndTxn returns the next epoch', () => {
    const { transactions, brokers } = bench.open()
    expect(transactions.admits(placeOf(1))).toBe(true)
    expect(transactions.produceVersionMax).toBe(Number.POSITIVE_INFINITY)
    bench.end('commit')
    expect(brokers.first).toMatchObject({ version: 5, body: { committed: true, producerEpoch: 0 } })
    brokers.answer()
    expect(bench.told).toEqual(['identified', 'ended'])
    expect(transactions.current).toEqual({ producerId: 7n, producerEpoch: 1 })
  })

  it('an exhausted epoch is followed by another id', () => {
    bench.open().end('commit')
    bench.brokers.answer({ producerId: 9n, producerEpoch: 0 })
    expect(bench.transactions.current).toEqual({ producerId: 9n, producerEpoch: 0 })
  })

  it('is used only if the coordinator supports its versions, whatever the feature says', () => {
    bench.brokers.versions.set('EndTxn', 4)
    bench.ready(2)
    bench.transactions.prepare()
    expect(bench.transactions.isTv2).toBe(false)
  })

  it('is not used again once a broker supports only an older Produce', () => {
    const { transactions, brokers } = bench.open()
    transactions.departing(11)
    bench.end('abort')
    brokers.answer()
    transactions.prepare()
    expect(transactions.isTv2).toBe(false)
  })

  it('begins with another epoch if the transaction before was under TV1', () => {
    const { transactions, brokers } = bench.open(1)
    bench.end('commit')
    brokers.answer({ producerId: -1n, producerEpoch: -1 })
    brokers.transactionVersion = 2
    expect(transactions.prepare()).toBe(false)
    bench.drain()
    expect(brokers.first).toMatchObject({
      api: 'InitProducerId',
      body: { producerId: 7n, producerEpoch: 0 },
    })
    brokers.answer({ errorCode: 0, producerId: 7n, producerEpoch: 1 })
    expect(transactions.prepare()).toBe(true)
    expect(transactions.isTv2).toBe(true)
  })
})

describe('under TV1', () => {
  it('a partition is added before it gets a batch, and all new ones with one request', () => {
    const { transactions, brokers } = bench.ready(1)
    transactions.prepare()
    transactions.begin()
    const places = [placeOf(0), placeOf(1)]
    expect(places.map((place) => transactions.admits(place))).toEqual([false, false])
    bench.drain()
    expect(brokers.first).toMatchObject({
      version: 3,
      body: { v3AndBelowTopics: [{ name: 't', partitions: [0, 1] }] },
    })
    const later = placeOf(2)
    expect(transactions.admits(later)).toBe(false)
    brokers.answer()
    expect(bench.admitted).toEqual(places)
    expect(transactions.admits(places[0]!)).toBe(true)
    bench.drain()
    expect(brokers.first.body).toMatchObject({ v3AndBelowTopics: [{ partitions: [2] }] })
    expect(transactions.produceVersionMax).toBe(11)
  })

  it('only the first request that finds the transaction before not completed is repeated soon, then every 20 ms', () => {
    const { transactions, brokers } = bench.ready(1)
    transactions.prepare()
    transactions.begin()
    transactions.admits(placeOf(0))
    bench.drain()
    for (const ms of [2, 4, 8, 16, 20, 20]) {
      brokers.refuse('CONCURRENT_TRANSACTIONS')
      bench.pass(ms - 1)
      expect(brokers.open).toEqual([])
      bench.pass(1)
    }
    brokers.answer()
    transactions.admits(placeOf(1))
    bench.drain()
    brokers.refuse('CONCURRENT_TRANSACTIONS')
    bench.pass(99)
    expect(brokers.open).toEqual([])
    bench.pass(1)
    expect(brokers.open).toHaveLength(1)
  })

  it('a refused partition does not affect partitions added before', () => {
    const { transactions, brokers } = bench.open(1)
    transactions.admits(placeOf(1))
    bench.drain()
    brokers.refuse('TOPIC_AUTHORIZATION_FAILED')
    expect(bench.told).toEqual(['must abort: ABORTED, aborted'])
    bench.end('abort')
    expect(brokers.first).toMatchObject({ api: 'EndTxn', version: 4, body: { committed: false } })
  })

  it('a lost numbering is followed by another epoch of the same id, after the abort', () => {
    const { transactions, brokers } = bench.open(1)
    transactions.bump()
    expect(transactions.current).toBeNull()
    bench.end('abort')
    brokers.answer({ producerId: -1n, producerEpoch: -1 })
    expect(bench.told).toEqual(['ended'])
    expect(transactions.prepare()).toBe(false)
    bench.drain()
    expect(brokers.first.body).toMatchObject({ producerId: 7n, producerEpoch: 0 })
  })

  /**
   * 1. EndTxn gets no answer, and is sent again. 2. The next transaction begins, under the same
   * epoch. 3. The first EndTxn arrives, and commits half of it. Java's producer has this fault.
   */
  it('an unanswered EndTxn is followed by another epoch, because it may still arrive', () => {
    const { transactions, brokers } = bench.open(1)
    bench.end('commit')
    brokers.lose()
    bench.pass(100)
    brokers.answer()
    bench.drain()
    brokers.answer({ producerId: -1n, producerEpoch: -1 })
    expect(bench.told).toEqual(['ended'])
    expect(transactions.prepare()).toBe(false)
    bench.drain()
    expect(brokers.first).toMatchObject({
      api: 'InitProducerId',
      body: { producerId: 7n, producerEpoch: 0 },
    })
  })

  it('an abort of a transaction that the broker never began sends nothing', () => {
    const { transactions, brokers } = bench.ready(1)
    transactions.prepare()
    transactions.begin()
    transactions.admits(placeOf(0))
    bench.drain()
    brokers.lose()
    bench.end('abort')
    bench.pass(100)
    brokers.answer()
    bench.drain()
    brokers.refuse('INVALID_TXN_STATE')
    expect(bench.told).toEqual(['ended'])
  })
})

describe('the end', () => {
  it('of a transaction without records needs no request', () => {
    bench.ready()
    bench.transactions.prepare()
    bench.transactions.begin()
    bench.end('commit')
    expect(bench.told).toEqual(['ended'])
    expect(bench.brokers.asked).toEqual([])
  })

  it('waits for what is in flight', () => {
    bench.open()
    bench.isQuiet = false
    bench.end('abort')
    expect(bench.brokers.open).toEqual([])
    bench.isQuiet = true
    bench.drain()
    expect(bench.brokers.first.body).toMatchObject({ committed: false })
  })

  it.each<readonly [KafkaErrorName, string]>([
    ['TRANSACTION_ABORTABLE', 'must abort: ABORTED, aborted'],
    ['UNKNOWN_PRODUCER_ID', 'must abort: ABORTED, aborted'],
    ['PRODUCER_FENCED', 'dead: FENCED, aborted'],
    ['INVALID_TXN_STATE', 'must abort: ABORTED, aborted'],
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'dead: INVALID_CONFIGURATION, aborted'],
    ['UNKNOWN_SERVER_ERROR', 'dead: PRODUCER_FAILED, unknown'],
  ])('a commit that is answered with %s: %s', (name, told) => {
    bench.open().end('commit')
    bench.brokers.refuse(name)
    expect(bench.told).toEqual([told])
  })

  it.each([
    ['INVALID_TXN_STATE', 'ended'],
    ['PRODUCER_FENCED', 'dead: FENCED, aborted'],
  ] as const)(
    'an abort, after a commit that found no transaction, that is answered with %s: %s',
    (name, told) => {
      bench.open().end('commit')
      bench.brokers.refuse('INVALID_TXN_STATE')
      bench.told.length = 0
      bench.end('abort')
      bench.brokers.refuse(name)
      expect(bench.told).toEqual([told])
    },
  )

  it('a repeated commit that finds no transaction may have been done the first time', () => {
    bench.open().end('commit')
    bench.brokers.lose()
    bench.pass(100)
    bench.brokers.answer()
    bench.drain()
    bench.brokers.refuse('INVALID_TXN_STATE')
    expect(bench.told).toEqual(['dead: PRODUCER_FAILED, unknown'])
  })

  it('a repeated commit may have been done before another producer took over', () => {
    bench.open().end('commit')
    bench.brokers.lose()
    bench.pass(100)
    bench.brokers.answer()
    bench.drain()
    bench.brokers.refuse('PRODUCER_FENCED')
    expect(bench.told).toEqual(['dead: FENCED, unknown'])
  })

  it('an abort that is answered with an abortable error ends the producer, because it would never end', () => {
    bench.open().end('abort')
    bench.brokers.refuse('TRANSACTION_ABORTABLE')
    expect(bench.told).toEqual(['dead: PRODUCER_FAILED, aborted'])
  })

  it.each([
    ['commit', 'ended: COMMIT_UNKNOWN, unknown'],
    ['abort', 'ended'],
  ] as const)('an unanswered %s ends after max.block.ms: %s', (kind, told) => {
    bench.open().end(kind)
    bench.pass(10_000)
    expect(bench.told).toEqual([told])
    expect(bench.transactions.state).toBe('uninitialized')
    expect(bench.clock.pending).toBe(0)
  })
})

/**
 * 1. The EndTxn of A's transaction gets no answer. 2. B takes the transactional id. 3. A begins
 * another transaction: if it began as a new producer, it would fence B.
 */
describe('after an unanswered EndTxn', () => {
  const known = { producerId: 7n, producerEpoch: 0 }

  /** Requests its next transaction. */
  function next(kind: 'commit' | 'abort', version: 1 | 2): Bench {
    bench.open(version).end(kind)
    bench.pass(10_000)
    bench.brokers.open.length = 0
    bench.told.length = 0
    bench.transactions.prepare()
    bench.drain()
    if (bench.brokers.first.api === 'FindCoordinator') bench.brokers.answer()
    bench.drain()
    return bench
  }

  it.each([
    ['commit', 1],
    ['commit', 2],
    ['abort', 1],
    ['abort', 2],
  ] as const)(
    '%s under TV%i: the open transaction is aborted, then another epoch follows',
    (kind, version) => {
      const { brokers, told } = next(kind, version)
      const api = 'EndTxn'
      expect(brokers.first).toMatchObject({ api, body: { ...known, committed: false } })
      brokers.answer()
      bench.drain()
      expect(brokers.first).toMatchObject({ api: 'InitProducerId', body: known })
      brokers.answer({ producerEpoch: 1 })
      expect(told).toEqual(['identified', 'ready'])
      expect(bench.transactions.current).toEqual({ producerId: 7n, producerEpoch: 1 })
      expect(bench.transactions.prepare()).toBe(true)
    },
  )

  it.each(['INVALID_TXN_STATE', 'INVALID_PRODUCER_ID_MAPPING', 'TRANSACTION_ABORTABLE'] as const)(
    '%s means that there is nothing to abort',
    (code) => {
      const { brokers, told } = next('commit', 2)
      brokers.refuse(code)
      bench.drain()
      expect(brokers.first).toMatchObject({ api: 'InitProducerId', body: known })
      brokers.answer({ producerEpoch: 1 })
      expect(told).toEqual(['identified', 'ready'])
    },
  )

  it.each([1, 2] as const)(
    'the producer ends if another one took the id meanwhile (TV%i)',
    (version) => {
      next('commit', version).brokers.refuse('PRODUCER_FENCED')
      expect(bench.told).toEqual(['dead: FENCED, aborted'])
      expect(bench.transactions.state).toBe('fatal')
      bench.drain()
      expect(bench.brokers.open).toEqual([])
    },
  )

  it('the producer ends if another one takes the id between the two requests', () => {
    const { brokers, told } = next('commit', 1)
    brokers.answer()
    bench.drain()
    brokers.refuse('PRODUCER_FENCED')
    expect(told).toEqual(['dead: FENCED, aborted'])
  })

  it('the request is repeated with the same identity, however often it is unanswered', () => {
    const { brokers, told } = next('commit', 1)
    bench.pass(10_000)
    expect(told).toEqual(['not ready: INIT_TIMEOUT, aborted'])
    brokers.open.length = 0
    bench.transactions.prepare()
    bench.drain()
    expect(brokers.first).toMatchObject({ api: 'EndTxn', body: { ...known, committed: false } })
    brokers.answer()
    bench.drain()
    bench.pass(10_000)
    brokers.open.length = 0
    bench.transactions.prepare()
    bench.drain()
    expect(brokers.first).toMatchObject({ api: 'InitProducerId', body: known })
  })
})

describe('time', () => {
  it("aborts a transaction one request's time before its coordinator does", () => {
    bench.open()
    bench.pass(29_999)
    expect(bench.told).toEqual([])
    bench.pass(1)
    expect(bench.told).toEqual(['must abort: TRANSACTION_TIMEOUT, aborted'])
  })

  it('leaves half of a short timeout', () => {
    bench = new Bench({ timeoutMs: 1000 })
    bench.open()
    bench.pass(500)
    expect(bench.told).toEqual(['must abort: TRANSACTION_TIMEOUT, aborted'])
  })

  it('does not count before the first record, or after the end was requested', () => {
    bench.ready()
    bench.transactions.prepare()
    bench.transactions.begin()
    bench.pass(60_000)
    expect(bench.told).toEqual([])
    bench.transactions.touched()
    bench.transactions.departing(12)
    bench.end('commit')
    expect(bench.told).toEqual([])
    expect(bench.brokers.first.api).toBe('EndTxn')
  })

  it('turns a commit that is too late into an abort, where Java fails for good', () => {
    bench.open()
    bench.clock.block(60_000)
    bench.transactions.end('commit')
    expect(bench.told).toEqual(['must abort: TRANSACTION_TIMEOUT, aborted'])
    bench.end('abort')
    bench.brokers.answer()
    expect(bench.transactions.state).toBe('ready')
  })
})

describe('offsets', () => {
  const group = { groupId: 'g', generationId: 4, memberId: 'm', groupInstanceId: null }
  const offsets = [{ topic: 'in', partition: 2, offset: 9, leaderEpoch: -1, metadata: null }]

  it('go to the group’s coordinator at once under TV2', () => {
    const done: string[] = []
    bench.open().transactions.sendOffsets(group, offsets, () => done.push('done'))
    bench.drain()
    expect(bench.brokers.first.body).toEqual({ keyType: 0, coordinatorKeys: ['g'] })
    bench.brokers.answer()
    bench.drain()
    expect(bench.brokers.first).toMatchObject({
      version: 5,
      body: {
        groupId: 'g',
        generationIdOrMemberEpoch: 4,
        memberId: 'm',
        topics: [{ name: 'in', partitions: [{ partitionIndex: 2, committedOffset: 9n }] }],
      },
    })
    bench.brokers.answer()
    expect(done).toEqual(['done'])
  })

  it('are sent again soon if the one before is not completed', () => {
    const { brokers, transactions } = bench.open()
    transactions.sendOffsets(group, offsets, () => {})
    bench.drain()
    brokers.answer()
    bench.drain()
    for (const ms of [2, 4, 8, 16, 20]) {
      brokers.refuse('CONCURRENT_TRANSACTIONS')
      bench.pass(ms - 1)
      expect(brokers.open).toEqual([])
      bench.pass(1)
    }
    expect(brokers.first.api).toBe('TxnOffsetCommit')
  })

  it('are announced first under TV1', () => {
    bench.open(1).transactions.sendOffsets(group, offsets, () => {})
    bench.drain()
    expect(bench.brokers.first).toMatchObject({ api: 'AddOffsetsToTxn', version: 4 })
    bench.brokers.answer()
    bench.drain()
    bench.brokers.answer()
    bench.drain()
    expect(bench.brokers.first).toMatchObject({ api: 'TxnOffsetCommit', version: 4 })
  })

  it.each<readonly [KafkaErrorName, string]>([
    ['ILLEGAL_GENERATION', 'must abort: ABORTED, aborted'],
    ['FENCED_INSTANCE_ID', 'must abort: ABORTED, aborted'],
    ['INVALID_PRODUCER_EPOCH', 'dead: FENCED, aborted'],
  ])('that are answered with %s: %s', (name, told) => {
    bench.open().transactions.sendOffsets(group, offsets, () => {})
    bench.drain()
    bench.brokers.answer()
    bench.drain()
    bench.brokers.refuse(name)
    expect(bench.told).toEqual([told])
  })
})
