import { inspect } from 'node:util'
import { BrokerError, DeliveryError } from 'to-kafka'
import { describe, expect, it } from 'vitest'

describe('DeliveryError', () => {
  it('names the partition, the code, the limit, the attempts and the last error in one sentence', () => {
    const error = new DeliveryError('DELIVERY_TIMEOUT', {
      topic: 'orders',
      partition: 3,
      persisted: 'possibly',
      attempts: 6,
      limitMs: 120_000,
      cause: new Error('the broker disconnected'),
    })
    expect(error.message).toBe(
      'orders-3: DELIVERY_TIMEOUT after 120000 ms (6 attempts); the broker disconnected; it may be in the log',
    )
  })

  it('says what to do if the topic does not exist, and only then', () => {
    const messageAfter = (code: number) =>
      new DeliveryError('METADATA_TIMEOUT', {
        topic: 'orders',
        persisted: 'no',
        cause: new BrokerError(code, { request: 'Metadata orders' }),
      }).message
    const [unknownTopic, noLeader] = [3, 5]

    expect(messageAfter(unknownTopic)).toMatch(/; create the topic, or check its spelling$/)
    expect(messageAfter(noLeader)).not.toContain('create the topic')
  })

  it('uses the singular for one attempt', () => {
    const error = new DeliveryError('CLOSED', { topic: 't', persisted: 'no', attempts: 1 })
    expect(error.message).toBe('t: CLOSED (1 attempt)')
  })

  it('quotes at most 80 characters of a thrown string', () => {
    const thrown = (cause: unknown) =>
      new DeliveryError('SERIALIZER_FAILED', { topic: 't', persisted: 'no', cause }).message
    expect(thrown('no schema')).toBe('t: SERIALIZER_FAILED; no schema')
    expect(thrown('x'.repeat(1000))).toBe(`t: SERIALIZER_FAILED; ${'x'.repeat(80)}…`)
    expect(thrown({ schema: 'no' })).toBe('t: SERIALIZER_FAILED; an object')
  })

  it('names the topic alone before a partition was chosen, and the limit in bytes', () => {
    const facts = { topic: 'orders', persisted: 'no', limitBytes: 1000 } as const
    const error = new DeliveryError('RECORD_TOO_LARGE', facts)
    expect(error.message).toBe('orders: RECORD_TOO_LARGE: the limit is 1000 bytes')
    expect(error.partition).toBe(-1)
  })

  it('has a sentence even if no topic is known', () => {
    expect(new DeliveryError('INVALID_RECORD', { persisted: 'no' }).message).toBe(
      'record: INVALID_RECORD',
    )
  })

  it('accepts a message that says more', () => {
    const error = new DeliveryError('INVALID_RECORD', { persisted: 'no', message: 'no topic' })
    expect(error.message).toBe('no topic')
  })

  it.each([
    'DELIVERY_TIMEOUT',
    'METADATA_TIMEOUT',
    'BUFFER_EXHAUSTED',
    'SIBLING_FAILED',
    'CONNECTION_LOST',
    'SEQUENCE_LOST',
    'NOT_ENOUGH_REPLICAS',
    'UNKNOWN_TOPIC_OR_PARTITION',
  ] as const)('is retriable after %s: the same record may be delivered later', (code) => {
    expect(new DeliveryError(code, { persisted: 'no' }).retriable).toBe(true)
  })

  it.each([
    'RECORD_TOO_LARGE',
    'INVALID_RECORD',
    'SERIALIZER_FAILED',
    'PARTITIONER_FAILED',
    'DISCARDED',
    'CLOSED',
    'AUTHENTICATION_FAILED',
    'TOPIC_AUTHORIZATION_FAILED',
    'INVALID_TOPIC_EXCEPTION',
    'UNSUPPORTED_VERSION',
  ] as const)('is not retriable after %s', (code) => {
    expect(new DeliveryError(code, { persisted: 'no' }).retriable).toBe(false)
  })

  it('does not print records and lists', () => {
    const record = { topic: 'orders', value: 'SECRET' }
    const error = new DeliveryError('CLOSED', { persisted: 'no', record })
    const lists = { unsent: [{ record, error }], unknown: [{ record, error }] }
    error.list(() => lists)
    expect([error.unsent, error.unknown]).toEqual([lists.unsent, lists.unknown])
    expect(error.record).toBe(record)
    expect(inspect(error)).not.toContain('SECRET')
    expect(JSON.stringify(error)).not.toContain('SECRET')
  })

  it('makes the lists once, when they are first read', () => {
    const error = new DeliveryError('CLOSED', { persisted: 'no' })
    expect([error.unsent, error.unknown]).toEqual([[], []])
    let made = 0
    error.list(() => {
      made += 1
      return { unsent: [{ record: 'a', error }], unknown: [] }
    })
    expect(made).toBe(0)
    expect(error.unsent).toBe(error.unsent)
    expect(made).toBe(1)
  })

  it('has its record and its lists also behind a proxy and on an object that inherits from it', () => {
    const error = new DeliveryError('CLOSED', { persisted: 'no', record: 'a' })
    error.list(() => ({ unsent: [{ record: 'a', error }], unknown: [] }))
    for (const other of [new Proxy(error, {}), Object.create(error) as DeliveryError]) {
      expect([other.record, other.unsent.length, other.unknown.length]).toEqual(['a', 1, 0])
    }
  })
})
