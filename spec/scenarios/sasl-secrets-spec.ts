import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { KafkaProducer } from 'to-kafka'
import { describe, expect, it, onTestFinished } from 'vitest'
import { unsecured } from '../../lib/security/jwt.ts'
import { plainLogin, saslStage, scramLogin, valued } from './sasl-stage.ts'

// No password, token or assertion is in anything that can be seen of a producer: results, errors, events,
// diagnostics messages, metrics, what inspect and JSON make of it. Each secret is a marker here.

const marker = 'hunter2'
const token = `${marker}.${unsecured({ sub: marker }).split('.')[1]}.x`

/** All the text that somebody could make of a thing. */
function seen(thing: unknown): string {
  const deep = { showHidden: true, depth: 12, maxStringLength: null, getters: true } as const
  const replaced = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)
  const errors: string[] = []
  for (let one: unknown = thing; one instanceof Error; one = one.cause) {
    errors.push(one.message, String(one.stack), JSON.stringify(one, replaced))
  }
  return [inspect(thing), inspect(thing, deep), ...errors].join('\n')
}

const channels = ['connection', 'request', 'batch', 'producer', 'undelivered']

describe('a secret', () => {
  it.each([
    ['PLAIN', { ...plainLogin, 'sasl.password': marker }],
    ['PLAIN', { ...plainLogin, 'sasl.password': () => marker }],
    ['SCRAM', { ...scramLogin, 'sasl.password': marker }],
    [
      'JAAS',
      {
        'security.protocol': 'SASL_PLAINTEXT' as const,
        'sasl.mechanism': 'SCRAM-SHA-512',
        'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="me" password="${marker}";`,
      },
    ],
    [
      'OAUTHBEARER',
      {
        'security.protocol': 'SASL_PLAINTEXT' as const,
        'sasl.mechanism': 'OAUTHBEARER',
        'sasl.login.callback.handler.class': () => token,
      },
    ],
  ])('of %s is seen by nobody, whether it is good or not', (_, config) => {
    for (const good of [true, false]) {
      const stage = saslStage({
        users: good ? { me: marker } : { me: 'other' },
        tokens: good ? [token] : [],
        sessionLifetimeMs: 2_000,
      })
      const told: string[] = []
      const listen = (message: unknown) => told.push(seen(message))
      for (const name of channels) subscribe(`to-kafka:${name}`, listen)
      onTestFinished(() => {
        for (const name of channels) unsubscribe(`to-kafka:${name}`, listen)
      })
      const all = { 'bootstrap.servers': stage.cluster.bootstrapServers, ...config }
      const producer = new KafkaProducer(all, { runtime: stage.runtime })
      producer.events$.subscribe((event) => told.push(seen(event)))
      const results = []
      for (let second = 1; second < 6; second += 1) {
        results.push(...stage.deliverOn(producer, valued([second])))
        stage.clock.runUntil(second * 1_000)
      }
      told.push(...results.map(seen), seen(producer), seen(producer.metrics()))
      expect(results.map(({ status }) => status)).toEqual(
        Array(results.length).fill(good ? 'fulfilled' : 'rejected'),
      )
      expect(told.length).toBeGreaterThan(5)
      expect(told.filter((text) => text.includes(marker))).toEqual([])
      void producer.close({ timeout: 0 })
      stage.clock.runUntil(10_000)
    }
  })

  it('would be found where it is', () => {
    const cause = new Error(`password ${marker}`)
    expect(seen(new Error('outer', { cause }))).toContain(marker)
    expect(seen({ deep: { down: [marker] } })).toContain(marker)
  })
})
