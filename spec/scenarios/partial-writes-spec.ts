// After librdkafka's sockem tests 0075, 0076 and 0094: a network that stops in the middle of a
// request, stays silent for longer than the request timeout, and works again. Requests that the
// client has given up meanwhile may still arrive.

import { from, lastValueFrom, toArray } from 'rxjs'
import { type ProducerConfig, type SendResult, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import {
  configFor,
  logOf,
  producerFor,
  requestsOf,
  startCluster,
  until,
} from '../support/scenario.ts'
import { type Numbered, numbers, sendAll } from './numbers.ts'
import { TcpProxy } from './tcp-proxy.ts'

/** Short, so that specs need not wait; nothing is asserted about it. */
const shortPatience = { 'request.timeout.ms': 100 } as const
/** Far more than the buffers of two sockets. */
const largeBytes = 100_000

const large = (from: number, to: number): Numbered[] =>
  numbers(from, to).map((record) => ({ ...record, value: `${record.number}`.padEnd(largeBytes) }))

async function stage() {
  const cluster = await startCluster()
  const proxy = await TcpProxy.start(cluster.bootstrapServers)
  return { cluster, proxy }
}

async function settled(records: readonly Numbered[], config: ProducerConfig, proxy: TcpProxy) {
  const operator = toKafkaSettled<Numbered>(config as ProducerConfig<never, never>, {
    runtime: proxy.runtime,
  })
  return lastValueFrom(from(records).pipe(operator, toArray()))
}

// 0075
describe('Metadata that times out', () => {
  it('is requested again on a new connection until the network works', async () => {
    const { cluster, proxy } = await stage()
    const producer = producerFor(cluster, shortPatience, { runtime: proxy.runtime })
    cluster.on('Metadata', { times: 3 }).hang()

    const { offset } = await producer.send(numbers(0, 1)[0] as Numbered)

    expect(offset).toBe(0)
    // A busy machine may be late with the answer, too.
    expect(requestsOf(cluster, 'Metadata').length).toBeGreaterThanOrEqual(4)
    expect(proxy.connections).toBeGreaterThanOrEqual(4)
  })

  it('is requested again if the connection is silent from the first byte', async () => {
    const { cluster, proxy } = await stage()
    const setup = {
      'socket.connection.setup.timeout.ms': 50,
      'socket.connection.setup.timeout.max.ms': 50,
    }
    const producer = producerFor(
      cluster,
      { ...shortPatience, ...setup },
      { runtime: proxy.runtime },
    )
    proxy.passOnly(0)
    const result = producer.send(numbers(0, 1)[0] as Numbered)
    await until(() => proxy.connections === 3)
    proxy.open()

    expect((await result).offset).toBe(0)
  })
})

// 0076
describe('a Produce request that times out', () => {
  async function silenced(config: Partial<ProducerConfig>) {
    const { cluster, proxy } = await stage()
    const producer = producerFor(
      cluster,
      { ...shortPatience, ...config },
      { runtime: proxy.runtime },
    )
    await producer.send(numbers(0, 1)[0] as Numbered)
    return { cluster, proxy, producer }
  }

  it.each([true, false])('is repeated until it arrives (idempotent: %s)', async (idempotent) => {
    const { cluster, proxy, producer } = await silenced({ 'enable.idempotence': idempotent })
    const { connections } = proxy
    cluster.on('Produce', { times: 2 }).hang({ appended: false })

    const [result] = await sendAll(producer, numbers(1, 2))

    expect(result?.offset).toBe(1)
    expect(await logOf(cluster)).toEqual(['0', '1'])
    expect(proxy.connections).toBeGreaterThanOrEqual(connections + 2)
  })

  it('fails without retries, and may be in the log', async () => {
    const { cluster, producer } = await silenced({ 'enable.idempotence': false, retries: 0 })
    cluster.on('Produce', { times: 1 }).hang()

    const error = await producer
      .send(numbers(1, 2)[0] as Numbered)
      .then(undefined, (cause) => cause)

    expect(error).toMatchObject({ attempts: 1, persisted: 'possibly' })
    expect(error.cause).toMatchObject({ code: 'REQUEST_TIMEOUT' })
    expect(await logOf(cluster)).toEqual(['0', '1'])
  })

  it('is in the log once, even if the broker takes it up after its repeat', async () => {
    const { cluster, proxy, producer } = await silenced({})
    proxy.holdAnswers()
    proxy.passOnly(10)
    const { connections } = proxy
    const results = sendAll(producer, large(1, 3))
    // The first attempt stopped after ten bytes, and the client has given it up.
    await until(() => proxy.holdsRequests && proxy.connections > connections)
    proxy.open()

    expect((await results).map(({ offset }) => offset)).toEqual([1, 2])
    expect((await logOf(cluster)).map((value) => value?.trim())).toEqual(['0', '1', '2'])
  })

  it('is repeated when the connection ends right after it was sent', async () => {
    const { cluster, proxy, producer } = await silenced({})
    proxy.holdAnswers()
    const before = requestsOf(cluster, 'Produce').length
    const results = sendAll(producer, numbers(1, 2))
    await until(() => requestsOf(cluster, 'Produce').length > before)
    proxy.cut()
    proxy.open()

    expect((await results)[0]?.offset).toBe(1)
    expect(await logOf(cluster)).toEqual(['0', '1'])
  })

  it('is repeated if the broker finds it damaged', async () => {
    const { cluster, producer } = await silenced({})
    const before = requestsOf(cluster, 'Produce').length
    cluster.on('Produce', { times: 1 }).reply('CORRUPT_MESSAGE')

    const [result] = await sendAll(producer, numbers(1, 2))

    expect(result?.offset).toBe(1)
    expect(requestsOf(cluster, 'Produce').length).toBeGreaterThanOrEqual(before + 2)
  })
})

// 0094
describe('large requests that are partly sent when the connection goes silent', () => {
  const config = {
    'linger.ms': 5,
    'batch.size': 3 * largeBytes,
    'request.timeout.ms': 100,
  } as const

  it('are all written in order, each once, if the network works again in time', async () => {
    const { cluster, proxy } = await stage()
    proxy.passOnly(3.5 * largeBytes)
    const results = settled(large(0, 60), configFor(cluster, config), proxy)
    await until(() => proxy.holdsRequests && proxy.connections > 2)
    proxy.open()

    expect((await results).every(({ status }) => status === 'fulfilled')).toBe(true)
    expect((await logOf(cluster)).map(Number)).toEqual(numbers(0, 60).map(({ number }) => number))
  })

  it('are correctly reported as stored or not if delivery.timeout.ms passes meanwhile', async () => {
    const { cluster, proxy } = await stage()
    const all = configFor(cluster, { ...config, 'delivery.timeout.ms': 300 })
    proxy.passOnly(6.5 * largeBytes)
    const early = settled(large(0, 60), all, proxy)
    const results = await early
    proxy.open()
    const late = await settled(large(60, 80), configFor(cluster, config), proxy)

    const expired = results.filter(({ status }) => status === 'rejected')
    expect(expired.length).toBeGreaterThan(0)
    expect(expired.map(codeOf)).toEqual(expired.map(() => 'DELIVERY_TIMEOUT'))
    const log = (await logOf(cluster)).map(Number)
    const own = log.filter((number) => number < 60)
    expect(own).toEqual([...new Set(own)].sort((one, other) => one - other))
    for (const result of [...results, ...late]) {
      const { number } = result.status === 'fulfilled' ? result.metadata.record : result.record
      if (result.status === 'fulfilled') expect(log[result.metadata.offset]).toBe(number)
      else if (result.error.persisted === 'no') expect(log).not.toContain(number)
    }
    expect(late.every(({ status }) => status === 'fulfilled')).toBe(true)
  })

  function codeOf(result: SendResult<Numbered>): string {
    return result.status === 'rejected' ? result.error.code : ''
  }
})
