import { createServer, type Socket } from 'node:net'
import { TopicReader } from 'to-kafka/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { apis } from '../../lib/protocol/apis.ts'
import { encodeResponse, peekRequest } from '../../lib/protocol/headers.ts'
import type { Api } from '../../lib/protocol/message.ts'
import { Fetch } from '../../lib/protocol/messages/fetch.ts'
import { ListOffsets } from '../../lib/protocol/messages/list-offsets.ts'
import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { FrameReader } from '../../lib/testing/frame-reader.ts'
import { nodeTimers } from '../../lib/wire/node-time.ts'
import { type BatchSpec, batch } from '../support/batches.ts'

// A TopicReader whose broker is hostile: it ends, and says why.

// The pause before a reader tries again.
vi.mock('node:timers/promises', () => ({ setTimeout: () => Promise.resolve() }))

interface Lies {
  readonly metadata?: object
  readonly brackets?: boolean
  readonly partitions?: readonly object[]
  readonly offsets?: object
  readonly fetched?: object
  /** Takes over the socket from the first Fetch on. */
  readonly onFetch?: (socket: Socket) => void
}

/** A broker with one topic, `t`, whose one partition has the next offset 3. */
async function opened(lies: Lies): Promise<TopicReader> {
  const server = createServer((socket) => {
    const frames = new FrameReader()
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      frames.push(chunk)
      const frame = frames.next()
      if (frame !== null) answer(socket, frame, lies, port)
    })
    onTestFinished(() => void socket.destroy())
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as { port: number }
  const reader = await TopicReader.open(`127.0.0.1:${port}`, 't')
  onTestFinished(() => reader.close())
  return reader
}

function answer(socket: Socket, frame: Uint8Array, lies: Lies, port: number): void {
  const { key, version, correlationId } = peekRequest(frame)
  if (key === Fetch.key && lies.onFetch !== undefined) {
    lies.onFetch(socket)
    return
  }
  const api = apis.find((one) => one.key === key) as Api
  const body = bodies[api.name]!(lies, port)
  socket.write(Buffer.concat(encodeResponse(api, version, correlationId, body)))
}

const bodies: Readonly<Record<string, (lies: Lies, port: number) => object>> = {
  ApiVersions: () => ({
    errorCode: 0,
    apiKeys: [Metadata, Fetch, ListOffsets].map(({ key }) => ({
      apiKey: key,
      minVersion: 0,
      maxVersion: 4,
    })),
  }),
  Metadata: ({ metadata, brackets, partitions = [partition(0)] }, port) => ({
    brokers: [{ nodeId: 1, host: brackets ? '[127.0.0.1]' : '127.0.0.1', port }],
    topics: [{ errorCode: 0, name: 't', partitions }],
    ...metadata,
  }),
  ListOffsets: ({ offsets }) => ({
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode: 0, offset: 3n }] }],
    ...offsets,
  }),
  Fetch: ({ fetched }) => ({
    throttleTimeMs: 0,
    responses: [{ topic: 't', partitions: [{ ...found, ...fetched }] }],
  }),
}

const found = {
  partitionIndex: 0,
  errorCode: 0,
  highWatermark: 3n,
  abortedTransactions: null,
  records: [] as Uint8Array[],
}

function partition(partitionIndex: number) {
  return { errorCode: 0, partitionIndex, leaderId: 1, replicaNodes: [], isrNodes: [] }
}

const records = (spec: BatchSpec) => ({ records: [batch(spec)] })
const one = { records: [{ value: 'a' }] }

async function read(lies: Lies): Promise<number> {
  const reader = await opened(lies)
  let count = 0
  for await (const found of reader.batches(0, { from: 0 })) count += found.records.length
  return count
}

