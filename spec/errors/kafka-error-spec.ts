import { inspect } from 'node:util'
import {
  AuthenticationError,
  BrokerError,
  ConfigError,
  ConnectionError,
  DeliveryError,
  isKafkaError,
  KafkaError,
  ProtocolError,
  TransactionError,
} from 'to-kafka'
import { describe, expect, it } from 'vitest'

const cause = new Error('the reason')

const each: readonly (readonly [string, KafkaError])[] = [
  ['AuthenticationError', new AuthenticationError('UNSUPPORTED_MECHANISM', 'no')],
  ['BrokerError', new BrokerError(6, { request: 'Produce t-0' })],
  ['ConfigError', new ConfigError('MISSING', 'no', { key: 'bootstrap.servers' })],
  ['ConnectionError', new ConnectionError('DISCONNECTED', 'no', { cause })],
  ['DeliveryError', new DeliveryError('CLOSED', { persisted: 'no', cause })],
  ['ProtocolError', new ProtocolError('TRUNCATED', 'no', { cause })],
  ['TransactionError', new TransactionError('ABORTED', { transactionalId: 'id', cause })],
]

describe('every error of this package', () => {
  it.each(each)('%s is an Error with its own name, a code, and the brand', (name, error) => {
    expect(error).toBeInstanceOf(Error)
    expect(error).toBeInstanceOf(KafkaError)
    expect(error.name).toBe(name)
    expect(error.code).toMatch(/^[A-Z_]+$/)
    expect(isKafkaError(error)).toBe(true)
    expect(inspect(error)).toContain(name)
  })

  it.each(each)('%s has a JSON form with its cause', (name, error) => {
    const told = JSON.parse(JSON.stringify(error))
    expect(told).toMatchObject({ name, message: error.message, code: error.code })
    if (error.cause !== undefined) {
      expect(told.cause).toEqual({ name: 'Error', message: 'the reason' })
    }
  })

  it.each(each)('%s keeps its name even if a minifier has renamed its class', (name, error) => {
    class Ae extends DeliveryError {}
    expect(new Ae('CLOSED', { persisted: 'no' }).name).toBe('DeliveryError')
    expect(Object.getPrototypeOf(error)).toHaveProperty('name', name)
    expect(error.stack).toMatch(new RegExp(`^${name}: `))
  })
})

describe('isKafkaError', () => {
  it('knows the errors of another copy of the package by their brand', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('to-kafka.error')]: true })
    expect(isKafkaError(foreign)).toBe(true)
  })

  it.each([new Error('x'), null, undefined, 'text', { [Symbol.for('to-kafka.error')]: true }])(
    'does not recognize anything else: %s',
    (thing) => {
      expect(isKafkaError(thing)).toBe(false)
    },
  )
})

describe('retriable', () => {
  it('follows the broker’s error, and is true for a connection failure that may pass', () => {
    expect(new BrokerError(6, { request: 'Produce' }).retriable).toBe(true)
    expect(new BrokerError(10, { request: 'Produce' }).retriable).toBe(false)
    expect(new ConnectionError('DISCONNECTED', 'no').retriable).toBe(true)
    expect(new ConnectionError('CLOSED', 'no').retriable).toBe(false)
    expect(new ConnectionError('DISCONNECTED', 'no', { retriable: undefined }).retriable).toBe(true)
    expect(new ProtocolError('TRUNCATED', 'no').retriable).toBe(false)
  })
})

describe('BrokerError', () => {
  it('has the request, Kafka’s name for the error, its meaning, and the broker’s message', () => {
    const error = new BrokerError(10, { request: 'Produce t-0', detail: '2 MB', broker: 3 })
    expect(error.message).toMatch(
      /^Produce t-0: MESSAGE_TOO_LARGE, the batch is larger .*\(2 MB\)$/,
    )
    expect(error).toMatchObject({ code: 'MESSAGE_TOO_LARGE', errorCode: 10, broker: 3 })
  })

  it('keeps a number that has no name', () => {
    const error = new BrokerError(9999, { request: 'Produce' })
    expect(error).toMatchObject({ code: 'UNKNOWN_SERVER_ERROR', errorCode: 9999 })
    expect(error.message).toContain('(9999)')
  })
})
