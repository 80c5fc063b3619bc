import { describe, expect, it } from 'vitest'
import { checkFrame, readBatches } from '../../lib/records/batch-reader.ts'
import { releases } from '../../lib/testing/releases.ts'
import { transactional } from '../support/transactional.ts'

const tv1 = { release: releases['3.9'] }

describe('a transaction under TV2', () => {
  it('begins with the first Produce, ends with EndTxn, and leaves a marker and the next epoch', () => {
    const { begin, send, end, committed, model, fetch } = transactional()
    const { error, who } = begin('mine')

    expect(error).toBe('NONE')
    expect(who).toEqual({ producerId: 0n, producerEpoch: 0 })
    expect(send('mine', who, 'a')).toMatchObject({ error: 'NONE', offset: 0 })
    expect(model.transactions.entry('mine')).toMatchObject({ state: 'Ongoing' })
    expect(committed()).toEqual([])
    expect(fetch(1)).toMatchObject({ end: 1n, stable: 0n, bytes: new Uint8Array(0) })

    expect(end('mine', who, true)).toEqual({
      error: 'NONE',
      who: { producerId: 0n, producerEpoch: 1 },
    })
    expect(committed()).toEqual(['a'])
    expect(fetch(1)).toMatchObject({ end: 2n, stable: 2n, aborted: [] })
    expect(model.transactions.entry('mine')).toMatchObject({ state: 'CompleteCommit' })
  })

  it('accepts the new epoch from sequence 0, and refuses the old one', () => {
    const { begin, send, end, committed } = transactional()
    const { who } = begin('mine')
    send('mine', who, 'a')
    const { who: next } = end('mine', who, true)

    expect(send('mine', who, 'late', { sequence: 1 }).error).toBe('INVALID_PRODUCER_EPOCH')
    expect(send('mine', next, 'b', { sequence: 1 }).error).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(send('mine', next, 'b')).toMatchObject({ error: 'NONE', offset: 2 })
    end('mine', next, true)
    expect(committed()).toEqual(['a', 'b'])
  })

  it('hides aborted records from readers of committed ones, and from no others', () => {
    const { begin, send, end, committed, fetch } = transactional()
    const { who } = begin('mine')
    send('mine', who, 'no')
    const { who: next } = end('mine', who, false)
    send('mine', next, 'yes')
    end('mine', next, true)

    expect(committed()).toEqual(['yes'])
    expect(fetch(1).aborted).toEqual([{ producerId: 0n, firstOffset: 0n }])
    expect(fetch(1, 2).aborted).toEqual([])
    expect(fetch(0).aborted).toBeNull()
  })

  it('writes markers of the right kind, each with its own offset', () => {
    const { begin, send, end, fetch } = transactional()
    const { who } = begin('mine')
    send('mine', who, 'a')
    end('mine', who, false)
    const [, marker] = readBatches(fetch(0).bytes)
    const bytes = fetch(0).bytes.subarray(-78)

    expect(checkFrame(bytes)).toMatchObject({
      baseOffset: 1,
      attributes: 0b11_0000,
      producerId: 0n,
      producerEpoch: 1,
      baseSequence: -1,
      recordCount: 1,
    })
    expect(marker!.records[0]).toMatchObject({
      key: Uint8Array.of(0, 0, 0, 0),
      value: Uint8Array.of(0, 0, 0, 0, 0, 0),
    })
  })

  it('answers a repeated EndTxn as before, and refuses the opposite one', () => {
    const { begin, send, end } = transactional()
    const { who } = begin('mine')
    send('mine', who, 'a')
    const first = end('mine', who, true)

    expect(end('mine', who, true)).toEqual(first)
    expect(end('mine', who, false).error).toBe('INVALID_TXN_STATE')
  })

  it('refuses an empty commit, and accepts an empty abort, which raises the epoch', () => {
    const { begin, end } = transactional()
    const { who } = begin('mine')

    expect(end('mine', who, true).error).toBe('INVALID_TXN_STATE')
    expect(end('mine', who, false)).toMatchObject({ error: 'NONE', who: { producerEpoch: 1 } })
    expect(end('other', begin('other').who, false, 4).error).toBe('INVALID_TXN_STATE')
  })

  it.each([
    [5, 'INVALID_TXN_STATE', 'NONE'],
    [4, 'PRODUCER_FENCED', 'PRODUCER_FENCED'],
  ])(
    'answers EndTxn v%i of a producer whose transaction another one has aborted, until that one asks again',
    (version, commit, abort) => {
      const { begin, send, end, clock, committed } = transactional({ completionMs: 30 })
      const { who } = begin('mine')
      send('mine', who, 'a')
      expect(begin('mine').error).toBe('CONCURRENT_TRANSACTIONS')
      clock.now += 30

      expect(end('mine', who, true, version).error).toBe(commit)
      expect(end('mine', who, false, version).error).toBe(abort)
      expect(begin('mine')).toMatchObject({ error: 'NONE', who: { producerEpoch: 2 } })
      for (const isCommit of [true, false]) {
        expect(end('mine', who, isCommit, version).error).toBe('PRODUCER_FENCED')
      }
      expect(committed()).toEqual([])
    },
  )

  it.each([5, 4])(
    'fails at a commit of v%i that comes while it is being fenced, and aborts',
    (version) => {
      const { begin, send, addOffsets, end, clock, committed } = transactional({ fencingMs: 10 })
      const { who } = begin('mine')
      send('mine', who, 'a')
      expect(begin('mine').error).toBe('CONCURRENT_TRANSACTIONS')

      expect(end('mine', who, true, version).error).toBe('UNKNOWN_SERVER_ERROR')
      expect(begin('mine').error).toBe('CONCURRENT_TRANSACTIONS')
      expect(send('mine', who, 'b', { sequence: 1 }).error).toBe('NONE')
      expect(addOffsets('mine', who, 'g')).toBe('CONCURRENT_TRANSACTIONS')
      clock.now += 10
      expect(begin('mine')).toMatchObject({ error: 'NONE', who: { producerEpoch: 2 } })
      expect(committed()).toEqual([])
    },
  )

  it('may be aborted by its own producer while it is being fenced', () => {
    const { begin, send, end, committed } = transactional({ fencingMs: 10 })
    const { who } = begin('mine')
    send('mine', who, 'a')
    begin('mine')

    expect(end('mine', who, false)).toMatchObject({ error: 'NONE', who: { producerEpoch: 1 } })
    expect(begin('mine')).toMatchObject({ error: 'NONE', who: { producerEpoch: 2 } })
    expect(end('mine', who, true).error).toBe('PRODUCER_FENCED')
    expect(committed()).toEqual([])
  })

  it('must also wait with the next EndTxn while it is being completed', () => {
    const { begin, send, end, clock } = transactional({ completionMs: 30 })
    const { who } = begin('mine')
    send('mine', who, 'a')
    const { who: next } = end('mine', who, true)

    expect(end('mine', next, false).error).toBe('CONCURRENT_TRANSACTIONS')
    clock.now += 30
    expect(end('mine', next, false)).toMatchObject({ error: 'NONE', who: { producerEpoch: 2 } })
  })

  it('gets a new producer id when its epochs are used up', () => {
    const { begin, send, end, model, committed } = transactional()
    const { who } = begin('mine')
    model.transactions.entry('mine')!.epoch = 0x7ffe
    const last = { ...who, producerEpoch: 0x7ffe }
    send('mine', last, 'a')
    const { error, who: next } = end('mine', last, true)

    expect([error, next]).toEqual(['NONE', { producerId: 1n, producerEpoch: 0 }])
    expect(end('mine', last, true)).toEqual({ error, who: next })
    expect(send('mine', next, 'b').error).toBe('NONE')
    expect(end('mine', next, true).error).toBe('NONE')
    expect(committed()).toEqual(['a', 'b'])
  })
})

