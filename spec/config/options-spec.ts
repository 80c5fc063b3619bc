import { inspect } from 'node:util'
import { ConfigError } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { checkOptions, type OptionNames, wrongOption } from '../../lib/config/options.ts'

interface BrewOptions {
  readonly milk?: boolean
  readonly sugar?: number
}

const names: OptionNames<BrewOptions> = { milk: true, sugar: true }

function refused(options: unknown): ConfigError {
  try {
    checkOptions<BrewOptions>('brew', options, names)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return error as ConfigError
  }
  throw new Error('it was taken')
}

describe('checkOptions', () => {
  it.each([{}, { milk: true }, { milk: undefined, sugar: 2 }, Object.create({ milk: true })])(
    'accepts known options: %o',
    (options) => {
      expect(() => checkOptions<BrewOptions>('brew', options, names)).not.toThrow()
    },
  )

  it.each([
    ['colour', "'colour' is not an option of brew (accepted: milk, sugar)"],
    ['sugr', "'sugr' is not an option of brew: did you mean 'sugar'? (accepted: milk, sugar)"],
    [
      'lingerMs',
      "'lingerMs' is not an option of brew: 'linger.ms' is a key of the configuration (accepted: milk, sugar)",
    ],
    ['toString', "'toString' is not an option of brew (accepted: milk, sugar)"],
  ])('refuses %s', (name, message) => {
    const error = refused({ milk: true, [name]: 4 })
    expect(error.message).toBe(message)
    expect(error).toMatchObject({ code: 'UNKNOWN_KEY', key: name, allowed: 'milk, sugar' })
    expect(error.value).toBeUndefined()
  })

  it('refuses an unknown name, also without a value, and an inherited one', () => {
    expect(refused({ foo: undefined }).key).toBe('foo')
    expect(refused(Object.create({ foo: 4 })).key).toBe('foo')
  })

  it('does not show a name that looks like a secret value', () => {
    const error = refused({ 'password="hunter2";': 1 })
    expect(error.message).toContain('a name of 19 characters is not an option of brew')
    expect(inspect(error)).not.toContain('hunter2')
    expect(error.key).toBe('[hidden]')
  })

  it.each([
    ['null', null],
    ['a number', 5],
    ['a string', 'milk'],
    ['an array', ['milk']],
    ['a function', () => 1],
    ['an object (Map)', new Map([['milk', true]])],
  ])('refuses %s instead of an object', (what, options) => {
    const error = refused(options)
    expect(error.message).toBe(
      `the options of brew must be an object, not ${what} (accepted: { milk, sugar })`,
    )
    expect(error.code).toBe('INVALID_VALUE')
  })
})

describe('wrongOption', () => {
  it.each([
    [-1, 'sugar is -1; it must be 0 or more', -1],
    ['two', "sugar is 'two'; it must be 0 or more", 'two'],
    [{ spoons: 2 }, 'sugar is an object; it must be 0 or more', 'an object'],
    [Symbol('two'), 'sugar is a symbol; it must be 0 or more', expect.any(Symbol)],
  ])('says what %o is, and what is allowed', (value, message, kept) => {
    const error = wrongOption('OUT_OF_RANGE', 'sugar', value, '0 or more')
    expect(error.message).toBe(message)
    expect(error).toMatchObject({ code: 'OUT_OF_RANGE', key: 'sugar', value: kept })
    expect(error.allowed).toBe('0 or more')
  })
})
