import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../lib/errors/protocol-error.ts'
import { asKafkaError, nextCorrelationId } from '../../lib/wire/answers.ts'

describe('correlation ids', () => {
  it('count up, and begin again before the last eight, which are reserved', () => {
    const last = 2 ** 31 - 9
    expect(nextCorrelationId(0)).toBe(1)
    expect(nextCorrelationId(last - 1)).toBe(last)
    expect(nextCorrelationId(last)).toBe(1)
  })
})

describe('what is thrown while reading', () => {
  it('is told as it is where it is an error of ours', () => {
    const error = new ProtocolError('TRUNCATED', 'short')
    expect(asKafkaError(error, 'b:1')).toBe(error)
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
