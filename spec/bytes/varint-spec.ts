// Sizes and bytes of varints, and that Reader reads what was written.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Reader } from '../../lib/bytes/reader.ts'
import {
  sizeOfUvarint,
  sizeOfVarint,
  sizeOfVarlong,
  writeUvarint,
  writeVarint,
  writeVarlong,
} from '../../lib/bytes/varint.ts'

type Write = (bytes: Uint8Array, offset: number, n: number) => number

/** Writes at an offset, and checks that no other byte is changed. */
function written(write: Write, n: number): Uint8Array {
  const bytes = new Uint8Array(20).fill(0xee)
  const end = write(bytes, 3, n)
  const around = [...bytes.subarray(0, 3), ...bytes.subarray(end)]
  expect(around.every((byte) => byte === 0xee)).toBe(true)
  return bytes.slice(3, end)
}

const exact = 2 ** 53
/** Integers of every length in bits, so that every length in bytes occurs. */
const integers = fc
  .tuple(fc.integer({ min: 0, max: 53 }), fc.maxSafeInteger())
  .map(([bits, n]) => Math.trunc(n / 2 ** (53 - bits)))

describe('a varint', () => {
  it.each([
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [63, '7e'],
    [-64, '7f'],
    [64, '8001'],
    [-65, '8101'],
    [8191, 'fe7f'],
    [-8192, 'ff7f'],
    [8192, '808001'],
    [0x7fffffff, 'feffffff0f'],
    [-0x80000000, 'ffffffff0f'],
  ])('of %i is %s, also as a varlong', (n, hex) => {
    expect(Buffer.from(written(writeVarint, n)).toString('hex')).toBe(hex)
    expect(Buffer.from(written(writeVarlong, n)).toString('hex')).toBe(hex)
  })

  it('of an int32 has the announced size and reads back', () => {
    fc.assert(
      fc.property(fc.integer(), (n) => {
        const bytes = written(writeVarint, n)
        expect(bytes.length).toBe(sizeOfVarint(n))
        expect(new Reader(bytes).varint()).toBe(n)
      }),
    )
  })
})

describe('a varlong', () => {
  it.each([
    [2 ** 31, '8080808010'],
    [-(2 ** 31) - 1, '8180808010'],
    [2 ** 53 - 1, 'feffffffffffff1f'],
    [-(2 ** 53 - 1), 'fdffffffffffff1f'],
    [-(2 ** 53), 'ffffffffffffff1f'],
    [2 ** 53, '8080808080808020'],
  ])('of %i is %s', (n, hex) => {
    expect(Buffer.from(written(writeVarlong, n)).toString('hex')).toBe(hex)
  })

  it('is the zigzag of 64 bits, has the announced size and reads back', () => {
    fc.assert(
      fc.property(integers, (n) => {
        const bytes = written(writeVarlong, n)
        const zigzag = BigInt.asUintN(64, (BigInt(n) << 1n) ^ (BigInt(n) >> 63n))
        expect(bytes).toEqual(sevenBitsEach(zigzag))
        expect(bytes.length).toBe(sizeOfVarlong(n))
        expect(new Reader(bytes).varlong()).toBe(n === 0 ? 0 : n)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([-exact, 1 - exact, exact - 1])('of %i reads back', (n) => {
    expect(new Reader(written(writeVarlong, n)).varlong()).toBe(n)
  })
})

describe('an unsigned varint', () => {
  it.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [0xffffffff, 'ffffffff0f'],
  ])('of %i is %s', (n, hex) => {
    expect(Buffer.from(written(writeUvarint, n)).toString('hex')).toBe(hex)
  })

  it('has the announced size and reads back', () => {
    fc.assert(
      fc.property(fc.nat(32), fc.integer({ min: 0, max: 0xffffffff }), (shift, any) => {
        const n = shift === 32 ? 0 : any >>> shift
        const bytes = written(writeUvarint, n)
        expect(bytes.length).toBe(sizeOfUvarint(n))
        expect(new Reader(bytes).uvarint()).toBe(n)
      }),
    )
  })
})

/** The plain definition, with bigints. */
function sevenBitsEach(n: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = n
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}
