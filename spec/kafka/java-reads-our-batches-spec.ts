// The golden batches in the opposite direction: our batches, in every codec that we write, decoded
// and validated by Apache's own Java code. Needs Java and Maven, but no broker.

import { describe, expect, it } from 'vitest'
import { writeHeader, writeStamp } from '../../lib/records/batch-seal.ts'
import { BatchWriter } from '../../lib/records/batch-writer.ts'
import { type Compression, codecs } from '../../lib/records/compression.ts'
import { type GoldenBatch, goldenFiles } from '../records/golden/golden-files.ts'
import { decodeWithJava, type JavaBatch } from './java-decoder.ts'
import { ringIsSkipped } from './kafka-ring.ts'

const skipped = (await ringIsSkipped()) !== null
const withoutZstd = codecs.zstd.compressNeeds() !== null
const written = Object.values(codecs)
  .map(({ name }) => name)
  .filter((name) => name !== 'zstd' || !withoutZstd)

// Producers leave offsets and append times to the broker, so files with these are not ours.
const batches = goldenFiles()
  .filter(({ compression }) => compression === 'gzip')
  .flatMap((file) => file.batches.map((batch) => ({ ...batch, content: file.content })))
  .filter((batch) => !batch.logAppendTime)

describe.skipIf(skipped)('batches written by us', () => {
  const cases = written.flatMap((codec) => batches.map((batch) => ({ codec, batch })))

  it('contain, as Java reads them, the records that went in, with any codec', async () => {
    const decoded = await decodeWithJava(cases.map(({ codec, batch }) => encoded(batch, codec)))

    cases.forEach(({ codec, batch }, index) => {
      const [java, ...more] = decoded[index] as JavaBatch[]
      expect(more).toEqual([])
      expect(java).toMatchObject({
        magic: 2,
        compression: codec,
        timestampType: 'CreateTime',
        maxTimestamp: batch.maxTimestamp,
        producerId: batch.producerId,
        producerEpoch: batch.producerEpoch,
        baseSequence: batch.baseSequence,
        transactional: batch.transactional,
      })
      expect(java?.records).toEqual(
        batch.records.map((record, delta) => ({ ...record, offset: delta })),
      )
    })
  })

  it('are refused by Java if a byte is damaged, so the check can fail', async () => {
    const damaged = written.map((codec) => {
      const bytes = encoded(batches[0]!, codec)
      bytes[bytes.length - 3]! ^= 0x20
      return bytes
    })

    for (const refused of await decodeWithJava(damaged)) {
      expect(refused).toBeInstanceOf(Error)
      expect((refused as Error).message).toMatch(/corrupt/i)
    }
  })
})

function encoded(batch: GoldenBatch, codec: Compression): Buffer {
  const writer = new BatchWriter(Buffer.alloc(1 << 17))
  for (const { timestamp, key, value, headers } of batch.records) {
    expect(writer.append(timestamp, key, value, headers)).toBe(true)
  }
  const payload = codecs[codec].compress(writer.payload)
  const header = Buffer.alloc(61)
  const attributes = codecs[codec].id | (batch.transactional ? 0b10000 : 0)
  writeHeader(header, writer, attributes, payload.length)
  writeStamp([header, payload], batch)
  return Buffer.concat([header, payload])
}
