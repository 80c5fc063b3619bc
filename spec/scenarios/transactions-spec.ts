import diagnostics from 'node:diagnostics_channel'
import { type KafkaProducer, KafkaProducerPool, type ProducerEvent } from 'to-kafka'
import { describe, expect, it, onTestFinished } from 'vitest'
import { inTime, record } from '../support/transactions-in-time.ts'

// Transactions without RxJS: as a function, as a writable, with a pool; and what brokers do to
// them.

const setUp = new Set(['ApiVersions', 'Metadata'])
const asked = (apis: readonly string[]) => apis.filter((api) => !setUp.has(api.split(' ')[0]!))

describe('producer.transaction()', () => {
  it('commits when its function has returned and everything is acknowledged, and resolves with its value', async () => {
    const { producer, over, committed } = inTime()
    const value = await over(
      producer().transaction((tx) => {
        tx.send(record('a'))
        tx.send(record('b', 1))
        return 7
      }),
    )
    expect(value).toBe(7)
    expect(committed()).toEqual(['a', 'b'])
  })

  it('gives the result of a record before the commit', async () => {
    const { producer, over, committed } = inTime()
    await over(
      producer().transaction(async (tx) => {
        const { offset, record: given } = await tx.send(record('a'))
        expect([offset, given.value]).toEqual([0, 'a'])
        expect(committed()).toEqual([])
      }),
    )
    expect(committed()).toEqual(['a'])
  })

  it('aborts when its function rejects, and rejects with the same error', async () => {
    const { producer, over, committed } = inTime()
    const error = new Error('no')
    const shared = producer()
    const failing = shared.transaction(async (tx) => {
      await tx.send(record('a'))
      throw error
    })
    await expect(over(failing)).rejects.toBe(error)
    await over(shared.transaction((tx) => void tx.send(record('b'))))
    expect(committed()).toEqual(['b'])
  })

  it('aborts when a record fails, awaited or not', async () => {
    const { producer, over, committed } = inTime()
    const shared = producer({ 'max.request.size': 1000 })
    const failing = shared.transaction(async (tx) => {
      tx.send(record('a'))
      tx.send(record('x'.repeat(2000)))
    })
    await expect(over(failing)).rejects.toMatchObject({
      name: 'TransactionError',
      code: 'ABORTED',
      retriable: false,
      cause: { code: 'RECORD_TOO_LARGE' },
    })
    expect(committed()).toEqual([])
    await over(shared.transaction((tx) => void tx.send(record('b'))))
    expect(committed()).toEqual(['b'])
  })

  it('sends lingering batches at the commit, and lingers again in the next transaction', async () => {
    const { producer, over, clock, pass, cluster } = inTime()
    const shared = producer({ 'linger.ms': 5000 })
    await over(shared.transaction((tx) => void tx.send(record('a'))))
    expect(clock.now()).toBeLessThan(1000)
    const sent = () => cluster.requests.filter(({ api }) => api === 'Produce').length
    const next = shared.transaction(async (tx) => {
      tx.send(record('b'))
      await pass(1000)
      expect(sent()).toBe(1)
    })
    await over(next)
    expect(sent()).toBe(2)
  })

  it('is aborted when a record expires, also during the commit', async () => {
    const { producer, over, cluster, committed } = inTime()
    const timeouts = { 'request.timeout.ms': 1000, 'delivery.timeout.ms': 3000 }
    const shared = producer({ ...timeouts, 'max.block.ms': 20_000 })
    await over(shared.transaction((tx) => void tx.send(record('a'))))
    const fault = cluster.on('Produce').hang({ appended: false })
    const late = shared.transaction((tx) => void tx.send(record('b')))
    await expect(over(late)).rejects.toMatchObject({
      code: 'ABORTED',
      retriable: true,
      cause: { code: 'DELIVERY_TIMEOUT' },
    })
    fault.cancel()
    await over(shared.transaction((tx) => void tx.send(record('c'))))
    expect(committed()).toEqual(['a', 'c'])
  })

  it('takes turns, in the order of the calls', async () => {
    const { producer, over, cluster } = inTime()
    const shared = producer()
    const all = ['a', 'b', 'c'].map((value) =>
      shared.transaction(async (tx) => {
        await tx.send(record(value))
        await tx.send(record(`${value}2`))
      }),
    )
    await over(Promise.all(all))
    const order = cluster.committedRecords('t').map(({ value }) => `${value}`)
    expect(order).toEqual(['a', 'a2', 'b', 'b2', 'c', 'c2'])
  })

  it('is refused inside another one of the same producer, but not of another producer', async () => {
    const { producer, over, committed } = inTime()
    const [one, other] = [producer(), producer({ 'transactional.id': 'other' })]
    const nested = one.transaction(async () => {
      await expect(one.transaction(() => {})).rejects.toMatchObject({ code: 'NESTED' })
      await other.transaction((tx) => void tx.send(record('b')))
    })
    await over(nested)
    expect(committed()).toEqual(['b'])
  })

  it('is aborted by its signal, with the signal’s reason', async () => {
    const { producer, over, pass, committed } = inTime()
    const control = new AbortController()
    const endless = producer().transaction(
      async (tx) => {
        tx.send(record('a'))
        await new Promise(() => {})
      },
      { signal: control.signal },
    )
    endless.catch(() => {})
    await pass(100)
    const reason = new Error('enough')
    control.abort(reason)
    await expect(over(endless)).rejects.toBe(reason)
    expect(committed()).toEqual([])
  })

  it('with a signal that is aborted already does nothing', async () => {
    const { producer, cluster } = inTime()
    const signal = AbortSignal.abort(new Error('before'))
    await expect(producer().transaction(() => {}, { signal })).rejects.toThrow('before')
    expect(cluster.requests).toEqual([])
  })

  it('accepts no records once it has ended', async () => {
    const { producer, over } = inTime()
    let late: Promise<unknown> | undefined
    await over(
      producer().transaction((tx) => {
        late = new Promise((resolve) => setImmediate(resolve)).then(() => tx.send(record('a')))
      }),
    )
    await expect(late).rejects.toMatchObject({ code: 'OUTSIDE_TRANSACTION' })
  })

  it('commits offsets, of a consumer that has the membership as properties', async () => {
    const { producer, over, cluster } = inTime()
    cluster.defineGroup('g', { generation: 3, members: { m: null } })
    const consumer = { groupId: 'g', generationId: 3, memberId: 'm' }
    await over(
      producer().transaction(async (tx) => {
        await tx.sendOffsets([{ topic: 'in', partition: 0, offset: 5n }], consumer)
        await tx.sendOffsets([], consumer)
      }),
    )
    expect(cluster.committedOffsets('g')).toMatchObject([{ topic: 'in', partition: 0, offset: 5 }])
  })

  it('is aborted when the consumer has left its group', async () => {
    const { producer, over, cluster } = inTime()
    cluster.defineGroup('g', { generation: 4, members: { m: null } })
    const consumer = { groupId: 'g', generationId: 3, memberId: 'm' }
    const offsets = [{ topic: 'in', partition: 0, offset: 5 }]
    const late = producer().transaction((tx) => void tx.sendOffsets(offsets, consumer))
    await expect(over(late)).rejects.toMatchObject({
      code: 'ABORTED',
      retriable: true,
      cause: { code: 'ILLEGAL_GENERATION' },
    })
    expect(cluster.committedOffsets('g')).toEqual([])
  })

  it.each([
    [{ groupId: '' }, [], 'group.groupId'],
    [{ groupId: 'g', generationId: 2 }, [], 'group.memberId'],
    [{ groupId: 'g', generationId: 'x' }, [], 'group.generationId'],
    [{ groupId: 'g' }, [{ topic: 'in', partition: 0, offset: '5' }], 'offset is'],
    [{ groupId: 'g' }, [{ topic: 'in', partition: -1, offset: 5 }], 'partition is'],
  ])(
    'refuses %o and %o, and is aborted if the error is not caught',
    async (group, offsets, sentence) => {
      const { producer, over } = inTime()
      const wrong = producer().transaction((tx) => tx.sendOffsets(offsets as never, group as never))
      await expect(over(wrong)).rejects.toThrow(sentence)
    },
  )
})