describe('a transaction under TV1', () => {
  it('contains the added partitions, keeps its epoch, and continues the numbering', () => {
    const { begin, add, send, end, committed } = transactional(tv1)
    const { who } = begin('mine')

    expect(add('mine', who, [0, 1])).toEqual(['NONE', 'NONE'])
    expect(send('mine', who, 'a', { version: 11 }).error).toBe('NONE')
    expect(end('mine', who, true, 4).error).toBe('NONE')
    expect(end('mine', who, true, 4).error).toBe('NONE')
    add('mine', who, [0])
    expect(send('mine', who, 'b', { version: 11, sequence: 1 }).error).toBe('NONE')
    expect(end('mine', who, true, 4).error).toBe('NONE')
    expect(committed()).toEqual(['a', 'b'])
  })

  it('refuses partitions that were not added: newer clients are told to abort', () => {
    const { begin, send } = transactional(tv1)
    const { who } = begin('mine')

    expect(send('mine', who, 'a', { version: 11 }).error).toBe('TRANSACTION_ABORTABLE')
    expect(send('mine', who, 'a', { version: 10 }).error).toBe('INVALID_TXN_STATE')
  })

  it('accepted any partition before Kafka 3.6, and left a transaction open forever', () => {
    const { begin, send, fetch } = transactional({ release: releases['3.4'] })
    const { who } = begin('mine', { version: 4 })

    expect(send('mine', who, 'a', { version: 9 }).error).toBe('NONE')
    expect(fetch(1).stable).toBe(0n)
  })

  it('adds all partitions or none', () => {
    const { begin, add, model } = transactional(tv1)
    const { who } = begin('mine')

    const codes = ['OPERATION_NOT_ATTEMPTED', 'UNKNOWN_TOPIC_OR_PARTITION']
    expect(add('mine', who, [0, 7])).toEqual(codes)
    expect(model.transactions.entry('mine')!.state).toBe('Empty')
  })

  it('must wait while the one before is being completed', () => {
    const { begin, add, end, clock, send, committed } = transactional({ ...tv1, completionMs: 30 })
    const { who } = begin('mine')
    add('mine', who, [0])
    send('mine', who, 'a', { version: 11 })
    expect(end('mine', who, true, 4).error).toBe('NONE')

    expect(add('mine', who, [0])).toEqual(['CONCURRENT_TRANSACTIONS'])
    expect(end('mine', who, true, 4).error).toBe('CONCURRENT_TRANSACTIONS')
    expect(committed()).toEqual([])
    clock.now += 30
    expect(committed()).toEqual(['a'])
    expect(add('mine', who, [0])).toEqual(['NONE'])
  })
})

