import fc from 'fast-check'
import { nextOffset } from 'to-kafka'
import { describe, expect, it } from 'vitest'

describe('nextOffset', () => {
  it('adds one, and keeps the type of the offset', () => {
    expect(nextOffset({ offset: 5 })).toBe(6)
    expect(nextOffset({ offset: 5n })).toBe(6n)
    expect(nextOffset({ offset: '5' })).toBe('6')
    expect(nextOffset({ offset: '0' })).toBe('1')
  })

  it('is exact up to the last offset of Kafka', () => {
    const last = 2n ** 63n - 1n
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: last - 1n }), (offset) => {
        expect(nextOffset({ offset })).toBe(offset + 1n)
        expect(nextOffset({ offset: `${offset}` })).toBe(`${offset + 1n}`)
      }),
    )
  })

  it.each([
    -1,
    0.5,
    Number.NaN,
    Number.MAX_SAFE_INTEGER,
    -1n,
    2n ** 63n - 1n,
    '',
    '-1',
    '5.0',
    ' 5',
    '0x5',
    '9223372036854775807',
    '99999999999999999999',
    null,
    undefined,
    {},
  ])('refuses %s, and says what an offset is', (offset) => {
    expect(() => nextOffset({ offset } as never)).toThrow(
      /^offset is .*; it must be a whole number from 0 up/,
    )
    expect(() => nextOffset({ offset } as never)).toThrow(TypeError)
  })

  it.each([null, undefined, 5, '5'])('refuses %s, which is not a position', (position) => {
    expect(() => nextOffset(position as never)).toThrow('offset is undefined; it must be')
  })
})
