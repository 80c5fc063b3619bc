import { from } from 'rxjs'
import { toKafka } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { listen, producerFor, startCluster, startProducer } from '../support/scenario.ts'

// Java freezes the headers of a record when it is sent. Here a record is the user's own object, and
// nothing freezes it: it is read when it is sent, and later changes have no effect.

const headers = () => [{ key: 'h', value: 'as given' }]
const changed = { key: 'i', value: 'too late' }

async function landed(cluster: Awaited<ReturnType<typeof startCluster>>, topic = 't') {
  const all = await cluster.records(topic)
  return all.map((record) => record.headers.map(({ key, value }) => `${key}=${value}`).join())
}

describe('headers', () => {
  it('are those at the time of send(), whatever is done to the record afterwards', async () => {
    const { cluster, producer } = await startProducer({ 'linger.ms': 20 })
    await producer.send({ topic: 't', value: 'warm' }) // from here on no record waits in front
    const record = { topic: 't', value: 'a', headers: headers() }
    const sent = producer.send(record)
    record.headers.push(changed)
    record.headers[0]!.value = 'changed'
    await sent
    expect(await landed(cluster)).toEqual(['', 'h=as given'])
  })

  it('are the same if the record has to wait for its topic first', async () => {
    const { cluster, producer } = await startProducer()
    const record = { topic: 'later', value: 'a', headers: headers() }
    const sent = producer.send(record)
    record.headers.push(changed)
    cluster.createTopic('later', {})
    await sent
    expect(await landed(cluster, 'later')).toEqual(['h=as given'])
  })

  it('are not frozen, and neither is the record: the caller may use both again', async () => {
    const { cluster, producer } = await startProducer()
    const record = { topic: 't', value: 'a', headers: headers() }
    const given = [record, record]
    const delivered = listen(from(given).pipe(toKafka(producer)))
    expect(await delivered.ended).toBeNull()
    expect(delivered.values.every((one) => one.record === record)).toBe(true)
    const parts = [record, record.headers, record.headers[0]]
    expect(parts.map((part) => Object.isFrozen(part))).toEqual([false, false, false])
    record.headers.push(changed)
    await producer.send(record)
    expect(await landed(cluster)).toEqual(['h=as given', 'h=as given', 'h=as given,i=too late'])
  })

  it('of a Map, or of `fetch`, are written like those of a list', async () => {
    const { cluster, producer } = await startProducer()
    const ofFetch = new Headers({ h: 'as given' })
    for (const given of [new Map([['h', 'as given']]), ofFetch, [['h', 'as given'] as const]]) {
      await producer.send({ topic: 't', value: 'a', headers: given })
    }
    expect(await landed(cluster)).toEqual(Array(3).fill('h=as given'))
  })

  it('of another type fail their record with an error that does not show them', async () => {
    const { producer } = await startProducer()
    const wrong = { topic: 't', value: 'a', headers: 'a secret' as never }
    const error = await producer.send(wrong).catch((one) => one)
    expect(error.code).toBe('INVALID_RECORD')
    expect(`${error.message} ${error.cause}`).not.toContain('secret')
    const text = await producer.send('a secret' as never).catch((one) => one)
    expect(text.code).toBe('INVALID_RECORD')
    expect(text.message).not.toContain('secret')
  })

  it('may be frozen by the caller', async () => {
    const cluster = await startCluster()
    const frozen = Object.freeze(headers().map((header) => Object.freeze(header)))
    const record = Object.freeze({ topic: 't', value: 'a', headers: frozen })
    await producerFor(cluster).send(record)
    expect(await landed(cluster)).toEqual(['h=as given'])
  })
})