describe('the leader under TV2', () => {
  it('holds the first Produce back while the transaction before is completed', () => {
    const { begin, send, end } = transactional({ completionMs: 40 })
    const { who } = begin('mine')
    send('mine', who, 'a')
    const { who: next } = end('mine', who, true)

    expect(send('mine', next, 'b')).toMatchObject({ error: 'NONE', heldMs: 40, offset: 2 })
  })

  it('looks again every 20 ms', () => {
    const { begin, send, end } = transactional({ completionMs: 5 })
    const { who } = begin('mine')
    send('mine', who, 'a')
    const { who: next } = end('mine', who, true)

    expect(send('mine', next, 'b')).toMatchObject({ error: 'NONE', heldMs: 20, offset: 2 })
  })

  it('gives up holding it after a while', () => {
    const { begin, send, end } = transactional({ completionMs: 400 })
    const { who } = begin('mine')
    send('mine', who, 'a')
    const { who: next } = end('mine', who, true)

    const answer = send('mine', next, 'b')
    expect(answer).toMatchObject({ error: 'CONCURRENT_TRANSACTIONS', heldMs: 100 })
  })

  it('requests a retry if the coordinator is not available, except for partitions already added', () => {
    const { begin, send, model } = transactional()
    const { who } = begin('mine')
    send('mine', who, 'a')
    model.moveCoordinator('transaction', 'mine', -1, 0)

    expect(send('mine', who, 'b', { sequence: 1 }).error).toBe('NONE')
    expect(send('mine', who, 'c', { partition: 1 }).error).toBe('NOT_ENOUGH_REPLICAS')
  })

  it("refuses a batch that does not belong to its producer's open transaction", () => {
    const { begin, send } = transactional()
    const { who } = begin('mine')
    send('mine', who, 'a')

    const answer = send('mine', who, 'b', { sequence: 1, isTransactional: false })
    expect(answer.error).toBe('INVALID_TXN_STATE')
  })
})

describe.each([
  ['TV1', tv1],
  ['TV2', {}],
])('two producers with one id, %s', (name, options) => {
  const isNew = name === 'TV2'

  it("the second aborts the first one's open transaction, and fences it", () => {
    const { begin, add, send, end, committed } = transactional(options)
    const { who: first } = begin('mine')
    if (!isNew) add('mine', first, [0])
    send('mine', first, 'a', { version: isNew ? 13 : 11 })

    expect(begin('mine').error).toBe('CONCURRENT_TRANSACTIONS')
    const { error, who: second } = begin('mine')
    expect([error, second]).toEqual(['NONE', { producerId: 0n, producerEpoch: 2 }])

    const late = send('mine', first, 'b', { sequence: 1, version: isNew ? 13 : 11 })
    expect(late.error).toBe('INVALID_PRODUCER_EPOCH')
    expect(end('mine', first, true, isNew ? 5 : 4).error).toBe('PRODUCER_FENCED')
    expect(add('mine', first, [0])).toEqual(['PRODUCER_FENCED'])
    expect(begin('mine', first).error).toBe('PRODUCER_FENCED')
    expect(committed()).toEqual([])
  })

  it('old clients get an error about a stale epoch instead', () => {
    const { begin, add, end } = transactional(options)
    const { who: first } = begin('mine')
    begin('mine')

    expect(add('mine', first, [0], 1)).toEqual(['INVALID_PRODUCER_EPOCH'])
    expect(end('mine', first, true, 1).error).toBe('INVALID_PRODUCER_EPOCH')
    expect(begin('mine', { ...first, version: 3 }).error).toBe('INVALID_PRODUCER_EPOCH')
  })

  it('a producer that continues after an error raises its own epoch; the repeat gets the same', () => {
    const { begin } = transactional(options)
    const { who } = begin('mine')
    const bumped = { error: 'NONE', who: { producerId: 0n, producerEpoch: 1 } }

    expect(begin('mine', who)).toEqual(bumped)
    expect(begin('mine', who)).toEqual(bumped)
    expect(begin('mine', { producerId: 9n, producerEpoch: 0 }).error).toBe('PRODUCER_FENCED')
  })

  it('a transaction that takes too long is aborted', () => {
    const { begin, add, send, end, clock, committed } = transactional(options)
    const { who } = begin('mine', { timeoutMs: 1000 })
    if (!isNew) add('mine', who, [0])
    send('mine', who, 'a', { version: isNew ? 13 : 11 })
    clock.now += 1000

    expect(committed()).toEqual([])
    const late = send('mine', who, 'b', { sequence: 1, version: isNew ? 13 : 11 })
    expect(late.error).toBe('INVALID_PRODUCER_EPOCH')
    expect(end('mine', who, true, isNew ? 5 : 4).error).toBe(
      isNew ? 'INVALID_TXN_STATE' : 'PRODUCER_FENCED',
    )
    const abort = end('mine', who, false, isNew ? 5 : 4)
    expect(abort.error).toBe(isNew ? 'NONE' : 'PRODUCER_FENCED')
  })
})

