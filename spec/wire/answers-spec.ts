import { describe, expect, it } from 'vitest'
import { ConnectionError } from '../../lib/errors/connection-error.ts'
import { ProtocolError } from '../../lib/errors/protocol-error.ts'
import { asKafkaError, nextCorrelationId } from '../../lib/wire/answers.ts'

describe('correlation ids', () => {
  it('count up, and start again before the last eight, which are reserved', () => {
    const last = 2 ** 31 - 9
    expect(nextCorrelationId(0)).toBe(1)
    expect(nextCorrelationId(last - 1)).toBe(last)
    expect(nextCorrelationId(last)).toBe(1)
  })
})

describe('an exception while an answer is read', () => {
  it('is passed on if it is an error of this package', () => {
    const error = new ConnectionError('NOT_KAFKA', 'speaks HTTP')
    expect(asKafkaError(error, 'b:1')).toBe(error)
  })

  // A damaged answer to InitProducerId is no reason to end the producer.
  it('is retriable if the bytes were invalid, because the next connection may bring better ones', () => {
    const cause = new Error('why')
    const told = asKafkaError(new ProtocolError('TRUNCATED', 'short', { cause }), 'b:1')
    expect(told).toBeInstanceOf(ProtocolError)
    expect(told).toMatchObject({ code: 'TRUNCATED', message: 'b:1: short', cause, retriable: true })
    const named = asKafkaError(new ProtocolError('INVALID_FRAME', 'b:1 announced'), 'b:1')
    expect(named.message).toBe('b:1 announced')
    expect(asKafkaError(new RangeError('out of bounds'), 'b:1').retriable).toBe(true)
  })

  it('becomes a ProtocolError with its cause otherwise', () => {
    const cause = new RangeError('out of bounds')
    expect(asKafkaError(cause, 'b:1')).toMatchObject({
      code: 'INVALID_VALUE',
      message: expect.stringContaining('b:1'),
      cause,
    })
  })
})
