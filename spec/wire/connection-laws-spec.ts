import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { Connection } from '../../lib/wire/connection.ts'
import { answerTo, FakeBroker } from '../support/fake-broker.ts'
import { fakeRuntime } from '../support/fake-runtime.ts'

// Whatever is done to a connection, in any order: the laws of its results and timers.

const options = {
  address: { host: 'kafka', port: 9092 },
  node: 1,
  clientId: 'spec',
  softwareName: 'to-kafka',
  softwareVersion: '1.0',
  maxInFlight: 5,
  requestTimeoutMs: 1_000,
  setupTimeoutMs: 500,
  maxIdleMs: 2_000,
  security: null,
}
const identity = { transactionalId: null, transactionTimeoutMs: 60_000 }
const unacknowledged = { acks: 0, timeoutMs: 1_000, topicData: [] }

const step = fc.oneof(
  { weight: 6, arbitrary: fc.constant('ask' as const) },
  { weight: 3, arbitrary: fc.constant('fire' as const) },
  { weight: 6, arbitrary: fc.constant('answer' as const) },
  { weight: 1, arbitrary: fc.constant('throttle' as const) },
  { weight: 2, arbitrary: fc.constant('flush' as const) },
  { weight: 1, arbitrary: fc.constantFrom('garbage', 'cut', 'close', 'hold', 'settle') },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 900 }) },
)

function run(tape: readonly (string | number)[], isWelcome: boolean) {
  const runtime = fakeRuntime()
  const { clock } = runtime
  const results: { name: number; how: 'answered' | 'failed' | 'written' }[] = []
  const kinds: ('ask' | 'fire')[] = []
  let closed = 0
  let socketClosedBefore = true
  const connection: Connection = new Connection(options, runtime, {
    ready() {},
    slot: () => expect(connection.canSend(clock.now())).toBe(true),
    closed: () => {
      closed += 1
    },
  })
  const socket = runtime.transport.latest
  const broker = new FakeBroker(socket)
  if (isWelcome) broker.welcome()
  const send = (kind: 'ask' | 'fire') => {
    if (!connection.canSend(clock.now())) return
    const name = kinds.push(kind) - 1
    const handler = {
      answered: () => results.push({ name, how: 'answered' }),
      failed: () => {
        socketClosedBefore &&= socket.state === 'closed'
        results.push({ name, how: 'failed' })
      },
      written: () => results.push({ name, how: 'written' }),
    }
    if (kind === 'ask') connection.send(InitProducerId, identity, handler)
    else connection.send(Produce, unacknowledged, handler, { expectsAnswer: false })
    expect(connection.inFlight).toBeLessThanOrEqual(options.maxInFlight)
  }
  const answer = (throttleTimeMs: number) => {
    let request = broker.take()
    while (request !== undefined && request.api !== InitProducerId) request = broker.take()
    if (request === undefined) return
    const body = { throttleTimeMs, errorCode: 0, producerId: 7n, producerEpoch: 0 }
    socket.deliver(answerTo({ ...request, api: InitProducerId }, body))
  }
  for (const act of tape) {
    if (typeof act === 'number') clock.advance(act)
    else if (act === 'ask' || act === 'fire') send(act)
    else if (act === 'answer') answer(0)
    else if (act === 'throttle') answer(700)
    else if (act === 'flush') socket.flush()
    else if (act === 'hold') socket.holdsWrites = true
    else if (act === 'settle') clock.settle()
    else if (act === 'garbage') socket.deliver(Buffer.from('garbage'))
    else if (act === 'cut') socket.close()
    else connection.close()
  }
  return {
    clock,
    connection,
    socket,
    kinds,
    results,
    closed: () => closed,
    failedAfterSocket: () => socketClosedBefore,
  }
}

describe('whatever happens to a connection', () => {
  const tapes = fc.array(step, { maxLength: 60, size: 'max' })

  it('every request has exactly one result, and the results of each kind are in order', () => {
    fc.assert(
      fc.property(tapes, fc.boolean(), (tape, isWelcome) => {
        const { connection, clock, kinds, results, failedAfterSocket } = run(tape, isWelcome)
        connection.close()
        clock.settle()

        const names = results.map(({ name }) => name)
        expect([...names].sort((a, b) => a - b)).toEqual(kinds.map((_, name) => name))
        for (const kind of ['ask', 'fire']) {
          const ofKind = names.filter((name) => kinds[name] === kind)
          expect(ofKind).toEqual([...ofKind].sort((a, b) => a - b))
        }
        const failed = results.filter(({ how }) => how === 'failed').map(({ name }) => name)
        expect(failed).toEqual([...failed].sort((a, b) => a - b))
        for (const { name, how } of results) {
          expect(how).not.toBe(kinds[name] === 'ask' ? 'written' : 'answered')
        }
        expect(failedAfterSocket()).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('it ends once, leaves no timer, and opens no other socket', () => {
    fc.assert(
      fc.property(tapes, fc.boolean(), (tape, isWelcome) => {
        const { connection, clock, socket, closed } = run(tape, isWelcome)
        connection.close()
        clock.advance(1_000_000)

        expect(closed()).toBe(1)
        expect(socket.state).toBe('closed')
        expect(connection.inFlight).toBe(0)
        expect(clock.pending + clock.pendingInBackground).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  it('no timer keeps the process alive while nothing is outstanding', () => {
    fc.assert(
      fc.property(tapes, (tape) => {
        const { connection, clock } = run(tape, true)
        clock.settle()
        const isQuiet = connection.state === 'ready' && connection.canSend(clock.now())
        if (isQuiet && connection.inFlight === 0) expect(clock.pending).toBe(0)
        if (connection.inFlight > 0 && connection.state === 'ready') {
          expect(clock.pending).toBe(1)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('a silent loss is detected: in the end nothing is in flight', () => {
    fc.assert(
      fc.property(tapes, fc.boolean(), (tape, isWelcome) => {
        const { connection, clock } = run(tape, isWelcome)
        clock.advance(1_000_000)

        expect(connection.inFlight).toBe(0)
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 300 },
    )
  })
})
