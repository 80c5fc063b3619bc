import { describe, expect, it } from 'vitest'
import { ApiVersions } from '../../lib/protocol/messages/api-versions.ts'
import { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { Connection } from '../../lib/wire/connection.ts'
import type { ConnectionOptions } from '../../lib/wire/connection-options.ts'
import { allVersions, answerTo, apiKeys, FakeBroker, type Ranges } from '../support/fake-broker.ts'
import { fakeRuntime } from '../support/fake-runtime.ts'

const defaults: ConnectionOptions = {
  address: { host: 'kafka', port: 9092 },
  node: 1,
  clientId: 'spec',
  softwareName: 'to-kafka',
  softwareVersion: '1.0',
  maxInFlight: 5,
  requestTimeoutMs: 30_000,
  setupTimeoutMs: 10_000,
  maxIdleMs: -1,
  security: null,
}

const identity = { transactionalId: null, transactionTimeoutMs: 60_000 }
const granted = { throttleTimeMs: 0, errorCode: 0, producerId: 7n, producerEpoch: 0 }
const unacknowledged = { acks: 0, timeoutMs: 1_000, topicData: [] }

/** A connection, its other end, and a log of everything that it reports. */
function open(options: Partial<ConnectionOptions> = {}) {
  const runtime = fakeRuntime()
  const log: string[] = []
  const { clock } = runtime
  const connection = new Connection({ ...defaults, ...options }, runtime, {
    ready: () => log.push('ready'),
    closed: (cause) => log.push(`closed: ${cause?.code ?? 'by us'}`),
    slot: () => log.push('slot'),
    throttled: (ms) => log.push(`throttled ${ms}`),
  })
  const socket = runtime.transport.latest
  const broker = new FakeBroker(socket)
  const handler = (name: string) => ({
    answered: () => log.push(`${name} answered`),
    failed: (error: { code: string }) => log.push(`${name} failed: ${error.code}`),
    written: () => log.push(`${name} written`),
  })
  return {
    clock,
    log,
    connection,
    socket,
    broker,
    canSend: () => connection.canSend(clock.now()),
    ask: (name: string) => connection.send(InitProducerId, identity, handler(name)),
    fire: (name: string) =>
      connection.send(Produce, unacknowledged, handler(name), { expectsAnswer: false }),
    welcome: (ranges?: Ranges) => {
      broker.welcome(ranges)
      log.length = 0
    },
    grant: (throttleTimeMs = 0) => {
      broker.answer(broker.expect(InitProducerId), { ...granted, throttleTimeMs })
    },
  }
}

/** The same, ready. */
function openReady(options: Partial<ConnectionOptions> = {}) {
  const opened = open(options)
  opened.welcome()
  return opened
}

describe('a connection that is set up', () => {
  it("sends ApiVersions in its newest version with the client's name, and is ready after the answer", () => {
    const { connection, socket, broker, log, canSend } = open()
    expect(connection.state).toBe('connecting')
    socket.accept()
    expect(connection.state).toBe('negotiating')
    const asked = broker.expect(ApiVersions)
    expect(asked).toMatchObject({
      version: ApiVersions.versions[1],
      clientId: 'spec',
      body: { clientSoftwareName: 'to-kafka', clientSoftwareVersion: '1.0' },
    })
    expect(canSend()).toBe(false)

    broker.answer(asked, { errorCode: 0, apiKeys: apiKeys([[Produce, 0, 7]]) })

    expect(log).toEqual(['ready'])
    expect(connection.state).toBe('ready')
    expect(canSend()).toBe(true)
    expect(connection.version(Produce)).toBe(7)
    expect(connection.version(Metadata)).toBe(-1)
  })

  it('asks again in the version that a refusal lists', () => {
    const { socket, broker, log } = open()
    socket.accept()
    const { correlationId } = broker.expect(ApiVersions)
    const refusal = { errorCode: 35, apiKeys: apiKeys([[ApiVersions, 0, 2]]) }
    broker.answer({ api: ApiVersions, version: 0, correlationId }, refusal)
    const again = broker.expect(ApiVersions)
    expect(again.version).toBe(2)

    broker.answer(again, { errorCode: 0, apiKeys: apiKeys(allVersions) })

    expect(log).toEqual(['ready'])
  })

  it('asks first in the known version of the broker, and reports the newest possible one', () => {
    const told: number[] = []
    const runtime = fakeRuntime()
    new Connection({ ...defaults, versionsIn: 3 }, runtime, {
      ready: (versionsIn) => told.push(versionsIn),
      closed() {},
      slot() {},
    })
    const broker = new FakeBroker(runtime.transport.latest)
    broker.socket.accept()
    const asked = broker.expect(ApiVersions)
    expect(asked.version).toBe(3)

    broker.answer(asked, { errorCode: 0, apiKeys: apiKeys([[ApiVersions, 0, 4]]) })

    expect(told).toEqual([4])
  })

  it('asks again in version 0 if a refusal lists nothing', () => {
    const { socket, broker, log } = open()
    socket.accept()
    const { correlationId } = broker.expect(ApiVersions)
    broker.answer({ api: ApiVersions, version: 0, correlationId }, { errorCode: 35, apiKeys: [] })
    const again = broker.expect(ApiVersions)
    expect(again.version).toBe(0)

    broker.answer(again, { errorCode: 35, apiKeys: [] })

    expect(socket.isDestroyed).toBe(true)
    expect(log).toEqual([])
  })

  it('ends when negotiation is denied', () => {
    const { socket, broker, clock, log } = open()
    socket.accept()
    broker.answer(broker.expect(ApiVersions), { errorCode: 31, apiKeys: [] })
    clock.settle()

    expect(log).toEqual(['closed: CLUSTER_AUTHORIZATION_FAILED'])
  })

  it('has the request timeout for its first answer, whatever the set-up timeout', () => {
    const { socket, clock, log } = open({ setupTimeoutMs: 10_000, requestTimeoutMs: 30_000 })
    clock.advance(9_000)
    socket.accept()
    clock.advance(29_999)
    expect(log).toEqual([])

    clock.advance(1)

    expect(log).toEqual(['closed: REQUEST_TIMEOUT'])
  })

  it('ends if the broker lacks a necessary API, and names it', () => {
    const { socket, broker, clock, log } = open({ required: Metadata })
    socket.accept()
    broker.answer(broker.expect(ApiVersions), { errorCode: 0, apiKeys: apiKeys([[Produce, 3, 9]]) })
    clock.settle()

    expect(log).toEqual(['closed: UNSUPPORTED_VERSION'])
  })

  it('ends if it is not accepted within the set-up timeout', () => {
    const opened = open({ setupTimeoutMs: 10_000 })
    opened.clock.advance(9_999)
    expect(opened.socket.isDestroyed).toBe(false)

    opened.clock.advance(1)

    expect(opened.log).toEqual(['closed: CONNECT_TIMEOUT'])
    expect(opened.clock.pending).toBe(0)
  })

  it('reports that nothing listens there', () => {
    const { socket, log, clock } = open()
    socket.refuse('connect ECONNREFUSED 127.0.0.1:9092')

    expect(log).toEqual(['closed: CONNECT_FAILED'])
    expect(clock.pending).toBe(0)
  })

  it('reports that the other side closed the connection, and what that may mean', () => {
    const causes: unknown[] = []
    const runtime = fakeRuntime()
    new Connection(defaults, runtime, {
      ready() {},
      slot() {},
      closed: (cause) => causes.push(cause),
    })
    runtime.transport.latest.accept()
    runtime.transport.latest.close()

    expect(causes).toEqual([
      expect.objectContaining({
        code: 'DISCONNECTED',
        message: expect.stringMatching(/kafka:9092 closed .* before it answered ApiVersions/),
      }),
    ])
  })
})

describe('a ready connection', () => {
  it('accepts requests up to its bound, and offers each slot that an answer frees', () => {
    const { ask, canSend, log, grant } = openReady({ maxInFlight: 2 })
    ask('a')
    expect(canSend()).toBe(true)
    ask('b')
    expect(canSend()).toBe(false)
    expect(() => ask('c')).toThrow('no slot')

    grant()

    expect(log).toEqual(['a answered', 'slot'])
    expect(canSend()).toBe(true)
  })

  it('gives its requests different correlation ids', () => {
    const { ask, broker } = openReady()
    for (const name of ['a', 'b', 'c']) ask(name)
    const ids = broker.takeAll().map(({ correlationId }) => correlationId)

    expect(new Set(ids).size).toBe(3)
  })

  it('reads answers that are split anywhere, and offers a slot once for those that arrive together', () => {
    const { ask, broker, socket, log } = openReady()
    for (const name of ['a', 'b', 'c']) ask(name)
    const bytes = Buffer.concat(
      broker.takeAll().map((request) => answerTo({ ...request, api: InitProducerId }, granted)),
    )
    const middle = bytes.byteLength - 5
    for (let at = 0; at < 3; at += 1) socket.deliver(bytes.subarray(at, at + 1))
    socket.deliver(bytes.subarray(3, middle))
    expect(log).toEqual(['a answered', 'b answered', 'slot'])

    socket.deliver(bytes.subarray(middle))

    expect(log).toEqual(['a answered', 'b answered', 'slot', 'c answered', 'slot'])
  })

  it('lets a handler send again inside an answer', () => {
    const { connection, ask, grant, broker, log } = openReady({ maxInFlight: 1 })
    connection.send(InitProducerId, identity, {
      answered: () => ask('b'),
      failed() {},
    })
    grant()

    expect(broker.take()).toMatchObject({ api: InitProducerId })
    expect(log).toEqual([]) // no slot: it is taken already
  })

  it('sends in the given version instead of the newest', () => {
    const { connection, broker } = openReady()
    const handler = { answered() {}, failed() {} }
    connection.send(Produce, { ...unacknowledged, acks: 1 }, handler, { version: 3 })

    expect(broker.expect(Produce).version).toBe(3)
  })

  it('fails, later, a request without a common version', () => {
    const { welcome, ask, log, clock, connection } = open()
    welcome([[Produce, 3, 9]])
    ask('a')
    expect(log).toEqual([])

    clock.settle()

    expect(log).toEqual(['a failed: UNSUPPORTED_VERSION'])
    expect(connection.state).toBe('ready')
  })

  it('sends nothing of a body that cannot be encoded', () => {
    const { connection, socket, canSend } = openReady()
    const handler = { answered() {}, failed() {} }
    const before = socket.writes.length
    const body = { ...identity, producerId: 7n }
    expect(() => connection.send(InitProducerId, body, handler, { version: 2 })).toThrow()

    expect(socket.writes.length).toBe(before)
    expect(connection.inFlight).toBe(0)
    expect(canSend()).toBe(true)
  })
})

describe('a request that expects no answer', () => {
  it('is done, and frees its slot, when its bytes are written', () => {
    const { fire, socket, canSend, log } = openReady({ maxInFlight: 1 })
    socket.holdsWrites = true
    fire('a')
    expect(canSend()).toBe(false)
    expect(log).toEqual([])

    socket.flush()

    expect(log).toEqual(['a written', 'slot'])
    expect(canSend()).toBe(true)
  })

  it('does not take the answer of another request', () => {
    const { fire, ask, grant, socket, log, broker } = openReady()
    socket.holdsWrites = true
    fire('a')
    ask('b')
    fire('c')
    broker.expect(Produce)
    grant()
    socket.flush()

    expect(log).toEqual(['b answered', 'slot', 'a written', 'slot', 'c written', 'slot'])
  })

  it('fails when the connection ends before it was written', () => {
    const { fire, ask, socket, log } = openReady()
    socket.holdsWrites = true
    ask('a')
    fire('b')
    ask('c')
    socket.close()

    expect(log).toEqual([
      'closed: DISCONNECTED',
      'a failed: DISCONNECTED',
      'b failed: DISCONNECTED',
      'c failed: DISCONNECTED',
    ])
  })

  it('times out when it cannot be written', () => {
    const { fire, socket, clock, log } = openReady({ requestTimeoutMs: 1_000 })
    socket.holdsWrites = true
    fire('a')
    clock.advance(1_000)

    expect(log).toEqual(['closed: REQUEST_TIMEOUT', 'a failed: REQUEST_TIMEOUT'])
  })
})

describe('a broker that falls silent', () => {
  it('has its connection closed when one request is too old, and all its requests fail in order', () => {
    const { ask, clock, socket, log } = openReady({ requestTimeoutMs: 1_000 })
    ask('a')
    clock.advance(600)
    ask('b')
    clock.advance(399)
    expect(socket.isDestroyed).toBe(false)

    clock.advance(1)

    expect(log).toEqual([
      'closed: REQUEST_TIMEOUT',
      'a failed: REQUEST_TIMEOUT',
      'b failed: REQUEST_TIMEOUT',
    ])
    expect(clock.pending).toBe(0)
  })

  it('is heard if its answer arrived before the blocked event loop checked the time', () => {
    const { ask, grant, clock, log, socket } = openReady({ requestTimeoutMs: 1_000 })
    ask('a')
    clock.block(1_500)
    clock.soon(() => grant())

    clock.settle()

    expect(log).toEqual(['a answered', 'slot'])
    expect(socket.isDestroyed).toBe(false)
  })

  it('is given up if nothing arrived while the event loop was blocked', () => {
    const { ask, clock, log } = openReady({ requestTimeoutMs: 1_000 })
    ask('a')
    clock.block(1_500)

    clock.settle()

    expect(log).toEqual(['closed: REQUEST_TIMEOUT', 'a failed: REQUEST_TIMEOUT'])
  })

  it('gets the time for which it throttles in addition', () => {
    const { ask, grant, clock, log, socket } = openReady({ requestTimeoutMs: 1_000 })
    ask('a')
    ask('b')
    grant(1_000)
    clock.advance(1_999)
    expect(socket.isDestroyed).toBe(false)

    clock.advance(1)

    expect(log.at(-1)).toBe('b failed: REQUEST_TIMEOUT')
  })
})

describe('a throttled connection', () => {
  it('has no slot until the time is over, and offers one then', () => {
    const { ask, grant, clock, log, canSend } = openReady()
    ask('a')
    grant(100)
    expect(log).toEqual(['throttled 100', 'a answered'])
    clock.advance(99)
    expect(canSend()).toBe(false)

    clock.advance(1)

    expect(canSend()).toBe(true)
    expect(log.at(-1)).toBe('slot')
    expect(clock.pending).toBe(0)
  })

  it('continues to send if in this version the broker waits itself', () => {
    const { welcome, ask, grant, canSend, log } = open()
    welcome([[InitProducerId, 0, 0]])
    ask('a')
    grant(100)

    expect(canSend()).toBe(true)
    expect(log).toEqual(['a answered', 'slot'])
  })
})

describe('an impossible answer', () => {
  const cases: readonly (readonly [string, string, (bytes: Buffer) => Uint8Array])[] = [
    [
      'has another correlation id',
      'UNEXPECTED_CORRELATION',
      (bytes) => {
        bytes.writeInt32BE(bytes.readInt32BE(4) + 1, 4)
        return bytes
      },
    ],
    [
      'is too short',
      'TRUNCATED',
      (bytes) => {
        bytes.writeInt32BE(bytes.byteLength - 4 - 3, 0)
        return bytes.subarray(0, -3)
      },
    ],
    ['has no room for a correlation id', 'TRUNCATED', () => Uint8Array.of(0, 0, 0, 2, 0, 0)],
    [
      'is too long',
      'TRAILING_BYTES',
      (bytes) => {
        bytes.writeInt32BE(bytes.byteLength - 4 + 2, 0)
        return Buffer.concat([bytes, Buffer.of(0, 0)])
      },
    ],
    ['announces a negative size', 'INVALID_FRAME', () => Uint8Array.of(0x80, 0, 0, 0)],
  ]

  it.each(cases)('ends the connection when it %s', (_, code, spoil) => {
    const { ask, broker, socket, clock, log } = openReady()
    ask('a')
    ask('b')
    const bytes = answerTo(broker.expect(InitProducerId), granted)
    socket.deliver(spoil(Buffer.from(bytes)))
    clock.settle()

    expect(log).toEqual([`closed: ${code}`, `a failed: ${code}`, `b failed: ${code}`])
    expect(clock.pending).toBe(0)
  })

  it('ends the connection if there was no request', () => {
    const { broker, clock, log } = openReady()
    broker.answer({ api: InitProducerId, version: 4, correlationId: 9 }, granted)
    clock.settle()

    expect(log).toEqual(['closed: UNEXPECTED_CORRELATION'])
  })

  it('does not affect the answers before it', () => {
    const { ask, broker, socket, clock, log } = openReady()
    ask('a')
    ask('b')
    const good = answerTo(broker.expect(InitProducerId), granted)
    socket.deliver(Buffer.concat([good, Buffer.from('garbage!')]))
    clock.settle()

    expect(log).toEqual(['a answered', 'closed: INVALID_FRAME', 'b failed: INVALID_FRAME'])
  })
})

describe('the end of a connection', () => {
  it('fails what is in flight only when the socket is closed', () => {
    const { ask, connection, clock, log, canSend } = openReady()
    ask('a')
    connection.close()
    expect(log).toEqual([])
    expect(canSend()).toBe(false)

    clock.settle()

    expect(log).toEqual(['closed: by us', 'a failed: CLOSED'])
  })

  it('ignores what arrives after it', () => {
    const { ask, connection, clock, log, grant } = openReady()
    ask('a')
    connection.close()
    grant()
    clock.settle()

    expect(log).toEqual(['closed: by us', 'a failed: CLOSED'])
  })

  it('counts requests as written if their bytes left before the socket closed', () => {
    const { fire, connection, socket, clock, log } = openReady()
    socket.holdsWrites = true
    fire('a')
    connection.close()
    socket.flush()
    clock.settle()

    expect(log).toEqual(['a written', 'closed: by us'])
  })

  it('happens once, and leaves no timer', () => {
    const { ask, connection, clock, log } = openReady({ maxIdleMs: 1_000 })
    ask('a')
    connection.close()
    connection.close()
    clock.settle()
    clock.advance(100_000)

    expect(log).toEqual(['closed: by us', 'a failed: CLOSED'])
    expect(clock.pending + clock.pendingInBackground).toBe(0)
  })

  it('may be requested inside an answer; later answers in the same bytes then fail', () => {
    const { connection, broker, socket, clock, log, ask } = openReady()
    connection.send(InitProducerId, identity, {
      answered: () => connection.close(),
      failed: () => log.push('never'),
    })
    ask('b')
    const answers = broker
      .takeAll()
      .map((request) => answerTo({ ...request, api: InitProducerId }, granted))
    socket.deliver(Buffer.concat(answers))
    clock.settle()

    expect(log).toEqual(['closed: by us', 'b failed: CLOSED'])
  })

  it('rethrows the exception of a handler, and still calls the others', () => {
    const { connection, ask, socket, log } = openReady()
    connection.send(InitProducerId, identity, {
      answered() {},
      failed() {
        throw new Error('a fault of the handler')
      },
    })
    ask('b')
    expect(() => socket.close()).toThrow('a fault of the handler')

    expect(log).toEqual(['closed: DISCONNECTED', 'b failed: DISCONNECTED'])
  })
})

describe('an idle connection', () => {
  it('is closed after its time, by a timer that does not keep the process alive', () => {
    const { clock, log } = openReady({ maxIdleMs: 1_000 })
    expect([clock.pending, clock.pendingInBackground]).toEqual([0, 1])
    clock.advance(999)
    expect(log).toEqual([])

    clock.advance(1)

    expect(log).toEqual(['closed: by us'])
  })

  it('is not idle while it waits for an answer, nor before its time after one', () => {
    const { clock, log, ask, grant } = openReady({ maxIdleMs: 1_000 })
    ask('a')
    clock.advance(5_000)
    grant()
    clock.advance(999)
    expect(log).toEqual(['a answered', 'slot'])

    clock.advance(1)

    expect(log.at(-1)).toBe('closed: by us')
  })

  it('stays open forever if there is no idle limit, without a timer', () => {
    const { clock, log, ask, grant } = openReady({ maxIdleMs: -1 })
    ask('a')
    expect(clock.pending).toBe(1)
    grant()
    clock.settle()

    expect(clock.pending + clock.pendingInBackground).toBe(0)
    clock.advance(1_000_000)
    expect(log).toEqual(['a answered', 'slot'])
  })
})

describe('the turn of a connection', () => {
  it('contains everything that follows from one event, and is never nested', () => {
    const runtime = fakeRuntime()
    const log: string[] = []
    let depth = 0
    const connection: Connection = new Connection(defaults, runtime, {
      ready: () => log.push(`ready in ${depth}`),
      slot: () => log.push(`slot in ${depth}`),
      closed: () => log.push(`closed in ${depth}`),
      turn(work) {
        depth += 1
        work()
        depth -= 1
      },
    })
    const broker = new FakeBroker(runtime.transport.latest)
    broker.welcome()
    const handler = {
      answered: () => log.push(`answered in ${depth}`),
      failed: () => log.push(`failed in ${depth}`),
    }
    connection.send(InitProducerId, identity, handler)
    broker.answer(broker.expect(InitProducerId), granted)
    connection.send(InitProducerId, identity, handler)
    runtime.clock.advance(30_000)

    const told = ['ready', 'answered', 'slot', 'closed', 'failed']
    expect(log).toEqual(told.map((what) => `${what} in 1`))
  })
})
