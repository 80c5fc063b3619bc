import { describe, expect, it } from 'vitest'
import { cut, kindOf, quoted } from '../../lib/errors/quoted.ts'

describe('quoted', () => {
  it.each([
    ['soon', "'soon'"],
    ['', "''"],
    [5, '5'],
    [Number.NaN, 'NaN'],
    [true, 'true'],
    [7n, '7n'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{ password: 'hunter2' }, 'an object'],
    [Symbol('s'), 'a symbol'],
  ])('shows %o as %s', (value, words) => {
    expect(quoted(value)).toBe(words)
  })

  it('cuts long text', () => {
    expect(quoted('x'.repeat(1_000_000))).toBe(`'${'x'.repeat(80)}…'`)
    expect(quoted(10n ** 1000n)).toHaveLength(81)
  })
})

describe('cut', () => {
  it('leaves 80 characters as they are', () => {
    expect(cut('x'.repeat(80))).toBe('x'.repeat(80))
    expect(cut('x'.repeat(81))).toBe(`${'x'.repeat(80)}…`)
  })
})

describe('kindOf', () => {
  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [() => 1, 'a function'],
    ['text', 'a string'],
    [[1], 'an array'],
    [{}, 'an object'],
    [Object.create(null), 'an object'],
    [new Date(), 'an object (Date)'],
  ])('of %o is %s', (thing, words) => {
    expect(kindOf(thing)).toBe(words)
  })
})
