// Invalid answers: truncated, too short, too long, nonsense, or for another request. Their
// connection ends, and its requests are sent again.

import { createServer } from 'node:net'
import { type DeliveryError, ProtocolError } from 'to-kafka'
import type { Fault } from 'to-kafka/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { logOf, producerFor, startCluster, startProducer } from '../support/scenario.ts'
import { numbers, sendAll, sendEach } from './numbers.ts'

const damage: readonly (readonly [string, (fault: Fault) => Fault])[] = [
  ['ends before its first byte', (fault) => fault.truncate(0)],
  ['ends within its size', (fault) => fault.truncate(3)],
  ['ends within its correlation id', (fault) => fault.truncate(7)],
  ['ends within its body', (fault) => fault.truncate(20)],
  ['lacks its last byte', (fault) => fault.shorten(1)],
  ['lacks most of its body', (fault) => fault.shorten(12)],
  ['has a byte too many', (fault) => fault.lengthen(1)],
  ['has a thousand bytes too many', (fault) => fault.lengthen(1_000)],
  ['is nonsense', (fault) => fault.garbage()],
  ['announces a negative size', (fault) => fault.garbage(Buffer.from('ffffffff00', 'hex'))],
  ['announces two gigabytes', (fault) => fault.garbage(Buffer.from('7fffffff00', 'hex'))],
  ['is an empty frame', (fault) => fault.garbage(Buffer.from('00000000', 'hex'))],
  ['belongs to another request', (fault) => fault.garbage(Buffer.from('0000000400abcdef', 'hex'))],
]

describe.each(['Produce', 'Metadata', 'InitProducerId', 'ApiVersions'] as const)('%s', (api) => {
  it.each(damage)('whose answer %s is sent again, and nothing is lost', async (_, spoil) => {
    const cluster = await startCluster({ brokers: 2 })
    const spoilt = spoil(cluster.on(api, { times: 2 }))

    const results = await sendEach(producerFor(cluster), numbers(0, 5))

    expect(spoilt.hits).toBe(2)
    expect(results.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4])
    expect(await logOf(cluster)).toEqual(['0', '1', '2', '3', '4'])
  })
})

describe('an answer that cannot be read', () => {
  it("is the cause of a record's failure once its retries are used up", async () => {
    const cluster = await startCluster()
    cluster.on('Produce').lengthen(1)
    const producer = producerFor(cluster, { retries: 1 })

    const error: DeliveryError = await producer
      .send(numbers(0, 1)[0]!)
      .then(undefined, (cause) => cause)

    expect(error).toMatchObject({ attempts: 2, persisted: 'possibly' })
    expect(error.cause).toBeInstanceOf(ProtocolError)
    expect(error.cause).toMatchObject({ code: 'TRAILING_BYTES' })
  })

  it('fails the other requests of its connection too, and they are sent again in order', async () => {
    const { cluster, producer } = await startProducer({ 'batch.size': 1 })
    await sendEach(producer, numbers(0, 1))
    cluster.on('Produce', { nth: 2 }).garbage()

    const results = await sendAll(producer, numbers(1, 11))

    expect(results.map(({ offset }) => offset)).toEqual(numbers(1, 11).map(({ number }) => number))
    expect((await logOf(cluster)).map(Number)).toEqual(numbers(0, 11).map(({ number }) => number))
  })
})

describe('a server that is not Kafka', () => {
  it.each([
    ['HTTP/1.1 400 Bad Request\r\n\r\n', /speaks HTTP/],
    ['220 mail.example ESMTP\r\n', /speaks text/],
    ['\x15\x03\x01\x00\x02\x02', /TLS/],
  ])('answers %j, and the error says what the server seems to be', async (greeting, message) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.resume()
      socket.write(greeting, 'latin1')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => new Promise((resolve) => server.close(() => resolve())))
    const { port } = server.address() as { port: number }
    // A busy machine needs part of it to connect at all.
    const patience = { 'max.block.ms': 1000 }
    const producer = producerFor({ bootstrapServers: `127.0.0.1:${port}` }, patience)

    const error: DeliveryError = await producer
      .send(numbers(0, 1)[0]!)
      .then(undefined, (cause) => cause)

    expect(error).toMatchObject({ code: 'METADATA_TIMEOUT', persisted: 'no' })
    expect(error.cause).toMatchObject({ code: 'NOT_KAFKA' })
    expect(String(error.cause)).toMatch(message)
  })
})