describe('producer.initTransactions()', () => {
  it('registers the id, and fences the producer that had it', async () => {
    const { producer, over, committed } = inTime()
    const [old, young] = [producer(), producer()]
    await over(old.transaction((tx) => void tx.send(record('a'))))
    await over(young.initTransactions())
    const late = old.transaction((tx) => void tx.send(record('b')))
    await expect(over(late)).rejects.toMatchObject({ code: 'FENCED', outcome: 'aborted' })
    await over(young.transaction((tx) => void tx.send(record('c'))))
    expect(committed()).toEqual(['a', 'c'])
    await expect(over(old.initTransactions())).rejects.toMatchObject({ code: 'FENCED' })
  })

  it('takes over the open transaction of a dead producer', async () => {
    const { producer, over, pass, cluster, committed } = inTime()
    const dead = producer()
    dead
      .transaction(async (tx) => {
        await tx.send(record('a'))
        await new Promise(() => {})
      })
      .catch(() => {})
    await pass(100)
    cluster.completeTransactionsAfter(50)
    await over(producer().transaction((tx) => void tx.send(record('b'))))
    await pass(50)
    expect(committed()).toEqual(['b'])
  })

  it('fails after max.block.ms without a coordinator, and may be called again', async () => {
    const { producer, over, cluster } = inTime()
    cluster.moveCoordinator('transaction', 'id', -1)
    const shared = producer({ 'max.block.ms': 3000 })
    await expect(over(shared.initTransactions())).rejects.toMatchObject({
      code: 'INIT_TIMEOUT',
      retriable: true,
      cause: { code: 'COORDINATOR_NOT_AVAILABLE' },
    })
    cluster.moveCoordinator('transaction', 'id', 1)
    await over(shared.initTransactions())
  })

  it('refuses brokers before 2.5, with a clear error', async () => {
    const { producer, over } = inTime({ version: '2.4' })
    const refused = over(producer().initTransactions())
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_CONFIGURATION' })
    await expect(refused).rejects.toThrow('transactions need Kafka 2.5 or later')
  })

  it('refuses a timeout that brokers do not allow, with a clear error', async () => {
    const { producer, over } = inTime()
    const refused = over(producer({ 'transaction.timeout.ms': 900_001 }).initTransactions())
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_CONFIGURATION' })
    await expect(refused).rejects.toThrow('transaction.max.timeout.ms')
  })
})