describe('a transactional.id', () => {
  it('that is unknown has no transaction', () => {
    const { add, end } = transactional()
    const who = { producerId: 4n, producerEpoch: 0 }

    expect(add('nobody', who, [0])).toEqual(['INVALID_PRODUCER_ID_MAPPING'])
    expect(end('nobody', who, true).error).toBe('INVALID_PRODUCER_ID_MAPPING')
  })

  it('is not empty, and its timeout is within bounds', () => {
    const { begin, model } = transactional()

    expect(begin('').error).toBe('INVALID_REQUEST')
    expect(model.violations).toHaveLength(1)
    for (const timeoutMs of [-1, 0, 900_001]) {
      expect(begin('mine', { timeoutMs }).error).toBe('INVALID_TRANSACTION_TIMEOUT')
    }
    expect(begin('mine', { timeoutMs: 900_000 }).error).toBe('NONE')
  })

  it('belongs to another broker after its coordinator has moved, and loads there first', () => {
    const { begin, send, end, model, clock, committed } = transactional()
    const { who } = begin('mine')
    send('mine', who, 'a')
    const before = model.coordinators.of('transaction', 'mine')
    const after = (before % 3) + 1
    model.moveCoordinator('transaction', 'mine', after, 50)

    expect(model.coordinators.refusal('transaction', 'mine', before, clock.now)).toBe(
      'NOT_COORDINATOR',
    )
    expect(end('mine', who, true).error).toBe('COORDINATOR_LOAD_IN_PROGRESS')
    clock.now += 50
    expect(end('mine', who, true).error).toBe('NONE')
    expect(committed()).toEqual(['a'])
  })

  it('gets its markers when the partition has a leader again', () => {
    const { begin, send, end, model, committed } = transactional()
    const { who } = begin('mine')
    send('mine', who, 'a')
    send('mine', who, 'b', { partition: 1 })
    model.state.moveLeader('t', 1, -1)
    end('mine', who, true)

    expect([committed(0), committed(1)]).toEqual([['a'], []])
    expect(model.transactions.entry('mine')!.state).toBe('PrepareCommit')
    model.state.moveLeader('t', 1, 2)
    expect(committed(1)).toEqual(['b'])
    expect(model.transactions.entry('mine')!.state).toBe('CompleteCommit')
  })
})

describe('DescribeTransactions', () => {
  it('says what the coordinator knows of an id: its state, its identity, its partitions', () => {
    const { begin, send, end, clock, describe: known } = transactional({ completionMs: 30 })
    const { who } = begin('mine')
    expect(known('mine')).toMatchObject({ error: 'NONE', transactionState: 'Empty', ...who })
    send('mine', who, 'a', { partition: 1 })
    const topics = [{ topic: 't', partitions: [1] }]
    expect(known('mine')).toMatchObject({ transactionState: 'Ongoing', topics })
    end('mine', who, true)
    expect(known('mine')).toMatchObject({ transactionState: 'PrepareCommit', topics })
    clock.now += 30
    expect(known('mine')).toMatchObject({ transactionState: 'CompleteCommit', topics: [] })
  })

  it('knows no other ids, and only the coordinator of an id is asked', () => {
    const { describe: known } = transactional({ brokers: 2 })
    expect(known('nobody').error).toBe('TRANSACTIONAL_ID_NOT_FOUND')
    expect(known('nobody', 1).error).toBe('NOT_COORDINATOR')
  })
})
