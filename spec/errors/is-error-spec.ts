import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { isError, partsOf } from '../../lib/errors/is-error.ts'
import { wordsOf } from '../../lib/errors/quoted.ts'

const foreign = runInNewContext("new RangeError('too far')") as Error

describe('isError', () => {
  it('is true of errors, also of another realm', () => {
    expect(foreign).not.toBeInstanceOf(Error)
    expect([foreign, new TypeError('x'), new DOMException('x')].map(isError)).toEqual([
      true,
      true,
      true,
    ])
  })

  it('is false of anything else, and never throws', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const hostile = {
      get [Symbol.toStringTag](): string {
        throw new Error('oh')
      },
    }
    const others = [null, undefined, 'Error', { message: 'x' }, proxy, hostile]
    expect(others.filter(isError)).toEqual([])
  })
})

it('partsOf returns the errors of an aggregate, also of another realm', () => {
  const parts = partsOf(runInNewContext("new AggregateError([new Error('a'), new Error('b')])"))
  expect(parts?.map(({ message }) => message)).toEqual(['a', 'b'])
  expect(partsOf(foreign)).toBeNull()
})

it('an error of another realm is shown by its message', () => {
  expect(wordsOf(foreign)).toBe('too far')
})