describe('producer.writable({ transaction: true })', () => {
  it('commits when it is closed', async () => {
    const { producer, over, committed } = inTime()
    const writer = producer().writable({ transaction: true }).getWriter()
    await over(writer.write(record('a')))
    await over(writer.write(record('b', 1)))
    expect(committed()).toEqual([])
    await over(writer.close())
    expect(committed()).toEqual(['a', 'b'])
  })

  it('aborts when it is aborted, and the next one works', async () => {
    const { producer, over, committed } = inTime()
    const shared = producer()
    const writer = shared.writable({ transaction: true }).getWriter()
    writer.closed.catch(() => {})
    await over(writer.write(record('a')))
    await over(writer.abort(new Error('no')))
    await over(shared.transaction((tx) => void tx.send(record('b'))))
    expect(committed()).toEqual(['b'])
  })

  it('fails when a record fails', async () => {
    const { producer, over, committed } = inTime()
    const writer = producer().writable({ transaction: true }).getWriter()
    writer.closed.catch(() => {})
    await over(writer.write(record('a')))
    writer.write({ topic: '', value: 'x' }).catch(() => {})
    await expect(over(writer.close())).rejects.toMatchObject({ code: 'ABORTED' })
    expect(committed()).toEqual([])
  })
})

describe('flush() of a transactional producer', () => {
  it('resolves when the transactions that were requested by then have ended', async () => {
    const { producer, over, committed } = inTime()
    const shared = producer()
    const running = shared.transaction((tx) => void tx.send(record('a')))
    await over(shared.flush())
    expect(committed()).toEqual(['a'])
    await over(running)
  })
})

