import { describe, expect, it } from 'vitest'
import { checkName, checkNames, checkObject, type NamesOf } from '../../lib/testing/known-names.ts'

interface Tea {
  readonly milk?: boolean
  readonly sugar?: number
}

const known: NamesOf<Tea> = { milk: true, sugar: true }

const tea = (given: unknown) => () => checkNames<Tea>('the ways of tea', given as Tea, known)

describe('checkNames', () => {
  it.each([{}, { milk: true }, { milk: true, sugar: undefined }])('accepts %o', (given) => {
    expect(tea(given)).not.toThrow()
  })

  it.each([
    [
      { sugr: 2 },
      "'sugr' is not among the ways of tea: did you mean 'sugar'? (they are milk, sugar)",
    ],
    [{ milk: true, lemon: 1 }, "'lemon' is not among the ways of tea (they are milk, sugar)"],
    [{ toString: 1 }, "'toString' is not among the ways of tea (they are milk, sugar)"],
  ])('refuses %o', (given, sentence) => {
    expect(tea(given)).toThrow(RangeError)
    expect(tea(given)).toThrow(sentence)
  })

  it.each([
    [null, 'not null'],
    [3, 'not a number'],
    ['milk', 'not a string'],
    [['milk'], 'not an array'],
    [new Map(), 'not an object (Map)'],
  ])('refuses %o, which is not an object', (given, kind) => {
    expect(tea(given)).toThrow(TypeError)
    expect(tea(given)).toThrow(`the ways of tea must be an object, ${kind} (as in { milk, sugar })`)
  })
})

describe('checkName', () => {
  it.each([undefined, null, 5, Symbol('milk'), 'x'.repeat(1000)])('refuses %o', (name) => {
    expect(() => checkName('the ways of tea', name as never, known)).toThrow(RangeError)
  })
})

describe('checkObject', () => {
  it('shows an example of the object', () => {
    expect(() => checkObject('the cups', ['blue'], '{ blue: 3 }')).toThrow(
      'the cups must be an object, not an array (as in { blue: 3 })',
    )
  })
})