describe('a TopicReader whose broker', () => {
  it('keeps answering with nothing before the end of the log gives up', async () => {
    const sentence =
      'Fetch t-0: 20 answers in a row have no batch at offset 0, and the log ends at 3'
    await expect(read({})).rejects.toThrow(sentence)
    const cutOff = { records: [batch(one).subarray(0, 65)] }
    await expect(read({ fetched: cutOff })).rejects.toThrow(sentence)
  })

  it('returns the same batch again and again gives up', async () => {
    await expect(read({ fetched: records(one) })).rejects.toThrow(
      'Fetch t-0: a batch ends at offset 0, where 1 was asked for',
    )
  })

  it('counts backwards in a batch gives up', async () => {
    const fetched = records({ ...one, lastOffsetDelta: -1 })
    await expect(read({ fetched })).rejects.toThrow('a batch ends at offset -1, where 0 was')
  })

  it('has records outside of their batch does not emit them', async () => {
    const outside = [
      { offsetDelta: -2 },
      { offsetDelta: 1 },
      { offsetDelta: 2 },
      { offsetDelta: 3 },
    ]
    const fetched = records({ records: outside, lastOffsetDelta: 2 })
    expect(await read({ fetched })).toBe(2)
  })

  it.each([
    ['about no topic', { metadata: { topics: [] } }, 'Metadata t'],
    ['about a partition beyond its count', { partitions: [partition(2 ** 30)] }, 'Metadata t'],
    ['about a partition below 0', { partitions: [partition(-1)] }, 'Metadata t'],
    ['about no offsets', { offsets: { topics: [] } }, 'ListOffsets t-0'],
    ['about another partition', { fetched: { partitionIndex: 1 } }, 'Fetch t-0'],
  ])('answers %s is a ProtocolError', async (_, lies, request) => {
    await expect(read(lies)).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      message: `${request}: the answer is not about what was asked`,
    })
  })

  it('names a leader at an invalid port fails with a ConnectionError', async () => {
    const brokers = [{ nodeId: 1, host: '127.0.0.1', port: 70_000 }]
    await expect(read({ metadata: { brokers } })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      address: '127.0.0.1:70000',
    })
  })

  it.each([
    ['for a moment is still read', [[partition(0)], [], [partition(0)]], 3],
    ['for good is a BrokerError', [[partition(0)], []], 'UNKNOWN_TOPIC_OR_PARTITION'],
  ])('no longer knows a partition %s', async (_, told, outcome) => {
    let asked = 0
    let fetches = 0
    const reading = read({
      get partitions() {
        asked += 1
        return told[asked - 1] ?? told.at(-1)!
      },
      get fetched() {
        fetches += 1
        return fetches === 1 ? { errorCode: 6 } : records({ records: [{}, {}, {}] })
      },
    })
    expect(await reading.catch(({ code }) => code)).toBe(outcome)
  })

  it('puts its host in brackets works, as for a producer', async () => {
    const server = { brackets: true, fetched: records({ records: [{}, {}, {}] }) }
    expect(await read(server)).toBe(3)
  })

  it('answers byte by byte, forever, gets thirty seconds', async () => {
    let elapsed = () => {}
    const armed = vi.spyOn(nodeTimers, 'setTimeout').mockImplementation(((fire: () => void) => {
      elapsed = fire
    }) as never)
    onTestFinished(() => armed.mockRestore())
    const reading = read({
      onFetch: (socket) => {
        socket.write(Buffer.from('00000100', 'hex'))
        socket.write('x', () => elapsed())
      },
    })
    await expect(reading).rejects.toThrow('it has not answered within 30000 ms')
  })

  it('sends what was not requested loses its connection', async () => {
    let ended = () => {}
    const end = new Promise<void>((resolve) => {
      ended = resolve
    })
    const reader = await opened({
      onFetch: (socket) => {
        const frame = Buffer.concat(
          encodeResponse(Fetch, 4, 4, bodies['Fetch']!({ fetched: records(one) }, 0) as never),
        )
        socket.on('close', ended)
        socket.write(frame)
        const flood = () => socket.writable && socket.write(Buffer.alloc(65_536), flood)
        setImmediate(flood)
      },
    })
    await reader.batches(0, { from: 0, to: 1 }).next()
    await end
  })
})
