import { ConfigError } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { maxWaitingOf, timeoutOf } from '../../lib/producer/producer-options.ts'

describe('maxWaitingOf', () => {
  it('is a million by default', () => {
    expect(maxWaitingOf({})).toBe(1_000_000)
    expect(maxWaitingOf({ maxWaiting: 3 })).toBe(3)
  })

  it('refuses anything but a count, and shows it', () => {
    expect(() => maxWaitingOf({ maxWaiting: '5' as never })).toThrow(
      "maxWaiting is '5'; it must be an integer, 0 or more, or Infinity",
    )
  })
})

describe('timeoutOf', () => {
  it.each([undefined, 0, 0.5, 5, Number.POSITIVE_INFINITY])('accepts %s', (timeout) => {
    expect(timeoutOf('close', timeout === undefined ? {} : { timeout })).toBe(timeout)
  })

  it.each([
    [-1, '-1'],
    [Number.NaN, 'NaN'],
    ['5', "'5'"],
    [5n, '5n'],
    [null, 'null'],
  ])('refuses %o', (timeout, shown) => {
    const given = () => timeoutOf('close', { timeout } as never)
    expect(given).toThrow(RangeError)
    expect(given).toThrow(`timeout is ${shown}; it must be milliseconds, 0 or more`)
  })

  it.each([
    [{ timeoutMs: 5 }, "'timeoutMs' is not an option of close: did you mean 'timeout'?"],
    [5, 'the options of close must be an object, not a number (accepted: { timeout, signal })'],
  ])('refuses %o, which has no timeout', (options, sentence) => {
    expect(() => timeoutOf('close', options as never)).toThrow(ConfigError)
    expect(() => timeoutOf('close', options as never)).toThrow(sentence)
  })
})
