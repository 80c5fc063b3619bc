import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { compress as rawSnappy, uncompress } from 'snappyjs'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../lib/errors/protocol-error.ts'
import { type Compression, codecById, codecs } from '../../lib/records/compression.ts'

const limit = 1024 * 1024
const usable = ['none', 'gzip', 'snappy'] as const satisfies Compression[]

// Longer than a snappy block, compressible and not.
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 400 }))
    .map(([piece, times]) => new Uint8Array(Buffer.concat(Array(times).fill(piece)))),
)

describe.each(usable)('%s', (name) => {
  it('gives back what was compressed', () => {
    const { compress, decompress } = codecs[name]
    fc.assert(
      fc.property(payload, (bytes) => {
        expect(Buffer.compare(decompress(compress(bytes), limit), bytes)).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  it('refuses to grow beyond the limit, and reaches it', () => {
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

  it.each(['lz4', 'zstd'] as const)('say that %s is not available', (name) => {
    const { canCompress, canDecompress, compress, decompress } = codecs[name]
    expect([canCompress, canDecompress]).toEqual([false, false])
    expect(() => compress(new Uint8Array(1))).toThrow(`the codec ${name} is not available`)
    expect(() => decompress(new Uint8Array(1), limit)).toThrow(`the codec ${name} is not available`)
  })

  it.each(['gzip', 'snappy'] as const)('turn damaged %s into a ProtocolError', (name) => {
    const { compress, decompress } = codecs[name]
    const stream = Buffer.from(compress(Buffer.from('abcdefgh'.repeat(1000))))

    expect(() => decompress(stream.subarray(0, stream.length - 9), limit)).toThrow(ProtocolError)
    expect(() => decompress(Uint8Array.of(255, 255, 255, 255, 255), limit)).toThrow(ProtocolError)
  })
})

describe('gzip', () => {
  it('writes one member that any gunzip reads, smaller at a higher level', () => {
    const text = Buffer.from(Array.from({ length: 2000 }, (_, i) => `line ${i * 7919}`).join())
    const [fast, small] = [codecs.gzip.compress(text, 1), codecs.gzip.compress(text, 9)]

    expect(gunzipSync(fast).equals(text)).toBe(true)
    expect(small.byteLength).toBeLessThan(fast.byteLength)
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

  it('reads raw snappy without a header', () => {
    const bytes = Buffer.from('as librdkafka writes it')
    expect(codecs.snappy.decompress(rawSnappy(bytes), limit)).toEqual(new Uint8Array(bytes))
  })
})
