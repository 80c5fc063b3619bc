import { from, Subject, tap } from 'rxjs'
import { toKafka, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import {
  configFor,
  listen,
  logOf,
  records,
  startCluster,
  startProducer,
  until,
} from '../support/scenario.ts'

type Value = { topic: string; value: string }

describe('downstream that pushes back into the source inside next', () => {
  it('is a loop that works: one record leads to the next', async () => {
    const cluster = await startCluster()
    const source = new Subject<Value>()
    const seen: string[] = []
    const delivered = listen(
      source.pipe(
        toKafka(configFor(cluster)),
        tap(({ record }) => {
          seen.push(record.value)
          const next = Number(record.value) + 1
          if (next < 50) source.next({ topic: 't', value: `${next}` })
          else source.complete()
        }),
      ),
    )
    source.next({ topic: 't', value: '0' })
    expect(await delivered.ended).toBeNull()
    const expected = Array.from({ length: 50 }, (_, index) => `${index}`)
    expect(seen).toEqual(expected)
    expect(await logOf(cluster)).toEqual(expected)
  })

  it('keeps the order of what it pushes, in the middle of one answer', async () => {
    const cluster = await startCluster()
    const source = new Subject<Value>()
    const delivered = listen(
      source.pipe(
        toKafka(configFor(cluster)),
        tap(({ record }) => {
          if (record.value.length > 1) return
          source.next({ topic: 't', value: `${record.value}1` })
          source.next({ topic: 't', value: `${record.value}2` })
        }),
      ),
    )
    for (const value of 'abc') source.next({ topic: 't', value })
    await until(() => delivered.values.length === 9)
    source.complete()
    expect(await delivered.ended).toBeNull()
    const expected = ['a', 'b', 'c', 'a1', 'a2', 'b1', 'b2', 'c1', 'c2']
    expect(delivered.values.map(({ record }) => record.value)).toEqual(expected)
    expect(await logOf(cluster)).toEqual(expected)
  })

  it('shows every observer the same order', async () => {
    const cluster = await startCluster()
    const source = new Subject<Value>()
    const results = new Subject<{ record: Value }>()
    const [first, second]: [string[], string[]] = [[], []]
    results.subscribe(({ record }) => {
      first.push(record.value)
      if (record.value === 'a') source.next({ topic: 't', value: 'c' })
    })
    results.subscribe(({ record }) => second.push(record.value))
    source.pipe(toKafka(configFor(cluster))).subscribe(results)
    for (const value of 'ab') source.next({ topic: 't', value })
    await until(() => second.length === 3)
    expect(first).toEqual(['a', 'b', 'c'])
    expect(second).toEqual(first)
    source.complete()
  })

  it('sends rejected records again until they are accepted', async () => {
    const cluster = await startCluster()
    cluster.on('Produce', { times: 3 }).reply('INVALID_RECORD')
    const source = new Subject<Value>()
    const delivered = listen(
      source.pipe(
        toKafkaSettled(configFor(cluster)),
        tap((result) => {
          if (result.status === 'rejected') source.next(result.record)
          else source.complete()
        }),
      ),
    )
    source.next({ topic: 't', value: 'a' })
    expect(await delivered.ended).toBeNull()
    expect(delivered.values.map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ])
  })

  it('may complete the source, or send to the same producer', async () => {
    const { cluster, producer } = await startProducer()
    const source = new Subject<Value>()
    const sent: Promise<unknown>[] = []
    const delivered = listen(
      source.pipe(
        toKafka(producer),
        tap(() => {
          sent.push(producer.send({ topic: 't', value: 'sent' }))
          source.complete()
        }),
      ),
    )
    source.next({ topic: 't', value: 'a' })
    expect(await delivered.ended).toBeNull()
    await Promise.all(sent)
    expect(await logOf(cluster)).toEqual(['a', 'sent'])
  })

  it('may flush and close the producer', async () => {
    const { producer } = await startProducer()
    const done: Promise<void>[] = []
    const delivered = listen(
      from(records(['a', 'b'])).pipe(
        toKafka(producer),
        tap(() => done.push(producer.flush(), producer.close())),
      ),
    )
    expect(await delivered.ended).toBeNull()
    await Promise.all(done)
    expect(delivered.values).toHaveLength(2)
  })

  it('that throws ends its own stream and no other', async () => {
    const { cluster, producer } = await startProducer()
    const wrong = new Error('downstream')
    const throwing = listen(
      from(records(['a', 'b'])).pipe(
        toKafka(producer),
        tap(() => {
          throw wrong
        }),
      ),
    )
    const other = listen(from(records(['x', 'y'])).pipe(toKafka(producer)))
    expect(await throwing.ended).toBe(wrong)
    expect(await other.ended).toBeNull()
    expect(other.values).toHaveLength(2)
    expect(await logOf(cluster)).toEqual(['a', 'b', 'x', 'y'])
  })
})
