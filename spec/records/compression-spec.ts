import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { decompress as decompressZstd } from 'fzstd'
import { compress as rawSnappy, uncompress } from 'snappyjs'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../lib/errors/protocol-error.ts'
import { codecById, codecs } from '../../lib/records/compression.ts'
import { payloads } from '../support/payloads.ts'

const limit = 1024 * 1024
const withoutZstd = codecs.zstd.compressNeeds() !== null
const usable = Object.values(codecs)
  .map(({ name }) => name)
  .filter((name) => name !== 'zstd' || !withoutZstd)

describe.each(usable)('%s', (name) => {
  it('returns what was compressed', () => {
    const { compress, decompress } = codecs[name]
    fc.assert(
      fc.property(payloads, (bytes) => {
        expect(Buffer.compare(decompress(compress(bytes), limit), bytes)).toBe(0)
      }),
      { numRuns: 50, examples: [[new Uint8Array(0)], [new Uint8Array(64 * 1024)]] },
    )
  })

  it('does not grow beyond the limit, but may reach it', () => {
    const { compress, decompress } = codecs[name]
    const stream = compress(new Uint8Array(70_000))

    expect(decompress(stream, 70_000).byteLength).toBe(70_000)
    expect(() => decompress(stream, 69_999)).toThrow(ProtocolError)
  })
})

describe('codecs', () => {
  it('have the ids of Kafka', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((id) => codecById(id)?.name)).toEqual([
      'none',
      'gzip',
      'snappy',
      'lz4',
      'zstd',
      undefined,
      undefined,
      undefined,
    ])
    for (const codec of Object.values(codecs)) expect(codecById(codec.id)).toBe(codec)
  })

  it('need nothing, except that zstd needs a newer Node; lz4 is read without its package', () => {
    const needy = Object.values(codecs).filter((codec) => codec.decompressNeeds() !== null)
    expect(needy).toEqual(withoutZstd ? [codecs.zstd] : [])
    expect(codecs.zstd.compressNeeds()).toBe(codecs.zstd.decompressNeeds())
  })

  it('belong to every version of Produce with record batches, zstd to v7 and later', () => {
    const versions = Object.values(codecs).map((codec) => [codec.name, codec.produceVersionMin])
    expect(Object.fromEntries(versions)).toEqual({ none: 3, gzip: 3, snappy: 3, lz4: 3, zstd: 7 })
  })

  it.each(usable.filter((name) => name !== 'none'))(
    'turn damaged %s into a ProtocolError',
    (name) => {
      const { compress, decompress } = codecs[name]
      const stream = Buffer.from(compress(Buffer.from('abcdefgh'.repeat(1000))))

      expect(() => decompress(stream.subarray(0, stream.length - 9), limit)).toThrow(ProtocolError)
      expect(() => decompress(Uint8Array.of(255, 255, 255, 255, 255), limit)).toThrow(ProtocolError)
    },
  )
})

describe('gzip', () => {
  it('writes one member that any gunzip reads, smaller at a higher level', () => {
    const text = Buffer.from(Array.from({ length: 2000 }, (_, i) => `line ${i * 7919}`).join())
    const [fast, small] = [codecs.gzip.compress(text, 1), codecs.gzip.compress(text, 9)]

    expect(gunzipSync(fast).equals(text)).toBe(true)
    expect(small.byteLength).toBeLessThan(fast.byteLength)
  })
})

describe.skipIf(withoutZstd)('zstd', () => {
  const text = Buffer.from(Array.from({ length: 9000 }, (_, i) => `line ${i * 7919}`).join())

  it('writes a frame that another decoder reads, at any level', () => {
    for (const level of [undefined, -131072, -1, 0, 3, 22]) {
      const frame = codecs.zstd.compress(text, level)
      expect(Buffer.from(decompressZstd(frame)).equals(text)).toBe(true)
    }
  })

  it('is read in several frames, and skippable frames are skipped', () => {
    const { compress, decompress } = codecs.zstd
    const skipped = Buffer.from('502a4d1803000000616263', 'hex')
    const read = (...parts: Uint8Array[]) =>
      Buffer.from(decompress(Buffer.concat(parts), limit)).toString()
    const [abc, def, nothing] = ['abc', 'def', ''].map((one) => compress(Buffer.from(one)))
    expect(read(abc!, def!)).toBe('abcdef')
    expect(read(skipped, abc!, skipped, nothing!, def!, skipped)).toBe('abcdef')
    expect(() => read(abc!, Buffer.alloc(8))).toThrow('no zstd frame begins at byte')
    expect(() => read(abc!, def!.subarray(0, 5))).toThrow(ProtocolError)
  })

  it('is refused if several frames exceed the limit, and if there are too many', () => {
    const { compress, decompress } = codecs.zstd
    const frame = compress(Buffer.alloc(100))
    const frames = (count: number) => Buffer.concat(Array<Uint8Array>(count).fill(frame))
    expect(decompress(frames(3), 300)).toHaveLength(300)
    expect(() => decompress(frames(3), 299)).toThrow(ProtocolError)
    expect(() => decompress(frames(10_001), 2e6)).toThrow('more than 10000 frames')
  })

  it('is smaller at a higher level, and 3 is its default', () => {
    const size = (level?: number) => codecs.zstd.compress(text, level).byteLength
    expect(size(-131072)).toBeGreaterThan(size(3))
    expect(size(3)).toBeGreaterThan(size(19))
    expect(size()).toBe(size(3))
  })
})

describe.runIf(withoutZstd)('zstd on a Node without it', () => {
  it('says which Node version has it', () => {
    const { compress, decompress, compressNeeds } = codecs.zstd
    expect(compressNeeds()).toBe('Node 22.15, 23.8 or later')
    expect(() => compress(new Uint8Array(1))).toThrow(ProtocolError)
    expect(() => decompress(new Uint8Array(1), limit)).toThrow('zstd needs Node 22.15')
  })
})

describe('snappy', () => {
  it('writes the xerial header, then blocks of 32 KiB with their lengths', () => {
    const bytes = new Uint8Array(32 * 1024 + 5).fill(7)

    const stream = Buffer.from(codecs.snappy.compress(bytes))

    expect(stream.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001')
    const length = stream.readInt32BE(16)
    const first = uncompress(stream.subarray(20, 20 + length))
    const second = uncompress(stream.subarray(24 + length))
    expect(stream.readInt32BE(20 + length)).toBe(stream.length - 24 - length)
    expect([first.byteLength, second.byteLength]).toEqual([32 * 1024, 5])
  })

  it('reads several xerial streams, also empty ones', () => {
    const { compress, decompress } = codecs.snappy
    const read = (...texts: string[]) => {
      const streams = texts.map((text) => compress(Buffer.from(text)))
      return Buffer.from(decompress(Buffer.concat(streams), limit)).toString()
    }
    expect(read('abc', 'def', 'ghi')).toBe('abcdefghi')
    expect(read('', 'abc', '', '')).toBe('abc')
    const half = Buffer.concat([
      compress(Buffer.from('abc')),
      compress(Buffer.alloc(0)).subarray(9),
    ])
    expect(() => decompress(half, limit)).toThrow('goes beyond the end')
  })

  it('reads raw snappy without a header', () => {
    const bytes = Buffer.from('as librdkafka writes it')
    expect(codecs.snappy.decompress(rawSnappy(bytes), limit)).toEqual(new Uint8Array(bytes))
  })
})
