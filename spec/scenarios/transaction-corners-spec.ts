import { NEVER, of } from 'rxjs'
import { exactlyOnce, inTransaction, KafkaProducer, KafkaProducerPool } from 'to-kafka'
import { describe, expect, it, onTestFinished } from 'vitest'
import { inTime, record } from '../support/transactions-in-time.ts'

// Where a transaction would wait for itself, for something that never answers, or for a producer
// that has ended.

describe('inside the function of a transaction', () => {
  it.each<readonly [string, (producer: KafkaProducer) => unknown]>([
    ['transaction()', (producer) => producer.transaction(() => {})],
    ['initTransactions()', (producer) => producer.initTransactions()],
    ['flush()', (producer) => producer.flush()],
    ['writable()', async (producer) => producer.writable({ transaction: true })],
    [
      'inTransaction',
      (producer) =>
        new Promise((resolve, reject) =>
          of(record('b'))
            .pipe(inTransaction(producer))
            .subscribe({ complete: () => resolve(null), error: reject }),
        ),
    ],
  ])('%s of the same producer is refused, because it would wait for itself', async (_, call) => {
    const { producer, over, committed } = inTime()
    const shared = producer()
    await over(
      shared.transaction(async (tx) => {
        await tx.send(record('a'))
        await expect(call(shared)).rejects.toMatchObject({ code: 'NESTED' })
      }),
      1000,
    )
    expect(committed()).toEqual(['a'])
  })

  /**
   * Code that connects, or sets a timer, for the first time inside a transaction keeps its async
   * context for good.
   */
  it('code that was started there may begin a transaction once that function has ended', async () => {
    const { producer, over, committed } = inTime()
    const shared = producer()
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    let later: Promise<void> | undefined
    await over(
      shared.transaction(async (tx) => {
        await tx.send(record('a'))
        later = ended.then(async () => {
          await shared.flush()
          await shared.transaction((next) => void next.send(record('b')))
        })
      }),
    )
    end()
    await over(later!)
    expect(committed()).toEqual(['a', 'b'])
  })
})

describe('the signal of a transaction', () => {
  it('may be shared by many transactions without a warning of a leak from Node', async () => {
    const warnings: Error[] = []
    const warned = (warning: Error) => void warnings.push(warning)
    process.on('warning', warned)
    onTestFinished(() => void process.off('warning', warned))
    const { producer, over } = inTime()
    const shared = producer()
    const { signal } = new AbortController()
    const all = Array.from({ length: 20 }, () => [
      shared.transaction((tx) => void tx.send(record('a')), { signal }),
      shared.ready({ signal }),
    ])
    await over(Promise.all(all.flat()))
    await new Promise((resolve) => setImmediate(resolve))
    expect(warnings).toEqual([])
  })

  it('is refused with a clear error if it is not a signal', async () => {
    const { producer } = inTime()
    const signal = {} as AbortSignal
    expect(() => producer().transaction(() => {}, { signal })).toThrow(
      'signal is an object; it must be an AbortSignal',
    )
  })
})

describe('exactlyOnce whose `group` never answers', () => {
  it('is aborted when its transaction would be too old, even if nothing was sent in it', async () => {
    const { producer, over, pass } = inTime()
    const shared = producer({ 'transaction.timeout.ms': 60_000, 'request.timeout.ms': 20_000 })
    await over(shared.initTransactions())
    const told: unknown[] = []
    of('m')
      .pipe(
        exactlyOnce(shared, {
          records: () => null,
          position: () => ({ topic: 'in', partition: 0, offset: 1 }),
          group: () => new Promise<never>(() => {}),
          every: NEVER,
        }),
      )
      .subscribe({ error: (error) => told.push(error) })
    await pass(39_000)
    expect(told).toEqual([])
    await pass(2000)
    expect(told).toMatchObject([{ code: 'TRANSACTION_TIMEOUT', outcome: 'aborted' }])
    await over(shared.transaction(() => {}))
  })
})

describe('a KafkaProducerPool after one of its producers has ended', () => {
  it.each<
    readonly [string, (one: KafkaProducer, another: () => KafkaProducer) => Promise<unknown>]
  >([
    ['fenced', (_, another) => another().initTransactions()],
    ['closed', (one) => one.close()],
  ])('uses the others for transactions: %s', async (_, end) => {
    const { configOf, producerOptions, over, committed } = inTime()
    const pool = new KafkaProducerPool(configOf(), { size: 2, ...producerOptions })
    await over(pool.initTransactions())
    const [first] = pool.producers as [KafkaProducer]
    const another = () =>
      new KafkaProducer(configOf({ 'transactional.id': 'id-0' }), producerOptions)
    await over(end(first, another))
    const send = (value: string) => over(pool.transaction((tx) => void tx.send(record(value))))
    // It notices that when it is used.
    await send('a').catch(() => {})
    await send('b')
    await send('c')
    expect(committed().filter((value) => value !== 'a')).toEqual(['b', 'c'])
  })

  it('fails with the error of the last one if all have ended', async () => {
    const { configOf, producerOptions, over } = inTime()
    const pool = new KafkaProducerPool(configOf(), { size: 2, ...producerOptions })
    await over(pool.close())
    await expect(over(pool.transaction(() => {}))).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
