import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, nearMiss, suggestion } from '../../lib/errors/near-miss.ts'

describe('nearMiss', () => {
  const names = ['brokers', 'topics', 'timeout']

  it.each([
    ['broker', 'brokers'],
    ['tpoics', 'topics'],
    ['timeoutMs', 'timeout'],
    ['Topics', 'topics'],
    ['colour', null],
    ['', null],
    ['x'.repeat(1_000_000), null],
  ])('of %s is %s', (name, meant) => {
    expect(nearMiss(name, names)).toBe(meant)
  })

  it('chooses the nearest of several', () => {
    expect(nearMiss('acks', ['ack', 'acks', 'ackss'])).toBe('acks')
  })
})

describe('suggestion', () => {
  it('suggests a similar name, or nothing if there is none', () => {
    expect(suggestion('broker', ['brokers'])).toBe(": did you mean 'brokers'?")
    expect(suggestion('colour', ['brokers'])).toBe('')
  })
})

describe('editDistance', () => {
  it.each([
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'abd', 1],
    ['ab', 'abc', 1],
    ['kitten', 'sitting', 3],
  ])('from %o to %o is %i', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance)
  })

  it('is symmetric, 0 only for equal words, and at most the longer length', () => {
    const word = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', '.') })
    fc.assert(
      fc.property(word, word, (from, to) => {
        const distance = editDistance(from, to)
        expect(distance).toBe(editDistance(to, from))
        expect(distance === 0).toBe(from === to)
        expect(distance).toBeLessThanOrEqual(Math.max(from.length, to.length))
      }),
    )
  })
})
