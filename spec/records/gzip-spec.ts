import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decompressGzip } from '../../lib/records/gzip.ts'

const limit = 1 << 20
const [abc, def] = [gzipSync('abc'), gzipSync('def')]
const read = (...parts: Uint8Array[]) => decompressGzip(Buffer.concat(parts), limit).toString()

/** A member with all optional fields. */
function adorned(member: Buffer): Buffer {
  const head = Buffer.from(member.subarray(0, 10))
  head[3] = 2 | 4 | 8 | 16
  const fields = Buffer.concat([Buffer.from([3, 0]), Buffer.from('abcname\0comment\0')])
  // Node checks the checksum of the header, which is the low half of its CRC-32.
  const before = Buffer.concat([head, fields])
  const sum = gzipSync(before).readUInt32LE(gzipSync(before).length - 8) & 0xffff
  return Buffer.concat([before, Buffer.from([sum & 255, sum >> 8]), member.subarray(10)])
}

describe('gzip', () => {
  it('is read in several members', () => {
    expect(read(abc, def)).toBe('abcdef')
    expect(read(abc, adorned(def))).toBe('abcdef')
  })

  it.each([
    ['zeros', Buffer.alloc(3)],
    ['other bytes', Buffer.from('more')],
    ['the first byte of a member', Buffer.from([0x1f])],
    ['the magic of a member, and another method', Buffer.from([0x1f, 0x8b, 1, 0])],
    ['a member that ends within its header', adorned(abc).subarray(0, 18)],
  ])('ends with the last member, if %s follow it', (_, rest) => {
    expect(read(abc, rest)).toBe('abc')
    expect(read(adorned(abc), def, rest)).toBe('abcdef')
  })

  it.each([
    ['that begins with no member', [Buffer.from('none'), abc]],
    ['whose first member is damaged', [damaged(abc), Buffer.from('more')]],
    ['whose second member is damaged', [abc, damaged(def)]],
    ['whose second member is cut off', [abc, def.subarray(0, 14)]],
  ])('is refused in a stream %s', (_, parts) => {
    expect(() => read(...parts)).toThrow()
  })

  it('is refused above the limit, whatever follows', () => {
    const bytes = Buffer.concat([gzipSync(Buffer.alloc(1000)), Buffer.from('more')])
    expect(decompressGzip(bytes, 1000)).toHaveLength(1000)
    expect(() => decompressGzip(bytes, 999)).toThrow('larger than 999 bytes')
  })
})

/** With another checksum. */
function damaged(member: Buffer): Buffer {
  const bytes = Buffer.from(member)
  bytes[bytes.length - 8]! ^= 1
  return bytes
}
