import { Subject } from 'rxjs'
import { type ProducerRecord, type SendResult, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { plainLogin, saslStage, scramLogin, texts, valued } from './sasl-stage.ts'
import type { VirtualStage } from './virtual-stage.ts'

// Sessions that end (KIP-368) are renewed between two requests, without an effect on records.

/** Sends records at a steady rate, in virtual time; returns their results. */
function steadily(
  stage: VirtualStage,
  config: object,
  count: number,
  everyMs: number,
): SendResult[] {
  const results: SendResult[] = []
  const { clock, runtime } = stage
  const all = { 'bootstrap.servers': stage.cluster.bootstrapServers, ...config }
  const source = new Subject<ProducerRecord>()
  source.pipe(toKafkaSettled(all as never, { runtime })).subscribe((result) => results.push(result))
  for (let index = 0; index < count; index += 1) {
    const value = Buffer.from(`${index}`)
    clock.at(clock.now() + index * everyMs, () => source.next({ topic: 't', value }))
  }
  clock.at(clock.now() + count * everyMs, () => source.complete())
  return results
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `${index}`)
const codes = (results: readonly SendResult[]) =>
  results.map((one) => (one.status === 'rejected' ? one.error.code : 'ok'))

describe('a session that ends', () => {
  it.each([
    ['PLAIN', {}],
    ['SCRAM-SHA-256', {}],
    ['PLAIN', { acks: '0', 'enable.idempotence': false }],
    ['PLAIN', { 'max.in.flight.requests.per.connection': 1 }],
  ])(
    'is renewed under load by %s %j, and no record is lost, duplicated, reordered or failed',
    (name, more) => {
      const stage = saslStage({ sessionLifetimeMs: 5_000 })
      const handshakes = stage.arrivals('SaslHandshake')
      const config = { ...plainLogin, 'sasl.mechanism': name, 'linger.ms': 0, ...more }
      const results = steadily(stage, config, 2_000, 20)
      stage.clock.runUntil(60_000)
      expect(codes(results)).toEqual(Array(2_000).fill('ok'))
      expect(texts(stage)).toEqual(numbers(2_000))
      // 40 s in sessions of 4.5 s, after the first logins at the bootstrap server and the leader.
      expect(handshakes.length).toBeGreaterThanOrEqual(9)
      expect(handshakes.length).toBeLessThanOrEqual(12)
    },
  )

  // 1. There is a slot. 2. The session becomes due. 3. The request for which the slot was taken is
  // sent: it still has a slot. This was once an exception, which ended the producer.
  it('may become due between two readings of the clock', () => {
    const stage = saslStage({ sessionLifetimeMs: 1_500 }, { creepMs: 2 })
    const results = steadily(stage, { ...plainLogin, 'linger.ms': 0 }, 2_000, 20)
    stage.clock.runUntil(120_000)
    expect(codes(results)).toEqual(Array(2_000).fill('ok'))
    expect(texts(stage)).toEqual(numbers(2_000))
  })

  it('is renewed once slow answers of the broker have arrived', () => {
    const stage = saslStage({ sessionLifetimeMs: 5_000 })
    stage.cluster.on('Produce').delay(1_500)
    const results = steadily(stage, { ...plainLogin, 'linger.ms': 0 }, 300, 100)
    stage.clock.runUntil(120_000)
    expect(codes(results)).toEqual(Array(300).fill('ok'))
    expect(texts(stage)).toEqual(numbers(300))
  })

  // 1. A request is sent, and takes the broker a long time. 2. Another is sent after it, in time.
  // 3. The session ends. 4. The broker takes up the second one, and closes the connection, as Kafka
  // does: no violation of either side.
  it('that ends while a request waits behind a slow one ends the connection, and loses no record', () => {
    const stage = saslStage({ sessionLifetimeMs: 1_500 })
    const connections = stage.arrivals('ApiVersions')
    stage.cluster.on('Produce', { nth: 12 }).delay(600)
    const results = steadily(stage, { ...plainLogin, 'linger.ms': 0 }, 30, 100)
    stage.clock.runUntil(60_000)
    expect(codes(results)).toEqual(Array(30).fill('ok'))
    expect(texts(stage)).toEqual(numbers(30))
    expect(connections).toHaveLength(3) // that of the bootstrap server, and two of the leader
  })

  it('is not renewed while there is nothing to send, and is renewed before anything else is sent', () => {
    const stage = saslStage({ sessionLifetimeMs: 5_000 })
    const producer = stage.producer({ ...plainLogin, 'connections.max.idle.ms': 900_000 })
    stage.deliverOn(producer, valued(['a']))
    stage.clock.runUntil(1_000)
    const before = stage.cluster.requests.length
    stage.clock.runUntil(60_000)
    expect(stage.cluster.requests).toHaveLength(before)
    const results = stage.deliverOn(producer, valued(['b']))
    stage.clock.runUntil(61_000)
    expect(codes(results)).toEqual(['ok'])
    const later = stage.cluster.requests.slice(before).map(({ api }) => api)
    expect(later).toEqual(['SaslHandshake', 'SaslAuthenticate', 'Produce'])
  })

  it('is not renewed if the credential is now wrong, and the error says so', () => {
    const stage = saslStage({ sessionLifetimeMs: 5_000 })
    const producer = stage.producer(scramLogin)
    stage.deliverOn(producer, valued(['a']))
    stage.clock.runUntil(1_000)
    stage.cluster.setUsers({ me: 'changed' })
    const still = stage.deliverOn(producer, valued(['b']))
    stage.clock.runUntil(2_000)
    expect(codes(still)).toEqual(['ok'])
    stage.clock.runUntil(6_000)
    const refused = stage.deliverOn(producer, valued(['c']))
    stage.clock.runUntil(8_000)
    expect(refused).toMatchObject([
      {
        error: {
          code: 'AUTHENTICATION_FAILED',
          persisted: 'no',
          cause: { code: 'SASL_AUTHENTICATION_FAILED' },
        },
      },
    ])
    stage.cluster.setUsers({ me: 'secret' })
    const after = stage.deliverOn(producer, valued(['d']))
    stage.clock.runUntil(12_000)
    expect(codes(after)).toEqual(['ok'])
    expect(texts(stage)).toEqual(['a', 'b', 'd'])
  })

  // Two users in turn, as some vaults use them: while one is in use, the other gets a new password.
  it.each(['PLAIN', 'SCRAM-SHA-256'])(
    'of another user ends the connection and loses no record, with %s',
    (mechanism) => {
      const users = { me: 'secret', you: 'secret' }
      const stage = saslStage({ sessionLifetimeMs: 5_000, users })
      let logins = 0
      const username = () => {
        logins += 1
        return logins % 4 < 2 ? 'me' : 'you'
      }
      const config = { ...plainLogin, 'sasl.mechanism': mechanism, 'linger.ms': 0 }
      const results = steadily(stage, { ...config, 'sasl.username': username }, 500, 100)
      stage.clock.runUntil(120_000)
      expect(codes(results)).toEqual(Array(500).fill('ok'))
      expect(texts(stage)).toEqual(numbers(500))
    },
  )

  it.each([
    ['says nothing', (stage: VirtualStage) => stage.cluster.on('SaslHandshake', { nth: 3 }).hang()],
    [
      'closes',
      (stage: VirtualStage) => stage.cluster.on('SaslHandshake', { nth: 3 }).closeBeforeAppend(),
    ],
    [
      'closes later',
      (stage: VirtualStage) => stage.cluster.on('SaslAuthenticate', { nth: 3 }).closeBeforeAppend(),
    ],
  ])('is replaced by another connection if the broker %s', (_, harm) => {
    const stage = saslStage({ sessionLifetimeMs: 5_000 })
    harm(stage)
    const results = steadily(stage, { ...plainLogin, 'linger.ms': 0 }, 100, 100)
    stage.clock.runUntil(120_000)
    expect(codes(results)).toEqual(Array(100).fill('ok'))
    expect(texts(stage)).toEqual(numbers(100))
  })

  it('of less than a second is not renewed faster than brokers allow', () => {
    const stage = saslStage({ sessionLifetimeMs: 1_200 })
    const results = steadily(stage, { ...plainLogin, 'linger.ms': 0 }, 200, 50)
    stage.clock.runUntil(60_000)
    expect(codes(results)).toEqual(Array(200).fill('ok'))
    expect(texts(stage)).toEqual(numbers(200))
  })
})
