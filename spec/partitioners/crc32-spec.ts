import library from 'crc-32'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32 } from '../../lib/partitioners/crc32.ts'

describe('crc32', () => {
  it("has the checksum of the algorithm's catalogue", () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926)
    expect(crc32(new Uint8Array())).toBe(0)
  })

  it('is what the package crc-32 computes of any bytes', () => {
    const law = (bytes: Uint8Array) => crc32(bytes) === library.buf(bytes) >>> 0
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), law))
  })
})
