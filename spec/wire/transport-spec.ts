import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server, type Socket as TcpSocket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import * as v8 from 'node:v8'
import { afterEach, describe, expect, it } from 'vitest'
import type { KafkaError } from '../../lib/errors/kafka-error.ts'
import { apiByKey } from '../../lib/protocol/apis.ts'
import { decodeRequest } from '../../lib/protocol/headers.ts'
import { ApiVersions } from '../../lib/protocol/messages/api-versions.ts'
import type { Socket, SocketEvents } from '../../lib/runtime.ts'
import { Connection } from '../../lib/wire/connection.ts'
import type { ConnectionOptions } from '../../lib/wire/connection-options.ts'
import { FrameSplitter } from '../../lib/wire/frames.ts'
import { realRuntime } from '../../lib/wire/transport.ts'
import { allVersions, answerTo, apiKeys } from '../support/fake-broker.ts'
import { deferred } from '../support/scenario.ts'

// Real sockets on loopback. Everything waits for events; nothing waits for time to pass.

const { clock, transport } = realRuntime
const open: (Server | TcpSocket)[] = []

afterEach(() => {
  for (const thing of open.splice(0)) {
    if ('destroy' in thing) thing.destroy()
    else thing.close()
  }
})

/** Listens on a free port of loopback, and returns it. */
async function listen(server: Server): Promise<number> {
  open.push(server)
  server.on('connection', (socket) => {
    socket.on('error', () => {})
    open.push(socket)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return (server.address() as { port: number }).port
}

/** A port of loopback on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((closed) => server.close(closed))
  return port
}

/** The events of a raw socket, as a list, up to its end. */
function fare(port: number, act: (socket: Socket) => Partial<SocketEvents>): Promise<string[]> {
  return new Promise((resolve) => {
    const log: string[] = []
    let more: Partial<SocketEvents> = {}
    const socket = transport.connect(
      { host: '127.0.0.1', port },
      {
        connected() {
          log.push('connected')
          more.connected?.()
        },
        data(chunk) {
          log.push(`data ${Buffer.from(chunk)}`)
          more.data?.(chunk)
        },
        closed(cause) {
          log.push(`closed ${(cause as { code?: string } | null)?.code ?? 'in order'}`)
          setImmediate(() => resolve(log))
        },
      },
    )
    log.push('connect returned')
    more = act(socket)
  })
}

const settings: ConnectionOptions = {
  address: { host: '127.0.0.1', port: 0 },
  node: -1,
  clientId: 'spec',
  softwareName: 'to-kafka',
  softwareVersion: '1.0',
  maxInFlight: 5,
  requestTimeoutMs: 30_000,
  setupTimeoutMs: 30_000,
  maxIdleMs: -1,
  security: null,
}

/** The error with which a connection to this port ends; null if it becomes ready instead. */
function outcome(port: number, options: Partial<ConnectionOptions> = {}) {
  return new Promise<KafkaError | null>((resolve) => {
    const address = { host: '127.0.0.1', port }
    const connection: Connection = new Connection(
      { ...settings, address, ...options },
      realRuntime,
      {
        ready: () => connection.close(),
        slot() {},
        closed: resolve,
      },
    )
  })
}

/** Answers each request with the result of `answer`. */
function server(answer: (request: { version: number; correlationId: number }) => Uint8Array) {
  return createServer((socket) => {
    const frames = new FrameSplitter('client')
    socket.on('data', (chunk) => {
      frames.push(chunk)
      const frame = frames.next()
      if (frame !== null) socket.write(answer(decodeRequest(frame, apiByKey)))
    })
  })
}

const versions = (request: { version: number; correlationId: number }) =>
  Buffer.from(
    answerTo({ ...request, api: ApiVersions }, { errorCode: 0, apiKeys: apiKeys(allVersions) }),
  )

describe('a real socket', () => {
  it('reports events after the call that caused them, and ends once', async () => {
    const port = await listen(createServer((socket) => socket.end('bye')))

    expect(await fare(port, () => ({}))).toEqual([
      'connect returned',
      'connected',
      'data bye',
      'closed in order',
    ])
  })

  it('reports why it could not connect', async () => {
    const port = await freePort()

    expect(await fare(port, () => ({}))).toEqual(['connect returned', 'closed ECONNREFUSED'])
  })

  it('fails, later, for an invalid port', async () => {
    expect(await fare(70_000, () => ({}))).toEqual([
      'connect returned',
      'closed ERR_SOCKET_BAD_PORT',
    ])
  })

  it('writes all chunks in order, and reports when they have left', async () => {
    const port = await listen(createServer((socket) => socket.pipe(socket)))
    const log: string[] = []
    const events = await fare(port, (socket) => ({
      connected() {
        const chunks = ['a', 'b', 'c'].map((text) => Buffer.from(text))
        socket.write(chunks, () => log.push('flushed'))
        log.push('write returned')
      },
      data: () => socket.destroy(),
    }))

    expect(log).toEqual(['write returned', 'flushed'])
    expect(events).toEqual(['connect returned', 'connected', 'data abc', 'closed in order'])
  })

  it('does not report bytes that never left, and closes outside destroy', async () => {
    const port = await listen(createServer((socket) => socket.pause()))
    const log: string[] = []
    const events = await fare(port, (socket) => ({
      connected() {
        socket.write([new Uint8Array(64 * 1024 * 1024)], () => log.push('flushed'))
        socket.destroy()
        log.push('destroy returned')
      },
    }))

    expect(log).toEqual(['destroy returned'])
    expect(events.at(-1)).toBe('closed in order')
  })
})

/**
 * Two sockets whose bytes, and ends, arrive at the same time. The first one that is read calls
 * `act` with the other one, and keeps the event loop for longer than its budget. Returns what
 * happened, without its own end.
 */
async function twoAtOnce(act: (log: string[], second: Socket) => void): Promise<string[]> {
  const server = createServer()
  const ends: TcpSocket[] = []
  server.on('connection', (socket) => ends.push(socket))
  const port = await listen(server)
  const log: string[] = []
  const sockets: Socket[] = []
  let first = -1
  const hear = (index: number) => {
    if (first >= 0) {
      log.push('second')
      return
    }
    first = index
    log.push('first')
    act(log, sockets[1 - index]!)
    for (const until = clock.now() + 40; clock.now() < until; );
  }
  const connect = (index: number) => {
    const closed = deferred<void>()
    const connected = deferred<void>()
    const events = {
      connected: () => connected.resolve(),
      data: () => hear(index),
      closed() {
        if (index !== first) log.push('second closed')
        closed.resolve()
      },
    }
    sockets.push(transport.connect({ host: '127.0.0.1', port }, events))
    return { connected: connected.promise, closed: closed.promise }
  }
  const both = [connect(0), connect(1)]
  await Promise.all(both.map(({ connected }) => connected))
  while (ends.length < 2) await new Promise(setImmediate)
  for (const end of ends) end.end('bytes')
  // A busy machine delivers them late, even here: nothing is read before it had the time for both.
  for (const until = clock.now() + 20; clock.now() < until; );
  await Promise.all(both.map(({ closed }) => closed))
  await new Promise<void>((fire) => clock.at(clock.now(), fire))
  return log
}

describe('sockets that have bytes at the same time', () => {
  it('let the event loop run in between if the bytes of one took a long time', async () => {
    const log = await twoAtOnce((log) => setImmediate(() => log.push('turn')))
    expect(log).toEqual(['first', 'turn', 'second', 'second closed'])
  })

  it('are read before a timer that becomes due meanwhile, and before calls of `soon`', async () => {
    const log = await twoAtOnce((log) => {
      clock.at(clock.now() + 1, () => log.push('timer'))
      clock.soon(() => log.push('soon'))
    })
    expect(log.indexOf('second')).toBe(1)
    expect([...log].sort()).toEqual(['first', 'second', 'second closed', 'soon', 'timer'])
  })

  it('are not read any more once they are destroyed', async () => {
    const log = await twoAtOnce((_log, second) => setImmediate(() => second.destroy()))
    expect(log).toEqual(['first', 'second closed'])
  })

  it('fire no timer that is cancelled while it waits behind their bytes', async () => {
    const log = await twoAtOnce((log) => {
      const timer = clock.at(clock.now() + 1, () => log.push('timer'))
      setTimeout(() => timer.cancel(), 1)
    })
    expect(log).toEqual(['first', 'second', 'second closed'])
  })
})

describe('the real clock', () => {
  it('fires at the requested time or later, and never inside the call', async () => {
    const at = clock.now() + 3.7
    let isInside = true
    const fired = new Promise<number>((resolve) => {
      clock.at(at, () => {
        expect(isInside).toBe(false)
        resolve(clock.now())
      })
    })
    isInside = false

    expect(await fired).toBeGreaterThanOrEqual(at)
  })

  it('does not fire once cancelled', async () => {
    const log: string[] = []
    clock.at(0, () => log.push('cancelled')).cancel()
    await new Promise<void>((resolve) => clock.at(clock.now() + 1, resolve))

    expect(log).toEqual([])
  })

  it('keeps the process alive unless it waits in the background, at first or later', async () => {
    const waiting = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = waiting()
    const at = clock.now() + 1e6
    const [timer, other] = [clock.at(at, () => {}), clock.at(at, () => {}, true)]
    expect(waiting() - before).toBe(1)
    timer.inBackground(true)
    expect(waiting() - before).toBe(0)
    other.inBackground(false)
    expect(waiting() - before).toBe(1)
    timer.cancel()
    other.cancel()
    expect(waiting() - before).toBe(0)
  })

  it('can wait longer than a timeout of Node can', async () => {
    const log: string[] = []
    const timer = clock.at(clock.now() + 2 ** 40, () => log.push('early'), true)
    await new Promise<void>((resolve) => clock.at(clock.now() + 5, resolve))
    timer.cancel()

    expect(log).toEqual([])
  })

  it('makes the calls of `soon` after the burst, in order', async () => {
    const log: string[] = []
    await new Promise<void>((resolve) => {
      clock.soon(() => log.push('first'))
      clock.soon(() => resolve())
      log.push('burst')
    })

    expect(log).toEqual(['burst', 'first'])
  })
})

describe('a connection over TCP', () => {
  it('becomes ready with a broker', async () => {
    expect(await outcome(await listen(server(versions)))).toBeNull()
  })

  it('becomes ready with a broker that supports only version 0', async () => {
    const refusing = server((request) => {
      if (request.version === 0) return versions(request)
      const { correlationId } = request
      return answerTo(
        { api: ApiVersions, version: 0, correlationId },
        { errorCode: 35, apiKeys: [] },
      )
    })

    expect(await outcome(await listen(refusing))).toBeNull()
  })

  it('becomes ready with a broker whose bytes arrive one by one', async () => {
    const slow = createServer((socket) => {
      socket.setNoDelay(true)
      const frames = new FrameSplitter('client')
      socket.on('data', (chunk) => {
        frames.push(chunk)
        const frame = frames.next()
        if (frame === null) return
        const bytes = versions(decodeRequest(frame, apiByKey))
        const next = (at: number) => {
          if (at < bytes.byteLength) socket.write(bytes.subarray(at, at + 1), () => next(at + 1))
        }
        next(0)
      })
    })

    expect(await outcome(await listen(slow))).toBeNull()
  })

  it('reports that nothing listens, and where', async () => {
    const port = await freePort()

    expect(await outcome(port)).toMatchObject({
      code: 'CONNECT_FAILED',
      address: `127.0.0.1:${port}`,
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('reports that there is no such host', async () => {
    const address = { host: 'no-such-host.invalid', port: 9092 }

    expect(await outcome(0, { address })).toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('no-such-host.invalid'),
    })
  })

  it('reports that the server uses HTTP', async () => {
    const port = await listen(createHttpServer((_, response) => response.end()))

    expect(await outcome(port)).toMatchObject({
      code: 'NOT_KAFKA',
      message: expect.stringContaining('speaks HTTP'),
    })
  })

  it('reports that the server uses TLS if it sends an alert', async () => {
    const alert = Buffer.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x50)
    const port = await listen(createServer((socket) => socket.on('data', () => socket.end(alert))))

    expect(await outcome(port)).toMatchObject({
      code: 'NOT_KAFKA',
      message: expect.stringContaining('speaks TLS'),
    })
  })

  it('reports that the server may use TLS if it just closes the connection', async () => {
    const port = await listen(createTlsServer({}))

    expect(await outcome(port)).toMatchObject({
      code: 'DISCONNECTED',
      message: expect.stringContaining('without TLS?'),
    })
  })

  it('reports that another server sends a text greeting', async () => {
    const port = await listen(createServer((socket) => socket.write('220 mail ready\r\n')))

    expect(await outcome(port)).toMatchObject({
      code: 'NOT_KAFKA',
      message: expect.stringContaining('speaks text ("220 "…)'),
    })
  })

  it('reports that the other side closed the connection before it answered', async () => {
    const port = await listen(createServer((socket) => socket.on('data', () => socket.end())))

    expect(await outcome(port)).toMatchObject({
      code: 'DISCONNECTED',
      message: expect.stringContaining('before it answered ApiVersions'),
    })
  })

  it('reports that nothing arrived within the request timeout', async () => {
    const port = await listen(createServer(() => {}))

    expect(await outcome(port, { requestTimeoutMs: 20 })).toMatchObject({
      code: 'REQUEST_TIMEOUT',
      limitMs: 20,
    })
  })

  it('ends at an echo of its own request', async () => {
    const port = await listen(createServer((socket) => socket.pipe(socket)))

    expect(await outcome(port)).toMatchObject({ code: 'UNEXPECTED_CORRELATION' })
  })

  it('ends at garbage', async () => {
    const garbage = Buffer.alloc(64, 0xfe)
    const port = await listen(createServer((socket) => socket.write(garbage)))

    expect(await outcome(port)).toMatchObject({ code: 'INVALID_FRAME' })
  })

  it('ends at an answer that is too short', async () => {
    const short = server((request) => {
      const bytes = versions(request).subarray(0, -9)
      bytes.writeInt32BE(bytes.byteLength - 4, 0)
      return bytes
    })

    expect(await outcome(await listen(short))).toMatchObject({ code: 'TRUNCATED' })
  })

  it('ends at an answer that is too long', async () => {
    const long = server((request) => {
      const bytes = Buffer.concat([versions(request), Buffer.alloc(3)])
      bytes.writeInt32BE(bytes.byteLength - 4, 0)
      return bytes
    })

    expect(await outcome(await listen(long))).toMatchObject({ code: 'TRAILING_BYTES' })
  })
})

/**
 * How many lists of timers Node keeps: one for each length of wait, found through a timer of the
 * spec.
 */
function timerLists(): number {
  const timer = setTimeout(() => {}, 1_000_000)
  const { _idleNext: list } = timer as unknown as { readonly _idleNext: object }
  const count = v8.queryObjects(list.constructor as new () => object, { format: 'count' })
  clearTimeout(timer)
  return count
}

describe.skipIf(!('queryObjects' in v8))('a cancelled timer', () => {
  it.each([
    ['in the background from the start', true],
    ['in the background since', false],
  ])('leaves nothing behind in Node, whatever its length: %s', (_, fromTheStart) => {
    const before = timerLists()
    const first = clock.now() + (fromTheStart ? 0 : 500)
    for (let seconds = 1; seconds <= 100; seconds += 1) {
      const timer = clock.at(first + 10_000 * seconds, () => {}, fromTheStart)
      timer.inBackground(true)
      timer.cancel()
    }

    expect(timerLists() - before).toBeLessThan(10) // others may come and go
  })
})
