// Batches that Apache's own Java code wrote, read by our reader; and our batches, byte for byte
// equal to Apache's if nothing is compressed. (The opposite direction, our batches read by Java,
// needs Java: spec/kafka/.)

import { decompress as decompressZstd } from 'fzstd'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readHeader } from '../../lib/records/batch-header.ts'
import { checkBatch, readBatches } from '../../lib/records/batch-reader.ts'
import { writeHeader, writeStamp } from '../../lib/records/batch-seal.ts'
import { BatchWriter } from '../../lib/records/batch-writer.ts'
import { codecs } from '../../lib/records/compression.ts'
import { type GoldenBatch, goldenFiles } from './golden/golden-files.ts'

const files = goldenFiles()

// If Node has no zstd, the decoder of a development dependency is used.
beforeAll(() => {
  if (codecs.zstd.decompressNeeds() === null) return
  vi.spyOn(codecs.zstd, 'decompress').mockImplementation((bytes) => decompressZstd(bytes))
})
afterAll(() => {
  vi.restoreAllMocks()
})

describe('batches written by Apache', () => {
  it('cover every codec, keys, headers, nulls, an idempotent producer and several batches', () => {
    const codecsSeen = new Set(files.map(({ compression }) => compression))
    const records = files.flatMap(({ batches }) => batches.flatMap((batch) => batch.records))

    expect([...codecsSeen].sort()).toEqual(['gzip', 'lz4', 'none', 'snappy', 'zstd'])
    expect(records.some(({ key }) => key === null)).toBe(true)
    expect(records.some(({ key }) => key?.length === 0)).toBe(true)
    expect(records.some(({ value }) => value === null)).toBe(true)
    expect(records.some(({ headers }) => headers.length > 5)).toBe(true)
    expect(files.some(({ batches }) => batches.length > 1)).toBe(true)
    expect(files.some(({ batches }) => batches[0]!.baseSequence >= 0)).toBe(true)
  })

  it.each(files)('decode to the records Java was given: $file', ({ bytes, batches }) => {
    const decoded = readBatches(bytes)

    expect(decoded.map(({ records }) => records.map(plain))).toEqual(
      batches.map(({ records }) => records.map(plain)),
    )
  })

  it.each(files)('have their producer and time: $file', ({ bytes, batches, compression }) => {
    const headers = readBatches(bytes).map(({ header }) => header)

    headers.forEach((header, index) => {
      const batch = batches[index]!
      expect(header).toMatchObject({
        baseOffset: batch.baseOffset,
        partitionLeaderEpoch: batch.partitionLeaderEpoch,
        magic: 2,
        attributes: attributesOf(batch, compression),
        lastOffsetDelta: batch.records.length - 1,
        recordCount: batch.records.length,
        maxTimestamp: batch.maxTimestamp,
        producerId: batch.producerId,
        producerEpoch: batch.producerEpoch,
        baseSequence: batch.baseSequence,
      })
    })
  })

  it.each(files)('pass the check of a broker: $file', ({ bytes }) => {
    for (const one of eachBatch(bytes)) expect(() => checkBatch(one)).not.toThrow()
  })

  it.each(files)('fail it with any changed byte after the checksum: $file', ({ bytes }) => {
    const [one] = eachBatch(bytes)
    for (let at = 21; at < one!.length; at += Math.max(1, one!.length >> 5)) {
      const damaged = Buffer.from(one!)
      damaged[at]! ^= 0x10
      expect(() => checkBatch(damaged)).toThrow(/checksum/)
    }
  })
})

describe('batches written by to-kafka', () => {
  const uncompressed = files.filter(
    ({ compression, batches }) =>
      compression === 'none' && batches.every((batch) => !batch.logAppendTime),
  )

  it.each(uncompressed)('have the bytes that Java writes: $file', ({ bytes, batches }) => {
    const ours = batches.map((batch) => withBrokersFields(written(batch), batch))

    expect(Buffer.concat(ours).toString('hex')).toBe(bytes.toString('hex'))
  })
})

function written(batch: GoldenBatch): Buffer {
  const writer = new BatchWriter(Buffer.alloc(1 << 17))
  for (const { timestamp, key, value, headers } of batch.records) {
    expect(writer.append(timestamp, key, value, headers)).toBe(true)
  }
  const bytes = writer.buffer.subarray(0, writer.length)
  writeHeader(bytes, writer, attributesOf(batch, 'none'), writer.payload.length)
  writeStamp([bytes], batch)
  return bytes
}

/**
 * The broker sets the base offset of a batch, outside of the checksum; the golden batches have one.
 */
function withBrokersFields(bytes: Buffer, batch: GoldenBatch): Buffer {
  bytes.writeBigInt64BE(BigInt(batch.baseOffset), 0)
  bytes.writeInt32BE(batch.partitionLeaderEpoch, 12)
  return bytes
}

function attributesOf(batch: GoldenBatch, compression: keyof typeof codecs): number {
  return (
    codecs[compression].id |
    (batch.logAppendTime ? 0b1000 : 0) |
    (batch.transactional ? 0b10000 : 0)
  )
}

function* eachBatch(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const { byteLength } = readHeader(bytes, at)
    yield bytes.subarray(at, at + byteLength)
    at += byteLength
  }
}

interface AnyRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array | null }[]
}

function plain({ offset, timestamp, key, value, headers }: AnyRecord) {
  const named = headers.map((header) => [header.key, hex(header.value)])
  return { offset, timestamp, key: hex(key), value: hex(value), headers: named }
}

function hex(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('hex')
}
