import lz4js from 'lz4js'
import { describe, expect, it } from 'vitest'
import { compressLz4, decompressLz4 } from '../../lib/records/lz4.ts'
import { lz4Package } from '../../lib/records/lz4-package.ts'
import { allocatedBy } from '../support/allocated.ts'
import { goldenFiles } from './golden/golden-files.ts'

const limit = 1 << 20
const blockBytes = 64 * 1024
const head = '04224d18604082'
const end = '00000000'

const compressed = (bytes: Uint8Array) =>
  Buffer.from(compressLz4(bytes, lz4Package().compressBlock!))

function noise(length: number): Buffer {
  let state = 1
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state >>> 24
    }),
  )
}

/** The lengths of a frame's blocks, negative if they are uncompressed. */
function lengthsIn(frame: Buffer): number[] {
  const lengths: number[] = []
  for (let at = 7; ; ) {
    const word = frame.readUInt32LE(at)
    if (word === 0) return lengths
    const length = word & 0x7fffffff
    lengths.push(word > 0x7fffffff ? -length : length)
    at += 4 + length
  }
}

describe('an lz4 frame of to-kafka', () => {
  it('begins and ends like those of Java', () => {
    for (const { bytes } of goldenFiles().filter(({ compression }) => compression === 'lz4')) {
      expect(bytes.subarray(61, 68).toString('hex')).toBe(head)
      expect(bytes.subarray(-4).toString('hex')).toBe(end)
    }
    const frame = compressed(Buffer.from('a'.repeat(100)))
    expect(frame.toString('hex')).toMatch(new RegExp(`^${head}.*${end}$`))
  })

  it('of no bytes has no block', () => {
    expect(compressed(Buffer.alloc(0)).toString('hex')).toBe(head + end)
  })

  it('has a block for each 64 KiB', () => {
    const lengths = (bytes: number) => lengthsIn(compressed(Buffer.alloc(bytes, 'abc'))).length
    expect([1, blockBytes, blockBytes + 1, 3 * blockBytes].map(lengths)).toEqual([1, 1, 2, 3])
  })

  it('contains a block uncompressed if compression does not shrink it', () => {
    const bytes = Buffer.concat([noise(blockBytes), Buffer.alloc(blockBytes), noise(10)])

    const frame = compressed(bytes)

    expect(lengthsIn(frame)).toEqual([-blockBytes, expect.any(Number), -10])
    expect(lengthsIn(frame)[1]).toBeLessThan(1000)
    expect(frame.subarray(11, 11 + blockBytes).equals(noise(blockBytes))).toBe(true)
  })

  it('contains a block uncompressed if compression does not change its size', () => {
    const frame = Buffer.from(compressLz4(Buffer.from('abc'), () => Buffer.from('xyz')))
    expect(frame.toString('hex')).toBe(`${head}03000080616263${end}`)
  })

  it('has blocks that do not refer to each other', () => {
    const frame = compressed(Buffer.concat([noise(blockBytes), noise(blockBytes)]))
    expect(lengthsIn(frame)).toEqual([-blockBytes, -blockBytes])
  })

  it('is read by another decoder', () => {
    const bytes = Buffer.concat([noise(70_000), Buffer.alloc(100_000, 'record ')])
    expect(Buffer.from(lz4js.decompress(compressed(bytes))).equals(bytes)).toBe(true)
  })
})

describe('an lz4 frame', () => {
  const block = (text: string) => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(0x80000000 + text.length)
    return Buffer.concat([length, Buffer.from(text)])
  }
  const frame = (...parts: (string | Buffer)[]) =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part)))
  const read = (bytes: Uint8Array) => Buffer.from(decompressLz4(bytes, limit)).toString()

  it('of another client may have blocks of 4 MiB', () => {
    const bytes = Buffer.concat([Buffer.alloc(300_000, 'x'), noise(1000)])
    const theirs = Buffer.from(lz4js.compress(bytes))
    theirs[4]! |= 0x20 // the only block depends on no other
    theirs[6] = 0x73
    expect(theirs[5]).toBe(0x70)
    expect(Buffer.compare(decompressLz4(theirs, limit), bytes)).toBe(0)
  })

  it('may have checksums and its size, which are skipped', () => {
    const size = '0600000000000000'
    const sum = 'ffffffff'
    const all = frame('04224d187c40', size, '79', block('abc'), sum, block('def'), sum, end, sum)
    expect(read(all)).toBe('abcdef')
  })

  it.each([
    ['zeros', '0000000000000000'],
    ['a skippable frame', '502a4d1801000000ff'],
    ['anything else', 'ff'],
  ])('ends with its end mark, if %s follow', (_, rest) => {
    expect(read(frame(head, block('abc'), end, rest))).toBe('abc')
    expect(read(frame('04224d186440a7', block('abc'), end, '12345678', rest))).toBe('abc')
  })

  it.each([
    ['another magic', frame('04224d19604082', end), 'not an LZ4 frame'],
    ['another version', frame('04224d18a04082', end), 'the flags 160'],
    ['a dictionary', frame('04224d18614082', end), 'the flags 97'],
    ['a size of blocks that is none', frame('04224d18603082', end), 'the block size 3'],
    ['blocks that depend on earlier ones', frame('04224d18404082', end), 'depend on earlier'],
    ['a block that is cut off', frame(head, block('abc').subarray(0, 6)), 'has a length of 3'],
    ['a block above 64 KiB', frame(head, block('x'.repeat(65_537)), end), 'a length of 65537'],
    ['no end mark', frame(head, block('abc')), 'outside buffer bounds|out of range'],
    ['another checksum of its head', frame('04224d18604083', end), 'is not 130'],
    ['a content checksum that is cut off', frame('04224d186440a7', end, '123456'), 'is cut off'],
    ['half a head', frame('04224d18'), 'outside buffer bounds|out of range'],
  ])('is refused with %s', (_, bytes, why) => {
    expect(() => read(bytes)).toThrow(new RegExp(why))
  })

  it('of tiny blocks takes memory for their contents, not for the block size of the frame', () => {
    const tiny = Buffer.from([2, 0, 0, 0, 0x10, 0x61])
    const bytes = frame('04224d18607073', ...Array<Buffer>(2000).fill(tiny), end)

    expect(read(bytes)).toBe('a'.repeat(2000))
    expect(allocatedBy(() => read(bytes))).toBeLessThan(5 * bytes.length)
  })

  it('keeps at most twice the size of its contents', () => {
    const bytes = frame('04224d18607073', Buffer.from([2, 0, 0, 0, 0x10, 0x61]), end)
    expect(decompressLz4(bytes, limit).buffer.byteLength).toBeLessThan(10)
  })

  it('is refused above the limit, with any kind of block', () => {
    const raw = frame(head, block('abc'), block('def'), end)
    expect(decompressLz4(raw, 6)).toHaveLength(6)
    expect(() => decompressLz4(raw, 5)).toThrow('more than 5 bytes')
    const packed = compressed(Buffer.alloc(200_000))
    expect(decompressLz4(packed, 200_000)).toHaveLength(200_000)
    expect(() => decompressLz4(packed, 199_999)).toThrow('holds more than')
  })
})
