import { describe, expect, it } from 'vitest'
import type { Observer } from '../../lib/observer.ts'
import { ApiVersions } from '../../lib/protocol/messages/api-versions.ts'
import { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { Connection } from '../../lib/wire/connection.ts'
import { allVersions, apiKeys, FakeBroker } from '../support/fake-broker.ts'
import { fakeRuntime } from '../support/fake-runtime.ts'
import { Notes } from '../support/notes.ts'

const identity = { transactionalId: null, transactionTimeoutMs: 60_000 }
const granted = { throttleTimeMs: 0, errorCode: 0, producerId: 7n, producerEpoch: 0 }
const handler = { answered() {}, failed() {}, written() {} }

/** A connection whose requests are observed, or not. */
function open(watching: Observer | null = null) {
  const runtime = fakeRuntime()
  const watched = { observer: watching }
  const options = {
    address: { host: 'kafka', port: 9092 },
    node: 3,
    clientId: 'spec',
    softwareName: 'to-kafka',
    softwareVersion: '1.0',
    maxInFlight: 5,
    requestTimeoutMs: 30_000,
    setupTimeoutMs: 10_000,
    maxIdleMs: -1,
    security: null,
    watched,
  }
  const connection = new Connection(options, runtime, { ready() {}, closed() {}, slot() {} })
  const socket = runtime.transport.latest
  const { clock } = runtime
  return { clock, watched, socket, connection, broker: new FakeBroker(socket) }
}

/** How many bytes arrive until the next answer is complete. */
function bytesOf(socket: { deliver(...chunks: Uint8Array[]): void }, answer: () => void): number {
  const { deliver } = socket
  let bytes = 0
  socket.deliver = function (...chunks) {
    for (const { byteLength } of chunks) bytes += byteLength
    deliver.apply(this, chunks)
  }
  answer()
  socket.deliver = deliver
  return bytes
}

describe('the requests of a connection', () => {
  it('are reported with their bytes on the wire, and the time until the answer', () => {
    const notes = new Notes()
    const { clock, socket, broker, connection } = open(notes.observer)
    socket.accept()
    clock.advance(12)
    const versions = bytesOf(socket, () => {
      broker.answer(broker.expect(ApiVersions), { errorCode: 0, apiKeys: apiKeys(allVersions) })
    })
    connection.send(InitProducerId, identity, handler)
    clock.advance(5)
    const init = bytesOf(socket, () => broker.answer(broker.expect(InitProducerId), granted))

    const [first, second] = socket.writes.map(({ byteLength }) => byteLength)
    expect(notes.all).toEqual([
      ['requested', 3, 'ApiVersions', first, 1],
      ['answered', 3, 'ApiVersions', versions, 12, 1],
      ['requested', 3, 'InitProducerId', second, 2],
      ['answered', 3, 'InitProducerId', init, 5, 2],
    ])
  })

  it('without an answer end when they are written', () => {
    const { clock, socket, broker, connection, watched } = open()
    socket.accept()
    broker.answer(broker.expect(ApiVersions), { errorCode: 0, apiKeys: apiKeys(allVersions) })
    const notes = new Notes()
    watched.observer = notes.observer
    socket.holdsWrites = true
    const body = { acks: 0, timeoutMs: 1_000, topicData: [] }
    connection.send(Produce, body, handler, { expectsAnswer: false })
    expect(notes.names).toEqual(['requested'])
    clock.advance(4)
    socket.flush()
    expect(notes.of('unanswered')).toEqual([[3, 'Produce', 4, null, 2]])
  })

  it('end with their connection, each once, for its cause', () => {
    const notes = new Notes()
    const { clock, socket, broker, connection } = open(notes.observer)
    socket.accept()
    broker.answer(broker.expect(ApiVersions), { errorCode: 0, apiKeys: apiKeys(allVersions) })
    for (let count = 0; count < 2; count += 1) connection.send(InitProducerId, identity, handler)
    clock.advance(3)
    socket.close(new Error('ECONNRESET'))
    expect(notes.of('unanswered')).toMatchObject([
      [3, 'InitProducerId', 3, { code: 'DISCONNECTED' }, 2],
      [3, 'InitProducerId', 3, { code: 'DISCONNECTED' }, 3],
    ])
    expect(notes.of('answered')).toHaveLength(1)
  })

  it('with an unreadable answer have no answer', () => {
    const notes = new Notes()
    const { clock, socket } = open(notes.observer)
    socket.accept()
    socket.deliver(Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 99))
    clock.settle()
    expect(notes.names).toEqual(['requested', 'unanswered'])
  })

  it('are reported to the current observer', () => {
    const { socket, broker, watched } = open()
    socket.accept()
    const notes = new Notes()
    watched.observer = notes.observer
    broker.answer(broker.expect(ApiVersions), { errorCode: 0, apiKeys: apiKeys(allVersions) })
    expect(notes.names).toEqual(['answered'])
  })
})