describe('a KafkaProducerPool', () => {
  it('has as many open transactions as producers', async () => {
    const { configOf, producerOptions, over, cluster, pass, committed } = inTime()
    const pool = new KafkaProducerPool(configOf(), { size: 3, ...producerOptions })
    const all = ['a', 'b', 'c', 'd'].map((value) =>
      pool.transaction(async (tx) => {
        await tx.send(record(value))
        await tx.send(record(value))
      }),
    )
    await over(Promise.all(all))
    expect(committed().sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd'])
    expect(['id-0', 'id-1', 'id-2'].map((id) => cluster.transaction(id)?.state)).toEqual(
      Array(3).fill('CompleteCommit'),
    )
    await over(pool.close())
    await pass(10)
    expect(cluster.connections).toBe(0)
  })

  it('needs a transactional.id and a size', () => {
    const config = { 'bootstrap.servers': 'a:1' }
    expect(() => new KafkaProducerPool(config, { size: 2 })).toThrow('transactional.id is missing')
    const named = { ...config, 'transactional.id': 'x' }
    expect(() => new KafkaProducerPool(named, { size: 0 })).toThrow('size is 0')
  })
})

describe('on the wire', () => {
  const offsets = [{ topic: 'in', partition: 0, offset: 5 }]
  async function exchange(version: '3.9' | '4.0' | '4.4') {
    const { producer, over, apis } = inTime({ version })
    const shared = producer()
    await over(
      shared.transaction(async (tx) => {
        await tx.send(record('a'))
        await tx.sendOffsets(offsets, { groupId: 'g' })
      }),
    )
    await over(shared.transaction(() => {}))
    return asked(apis())
  }

  it('it is TV1 up to 3.9: partitions and offsets are added first', async () => {
    expect(await exchange('3.9')).toEqual([
      'FindCoordinator v6',
      'InitProducerId v5',
      'AddPartitionsToTxn v3',
      'Produce v11',
      'AddOffsetsToTxn v4',
      'FindCoordinator v6',
      'TxnOffsetCommit v4',
      'EndTxn v4',
    ])
  })

  it('it is TV2 from 4.0: sending adds', async () => {
    expect(await exchange('4.0')).toEqual([
      'FindCoordinator v6',
      'InitProducerId v5',
      'Produce v12',
      'FindCoordinator v6',
      'TxnOffsetCommit v5',
      'EndTxn v5',
    ])
  })

  it.each([
    [1, 2],
    [2, 1],
  ] as const)('a change of transaction.version from %i to %i fails no call', async (from, to) => {
    const { producer, over, cluster, apis, committed } = inTime({ version: '4.0' })
    cluster.setTransactionVersion(from)
    const shared = producer()
    const send = (value: string) => over(shared.transaction((tx) => void tx.send(record(value))))
    await send('a')
    cluster.setTransactionVersion(to)
    await send('b')
    cluster.stopBroker(1)
    cluster.startBroker(1)
    const before = apis().length
    await send('c')
    await send('d')
    expect(committed()).toEqual(['a', 'b', 'c', 'd'])
    expect(asked(apis().slice(before)).at(-1)).toBe(to === 2 ? 'EndTxn v5' : 'EndTxn v4')
  })
})

describe('transactions that follow each other, where the last one takes a while to complete', () => {
  /** Commits so many, and gives the milliseconds that each took. */
  async function took(count: number, completionMs: number, options = {}): Promise<number[]> {
    const { producer, over, clock, cluster, committed } = inTime(options)
    cluster.completeTransactionsAfter(completionMs)
    const shared = producer()
    await over(shared.initTransactions())
    const times: number[] = []
    for (let index = 0; index < count; index += 1) {
      const since = clock.now()
      await over(shared.transaction((tx) => void tx.send(record(`${index}`))))
      times.push(clock.now() - since)
    }
    await over(new Promise<void>((resolve) => clock.at(clock.now() + completionMs, resolve)))
    expect(committed()).toEqual(Array.from({ length: count }, (_, index) => `${index}`))
    expect(cluster.violations).toEqual([])
    await over(shared.close())
    return times
  }
  const slow = (times: readonly number[]) => times.filter((ms) => ms >= 20).length

  it('pause for a millisecond once a leader has held a batch, if that is enough', async () => {
    expect(slow(await took(100, 1))).toBeLessThanOrEqual(6)
  })

  it('ask the coordinator when it is complete, if a millisecond is not enough', async () => {
    expect(slow(await took(100, 8))).toBeLessThanOrEqual(12)
  })

  it('are held by the leader, and lose nothing, where the coordinator does not say', async () => {
    const versions = { DescribeTransactions: [0, -1] } as const
    expect(slow(await took(40, 8, { versions }))).toBeGreaterThan(30)
  })

  it('add their partitions soon again under TV1', async () => {
    expect(slow(await took(40, 8, { version: '3.9' }))).toBe(0)
  })
})

describe('what other clients had to fix in 2026', () => {
  it('a transaction in which every Produce failed is aborted, and not left open', async () => {
    const { producer, over, cluster, committed } = inTime()
    const shared = producer()
    await over(shared.transaction((tx) => void tx.send(record('a'))))
    const fault = cluster.on('Produce').reply('INVALID_RECORD')
    const failing = shared.transaction((tx) => void tx.send(record('b')))
    await expect(over(failing)).rejects.toMatchObject({ code: 'ABORTED' })
    fault.cancel()
    expect(cluster.transaction('id')?.state).not.toBe('Ongoing')
    await over(shared.transaction((tx) => void tx.send(record('c'))))
    expect(committed()).toEqual(['a', 'c'])
  })

  it.each(['3.9', '4.4'] as const)(
    'a coordinator that moves between the last Produce and EndTxn is found again: %s',
    async (version) => {
      const { producer, over, cluster, committed } = inTime({ version, brokers: 3 })
      const shared = producer()
      await over(
        shared.transaction(async (tx) => {
          await tx.send(record('a'))
          const next = (cluster.coordinatorOf('transaction', 'id') % 3) + 1
          cluster.moveCoordinator('transaction', 'id', next, { loadMs: 300 })
        }),
      )
      await over(shared.transaction((tx) => void tx.send(record('b'))))
      expect(committed()).toEqual(['a', 'b'])
    },
  )

  it.each([
    ['before it is done', false],
    ['after it is done', true],
  ] as const)(
    'EndTxn whose connection is lost %s is sent again, and has its effect once',
    async (_, done) => {
      const { producer, over, cluster, committed, apis } = inTime()
      const shared = producer()
      const fault = cluster.on('EndTxn', { nth: 1 })
      if (done) fault.closeAfterAppend()
      else fault.closeBeforeAppend()
      await over(shared.transaction((tx) => void tx.send(record('a'))))
      await over(shared.transaction((tx) => void tx.send(record('b'))))
      expect(committed()).toEqual(['a', 'b'])
      expect(apis().filter((api) => api.startsWith('EndTxn'))).toHaveLength(3)
    },
  )

  it('a batch that is out of order has its transaction aborted, and the next one starts a new numbering', async () => {
    const { producer, over, cluster, committed } = inTime({ version: '3.9' })
    const shared = producer()
    cluster.on('Produce', { nth: 2 }).reply('OUT_OF_ORDER_SEQUENCE_NUMBER')
    await over(shared.transaction((tx) => void tx.send(record('a'))))
    const failing = shared.transaction((tx) => void tx.send(record('b')))
    await expect(over(failing)).rejects.toMatchObject({ code: 'ABORTED' })
    await over(shared.transaction((tx) => void tx.send(record('c'))))
    expect(committed()).toEqual(['a', 'c'])
    expect(cluster.transaction('id')?.producerEpoch).toBe(1)
  })
})

describe('what events report', () => {
  it('the beginning and the end of each transaction, with counts and times', async () => {
    const { producer, over, pass } = inTime()
    const shared = producer()
    const events: ProducerEvent[] = []
    shared.events$.subscribe((event) => {
      if (event.type === 'transaction') events.push(event)
    })
    const offsets = [{ topic: 'in', partition: 0, offset: 5 }]
    await over(
      shared.transaction(async (tx) => {
        tx.send(record('a'))
        tx.send(record('b'))
        await tx.sendOffsets(offsets, { groupId: 'g' })
        await pass(100)
      }),
    )
    const error = new Error('no')
    const failing = shared.transaction(async (tx) => {
      await tx.send(record('c'))
      throw error
    })
    await expect(over(failing)).rejects.toBe(error)
    const of = (state: string, records: number, count: number) =>
      expect.objectContaining({ state, records, offsets: count, transactionalId: 'id' })
    expect(events).toEqual([
      of('begun', 0, 0),
      of('committed', 2, 1),
      of('begun', 0, 0),
      of('aborted', 1, 0),
    ])
    const [, committed, , aborted] = events
    expect(committed).toMatchObject({ cause: null })
    expect((committed as { ms: number }).ms).toBeGreaterThanOrEqual(100)
    expect(aborted).toMatchObject({ cause: error })
  })

  it('the same on the channel to-kafka:transaction, with the client.id', async () => {
    const messages: unknown[] = []
    const hear = (message: unknown) => void messages.push(message)
    diagnostics.subscribe('to-kafka:transaction', hear)
    onTestFinished(() => void diagnostics.unsubscribe('to-kafka:transaction', hear))
    const { producer, over } = inTime()
    const shared = producer({ 'client.id': 'me' })
    await over(shared.transaction((tx) => void tx.send(record('a'))))
    const one = { type: 'transaction', clientId: 'me', transactionalId: 'id', offsets: 0 }
    expect(messages).toEqual([
      { ...one, state: 'begun', records: 0, ms: 0, cause: null },
      { ...one, state: 'committed', records: 1, ms: expect.any(Number), cause: null },
    ])
  })

  it('the outcome unknown, with its cause, if the commit was not answered', async () => {
    const { producer, over, cluster } = inTime()
    const shared = producer({ 'max.block.ms': 2000 })
    const events = told(shared, 'transaction')
    cluster.on('EndTxn', { times: 99 }).closeBeforeAppend()
    const lost = shared.transaction((tx) => void tx.send(record('a')))
    await expect(over(lost)).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN' })
    expect(events).toMatchObject([
      { state: 'begun' },
      { state: 'unknown', records: 1, cause: { name: 'ConnectionError' } },
    ])
  })

  it('the producer id and epoch from the coordinator: a successor has the next epoch', async () => {
    const { producer, over } = inTime()
    const [old, young] = [producer(), producer()]
    const events = [old, young].map((one) => told(one, 'identified', 'epochBumped'))
    await over(old.transaction((tx) => void tx.send(record('a'))))
    await over(old.transaction((tx) => void tx.send(record('b'))))
    await over(young.initTransactions())
    const [[first], [second]] = events as [[Identified], [Identified]]
    expect(events).toEqual([[first], [second]])
    expect([first, second]).toMatchObject([
      { type: 'identified', producerId: expect.any(String), epoch: 0 },
      { type: 'identified', producerId: first.producerId },
    ])
    expect(second.epoch).toBeGreaterThan(first.epoch)
  })

  it('the epoch that was requested after a failure (TV1)', async () => {
    const { producer, over, cluster } = inTime({ version: '3.9' })
    const shared = producer()
    const events = told(shared, 'identified', 'epochBumped')
    cluster.on('Produce', { nth: 2 }).reply('OUT_OF_ORDER_SEQUENCE_NUMBER')
    await over(shared.transaction((tx) => void tx.send(record('a'))))
    await over(shared.transaction((tx) => void tx.send(record('b')))).catch(() => {})
    await over(shared.transaction((tx) => void tx.send(record('c'))))
    const { producerId } = events[0] as Identified
    expect(events).toEqual([
      { type: 'identified', producerId, epoch: 0 },
      { type: 'epochBumped', producerId, epoch: 1 },
    ])
  })

  it('Java’s metrics of transactions', async () => {
    const { producer, over, pass } = inTime()
    const shared = producer()
    const milliseconds = () =>
      Object.fromEntries(
        ['init', 'begin', 'send-offsets', 'commit', 'abort'].map((name) => {
          const total = `txn-${name}-time-ns-total`
          return [name, Number(shared.metrics().find((one) => one.name === total)?.value) / 1e6]
        }),
      )
    const none = { init: 0, begin: 0, 'send-offsets': 0, commit: 0, abort: 0 }
    expect(milliseconds()).toEqual(none)
    await over(shared.initTransactions())
    const { init } = milliseconds() as { init: number }
    expect(init).toBeGreaterThan(0)
    expect(milliseconds()).toEqual({ ...none, init })

    const offsets = [{ topic: 'in', partition: 0, offset: 5 }]
    const first = shared.transaction(async (tx) => {
      await tx.send(record('a'))
      await tx.sendOffsets(offsets, { groupId: 'g' })
      await pass(50)
    })
    const second = shared.transaction(async (tx) => {
      await tx.send(record('b'))
      throw new Error('no')
    })
    await over(first)
    await over(second).catch(() => {})
    const all = milliseconds()
    // FindCoordinator and TxnOffsetCommit, EndTxn, EndTxn, a round trip each; the second
    // transaction waited for all of the first.
    expect(all).toMatchObject({ init, 'send-offsets': 4, commit: 2, abort: 2 })
    expect(all['begin']).toBeGreaterThan(50)
  })
})

type Identified = ProducerEvent & { type: 'identified' | 'epochBumped' }

/** The events of these types that a producer emits from now on. */
function told(producer: KafkaProducer, ...types: readonly ProducerEvent['type'][]) {
  const events: ProducerEvent[] = []
  producer.events$.subscribe((event) => {
    if (types.includes(event.type)) events.push(event)
  })
  return events
}

describe('the end of a producer', () => {
  it('leaves nothing open', async () => {
    const { producer, over, cluster, pass } = inTime()
    const shared: KafkaProducer = producer()
    await over(shared.transaction((tx) => void tx.send(record('a'))))
    await over(shared.close())
    await pass(10)
    expect(cluster.connections).toBe(0)
    await expect(shared.transaction(() => {})).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
