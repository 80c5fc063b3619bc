// What Reader reads from bytes, and that it never goes past their end.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Reader } from '../../lib/bytes/reader.ts'
import { ProtocolError } from '../../lib/errors/protocol-error.ts'

const of = (hex: string) => new Reader(Buffer.from(hex, 'hex'))

/** Every read, with the number of bytes that it needs at least. */
const reads: [name: string, length: number, read: (reader: Reader) => unknown][] = [
  ['boolean', 1, (r) => r.boolean()],
  ['int8', 1, (r) => r.int8()],
  ['int16', 2, (r) => r.int16()],
  ['uint16', 2, (r) => r.uint16()],
  ['int32', 4, (r) => r.int32()],
  ['uint32', 4, (r) => r.uint32()],
  ['int64', 8, (r) => r.int64()],
  ['float64', 8, (r) => r.float64()],
  ['uvarint', 1, (r) => r.uvarint()],
  ['varint', 1, (r) => r.varint()],
  ['varlong', 1, (r) => r.varlong()],
  ['uuid', 16, (r) => r.uuid()],
  ['bytes', 3, (r) => r.bytes(3)],
  ['utf8', 3, (r) => r.utf8(3)],
  ['skip', 3, (r) => r.skip(3)],
]

describe('Reader', () => {
  it.each(reads)('%s takes %i bytes and refuses fewer', (_, length, read) => {
    const whole = new Reader(new Uint8Array(length))
    read(whole)
    expect(whole.position).toBe(length)
    expect(whole.remaining).toBe(0)
    for (let short = 0; short < length; short++) {
      const reader = new Reader(new Uint8Array(short))
      expect(() => read(reader)).toThrow(expect.objectContaining({ code: 'TRUNCATED' }))
    }
  })

  it.each(reads)('%s gives a value or a ProtocolError for any bytes', (_, __, read) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        try {
          read(new Reader(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }),
    )
  })

  it('reads integers big endian, with their sign', () => {
    expect(of('ff').int8()).toBe(-1)
    expect(of('8001').int16()).toBe(-0x7fff)
    expect(of('8001').uint16()).toBe(0x8001)
    expect(of('80000001').int32()).toBe(-0x7fffffff)
    expect(of('80000001').uint32()).toBe(0x80000001)
    expect(of('8000000000000001').int64()).toBe(-0x7fffffffffffffffn)
    expect(of('3ff8000000000000').float64()).toBe(1.5)
  })

  it('reads any byte except zero as true', () => {
    expect([of('00').boolean(), of('01').boolean(), of('ff').boolean()]).toEqual([
      false,
      true,
      true,
    ])
  })

  it('reads a part of the bytes, and nothing past its end', () => {
    const reader = new Reader(Buffer.from('0102030405', 'hex'), 1, 3)
    expect(reader.int16()).toBe(0x0203)
    expect(() => reader.int8()).toThrow(expect.objectContaining({ code: 'TRUNCATED' }))
  })

  it('returns bytes as a view, also of a view', () => {
    const frame = Buffer.from('aabbccdd', 'hex').subarray(1)
    const reader = new Reader(frame)
    reader.skip(1)
    const view = reader.bytes(2)
    frame[1] = 0x11
    expect([...view]).toEqual([0x11, 0xdd])
  })

  it('reads invalid UTF-8 as U+FFFD', () => {
    expect(of('61ff62').utf8(3)).toBe('a\ufffdb')
  })

  it('reads an id as base64url', () => {
    expect(of('00112233445566778899aabbccddeeff').uuid()).toBe('ABEiM0RVZneImaq7zN3u_w')
  })

  it.each([
    ['an unsigned varint of more than 32 bits', () => of('ffffffff1f').uvarint()],
    ['an unsigned varint that does not end', () => of('ffffffffffff01').uvarint()],
    ['a varint of more than 32 bits', () => of('ffffffff7f').varint()],
    ['a varlong of more than 64 bits', () => of('ffffffffffffffffffffff01').varlong()],
    ['a varlong beyond 2^53', () => of('8080808080808040').varlong()],
    ['a negative length', () => of('00').bytes(-1)],
  ])('refuses %s', (_, read) => {
    expect(read).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }))
  })

  it('reads a varint that is longer than necessary', () => {
    expect(of('8000').uvarint()).toBe(0)
    expect(of('80808000').varlong()).toBe(0)
  })
})
