import { isKafkaError, type ProducerEvent } from 'to-kafka'
import type { Fault, MockListeners } from 'to-kafka/testing'
import { describe, expect, it } from 'vitest'
import { saslStage, scramLogin, valued } from './sasl-stage.ts'
import type { VirtualStage } from './virtual-stage.ts'

// Hostile brokers during a login. Goal: each attempt ends within the set-up timeout, with an error
// that says what arrived; and a server that has not proved to be a broker is not accepted as one.

/** `socket.connection.setup.timeout.ms`, and the jitter of its growth. */
const setupMs = 10_000 * 1.2

type Disconnected = Extract<ProducerEvent, { readonly type: 'disconnected' }>

/** How the first attempt ended, and when. */
function firstEnd(stage: VirtualStage, config: object): { end: Disconnected; at: number } {
  const producer = stage.producer(config)
  const ends: { end: Disconnected; at: number }[] = []
  producer.events$.subscribe((event) => {
    if (event.type === 'disconnected') ends.push({ end: event, at: stage.clock.now() })
  })
  stage.deliverOn(producer, valued(['a']))
  stage.clock.runUntil(setupMs + 1_000)
  void producer.close({ timeout: 0 })
  stage.clock.runUntil(setupMs + 5_000)
  return ends[0]!
}

/** An answer without a request: of 8 bytes, with the correlation id 77777. */
const unasked = Buffer.from('0000000800012fd100000000', 'hex')
const announced = (bytes: number) => Buffer.from([...int32(bytes), 0, 0, 0, 1])
const int32 = (value: number) => [
  value >>> 24,
  (value >> 16) & 255,
  (value >> 8) & 255,
  value & 255,
]

describe.each(['SaslHandshake', 'SaslAuthenticate'] as const)('whose answer to %s', (api) => {
  it.each<[string, (fault: Fault) => Fault, string]>([
    ['is the end of the connection', (fault) => fault.closeBeforeAppend(), 'DISCONNECTED'],
    ['never comes', (fault) => fault.hang(), 'CONNECT_TIMEOUT'],
    ['never ends', (fault) => fault.garbage(announced(100)), 'CONNECT_TIMEOUT'],
    ['is cut in the middle', (fault) => fault.truncate(6), 'DISCONNECTED'],
    ['is too short', (fault) => fault.shorten(2), 'TRUNCATED'],
    ['is too long', (fault) => fault.lengthen(2), 'TRAILING_BYTES'],
    ['is larger than any', (fault) => fault.garbage(announced(2 ** 31 - 1)), 'INVALID_FRAME'],
    ['is for another request', (fault) => fault.garbage(unasked), 'UNEXPECTED_CORRELATION'],
  ])('%s: the attempt ends in time, and the error says why', (_, harm, code) => {
    const stage = saslStage()
    harm(stage.cluster.on(api))
    const { end, at } = firstEnd(stage, scramLogin)

    expect(end).toMatchObject({ wasReady: false, cause: { code } })
    expect(at).toBeLessThanOrEqual(setupMs)
  })
})

describe('a broker that breaks the rules of a mechanism', () => {
  const answers = (answer: Uint8Array | true): MockListeners => ({
    own: { 'SCRAM-SHA-256': () => answer },
  })

  it.each<[string, MockListeners, string]>([
    ['accepts the login without proving itself', answers(true), 'SASL_PROTOCOL_BROKEN'],
    [
      'sends the last message of SCRAM first',
      answers(Buffer.from('v=AAAA')),
      'SASL_PROTOCOL_BROKEN',
    ],
    ['sends nonsense', answers(Buffer.from('hello')), 'SASL_PROTOCOL_BROKEN'],
    ['sends a token of more than 1 MiB', answers(Buffer.alloc(1_048_577)), 'SASL_PROTOCOL_BROKEN'],
  ])('and %s is refused at once, and for good', (_, listeners, code) => {
    const stage = saslStage(listeners)
    const results = stage.deliver(valued(['a']), scramLogin)
    stage.clock.runUntil(150)

    expect(results).toMatchObject([{ error: { code: 'AUTHENTICATION_FAILED', cause: { code } } }])
    const [{ error }] = results as never as [{ error: Error }]
    expect(isKafkaError(error) && error.message).not.toContain('secret')
  })
})
