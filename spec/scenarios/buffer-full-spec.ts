import { from, map } from 'rxjs'
import { paced, toKafka, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import {
  configFor,
  listen,
  logOf,
  records,
  startCluster,
  startProducer,
} from '../support/scenario.ts'

/** Records of 300 bytes, three to a batch, two batches to the memory. */
const small = { 'buffer.memory': 2048, 'batch.size': 1024 }
const values = (count: number) =>
  Array.from({ length: count }, (_, index) => `${index}`.padEnd(300, '.'))
const short = (value: string) => value.replace(/\.+$/, '')

async function* laterOf(all: readonly string[]) {
  yield* all
}

describe('when buffer.memory is full', () => {
  it('records wait, in order, and all are delivered', async () => {
    const cluster = await startCluster()
    const all = values(200)
    const delivered = listen(from(records(all)).pipe(toKafka(configFor(cluster, small))))
    expect(await delivered.ended).toBeNull()
    expect(delivered.values.map(({ record }) => record.value)).toEqual(all)
    expect(await logOf(cluster)).toEqual(all)
  })

  it('feeds are served in turn', async () => {
    const { producer } = await startProducer(small)
    await producer.send({ topic: 't', value: 'warm' })
    const greedy = listen(from(records(values(300))).pipe(toKafka(producer)))
    const modest = listen(from(records(['modest'])).pipe(toKafka(producer)))
    await modest.ended
    // If it had waited behind all records of the other stream, that stream would have ended first.
    expect(greedy.values.length).toBeLessThan(100)
    expect(await greedy.ended).toBeNull()
  })

  it('a large record gets its memory before later records do', async () => {
    const { producer } = await startProducer({ 'buffer.memory': 65_536, 'batch.size': 1024 })
    await producer.send({ topic: 't', value: 'warm' })
    let delivered = 0
    let isLargeOut = false
    const small = async () => {
      // Each waits for its result and is then sent again, so there are never more than the buffer
      // has room for.
      while (!isLargeOut && delivered < 2000) {
        await producer.send({ topic: 't', value: 'x'.repeat(900) })
        delivered += 1
      }
    }
    const others = Promise.all(Array.from({ length: 50 }, small))
    const given = listen(from(records(['L'.repeat(40_000)])).pipe(toKafka(producer)))
    expect(await given.ended).toBeNull()
    isLargeOut = true
    await others
    expect(delivered).toBeLessThan(1000)
  })

  it('with max.block.ms 0, records are refused at once, and the others are delivered', async () => {
    const { cluster, producer } = await startProducer({ ...small, 'max.block.ms': 0 })
    // Without waiting records nothing requests metadata in between, so it arrives with the calls.
    while ((await producer.send({ topic: 't', value: 'warm' }).catch(() => null)) === null);
    const delivered = listen(from(records(values(20))).pipe(toKafkaSettled(producer)))
    expect(await delivered.ended).toBeNull()
    const refused = delivered.values.filter((one) => one.status === 'rejected')
    expect(delivered.values).toHaveLength(20)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(20)
    for (const { error } of refused) {
      expect(error).toMatchObject({
        code: 'BUFFER_EXHAUSTED',
        topic: 't',
        persisted: 'no',
        limitBytes: 2048,
      })
    }
    const log = (await logOf(cluster)).slice(1).map((value) => short(value!))
    const acked = delivered.values.flatMap((one) =>
      one.status === 'fulfilled' ? [short(one.metadata.record.value)] : [],
    )
    expect(acked).toEqual(log)
  })

  it('at most maxWaiting records of a feed wait', async () => {
    const { producer } = await startProducer(small, { maxWaiting: 2 })
    await producer.send({ topic: 't', value: 'warm' })
    const delivered = listen(from(records(values(50))).pipe(toKafkaSettled(producer)))
    expect(await delivered.ended).toBeNull()
    const refused = delivered.values.filter((one) => one.status === 'rejected')
    expect(delivered.values).toHaveLength(50)
    expect(refused.length).toBeGreaterThan(30)
    expect(refused[0]!.error.code).toBe('BUFFER_EXHAUSTED')
    expect(refused[0]!.error.message).toContain('2 records of its stream already wait')
  })

  it('a record fails when max.block.ms has passed', async () => {
    const { cluster, producer } = await startProducer({ ...small, 'max.block.ms': 30 })
    while ((await producer.send({ topic: 't', value: 'warm' }).catch(() => null)) === null);
    cluster.on('Produce').hang()
    const delivered = listen(from(records(values(10))).pipe(toKafka(producer)))
    await expect(
      Promise.all(records(values(10)).map((record) => producer.send(record))),
    ).rejects.toMatchObject({ code: 'BUFFER_EXHAUSTED', limitMs: 30, limitBytes: 2048 })
    delivered.subscription.unsubscribe()
  })

  it('a record that can never fit is refused, with the limit', async () => {
    const { producer } = await startProducer(small)
    await expect(producer.send({ topic: 't', value: 'x'.repeat(2048) })).rejects.toMatchObject({
      code: 'RECORD_TOO_LARGE',
      limitBytes: 2048,
      topic: 't',
      persisted: 'no',
    })
    expect((await producer.send({ topic: 't', value: 'x'.repeat(1500) })).offset).toBe(0)
  })

  it.each([
    ['max.block.ms 0, large batches', { 'max.block.ms': 0, 'batch.size': 1 << 18 }, 1 << 20],
    ['max.block.ms 0, room for two batches', { 'max.block.ms': 0 }, 32_768],
    ['max.block.ms 0, room for four batches', { 'max.block.ms': 0 }, 65_536],
    ['max.block.ms 0, no batch has room', { 'max.block.ms': 0, 'batch.size': 1 << 18 }, 32_768],
    ['max.block.ms 30, brokers that take longer', { 'max.block.ms': 30 }, 32_768],
  ])('a paced source is not asked for more: %s', async (name, settings, memory) => {
    const { cluster, producer } = await startProducer({ ...settings, 'buffer.memory': memory })
    while ((await producer.send({ topic: 't', value: 'warm' }).catch(() => null)) === null);
    const isSlow = name.includes('longer')
    if (isSlow) cluster.on('Produce').delay(80)
    const all = values(isSlow ? 120 : 3000)
    for (const source of [all, laterOf(all)]) {
      const delivered = listen(
        paced(source, producer).pipe(
          map((value) => ({ topic: 't', value })),
          toKafka(producer),
        ),
      )
      expect(await delivered.ended).toBeNull()
      expect(delivered.values).toHaveLength(all.length)
    }
  })

  it('paced sources leave room for each other', async () => {
    const { producer } = await startProducer({ 'max.block.ms': 0, 'buffer.memory': 32_768 })
    while ((await producer.send({ topic: 't', value: 'warm' }).catch(() => null)) === null);
    const all = values(1000)
    const streams = [all, laterOf(all), all, laterOf(all)].map((source) =>
      listen(
        paced(source, producer).pipe(
          map((value) => ({ topic: 't', value })),
          toKafka(producer),
        ),
      ),
    )
    for (const delivered of streams) expect(await delivered.ended).toBeNull()
  })

  it('a record of a paced source that needs the whole buffer waits', async () => {
    const { producer } = await startProducer({ 'buffer.memory': 65_536 })
    const delivered = listen(
      paced(['a', 'L'.repeat(60_000), 'b'], producer).pipe(
        map((value) => ({ topic: 't', value })),
        toKafka(producer),
      ),
    )
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toHaveLength(3)
  })

  it('immediate retries of refused records do not starve accepted records', async () => {
    const { cluster, producer } = await startProducer({ ...small, 'max.block.ms': 0 })
    while ((await producer.send({ topic: 't', value: 'warm' }).catch(() => null)) === null);
    let delivered = 0
    await new Promise<void>((resolve) => {
      const give = (record: { topic: string; value: string }): void => {
        producer.send(record).then(
          () => {
            delivered += 1
            if (delivered === 20) resolve()
          },
          () => setImmediate(give, record),
        )
      }
      for (const record of records(values(20))) give(record)
    })
    expect(await logOf(cluster)).toHaveLength(21)
  })
})
