import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Stamp, writeHeader, writeStamp } from '../../lib/records/batch-seal.ts'
import { BatchWriter } from '../../lib/records/batch-writer.ts'
import { batchOverhead } from '../../lib/records/record-fields.ts'

const stamp: Stamp = { producerId: 81n, producerEpoch: 3, baseSequence: 2 ** 31 - 1 }

function finished(writer: BatchWriter, by: Stamp = stamp): Buffer {
  writer.finish()
  writeHeader(writer.buffer, writer, 0, writer.length - batchOverhead)
  const whole = writer.buffer.subarray(0, writer.length)
  writeStamp([whole], by)
  return whole
}

describe('writeHeader and writeStamp', () => {
  it('write times and ids of every size', () => {
    const id = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    fc.assert(
      fc.property(fc.maxSafeNat(), id, (timestamp, producerId) => {
        const writer = new BatchWriter(Buffer.alloc(200))
        writer.append(timestamp, null, 'v', null)
        const whole = finished(writer, { ...stamp, producerId })
        expect(whole.readBigInt64BE(27)).toBe(BigInt(timestamp))
        expect(whole.readBigInt64BE(35)).toBe(BigInt(timestamp))
        expect(whole.readBigInt64BE(43)).toBe(producerId)
      }),
    )
  })
})

describe('writeStamp', () => {
  it('changes the producer id and number of a batch, and nothing else, as often as needed', () => {
    const writer = new BatchWriter(Buffer.alloc(200))
    writer.append(0, 'k', 'v', null)
    const first = Buffer.from(finished(writer))
    finished(writer, { producerId: -1n, producerEpoch: -1, baseSequence: -1 })
    expect(finished(writer)).toEqual(first)
  })

  it('has the checksum of all chunks', () => {
    const writer = new BatchWriter(Buffer.alloc(200))
    writer.append(0, 'k', 'v', null)
    const whole = Buffer.from(finished(writer))
    const header = Buffer.from(whole.subarray(0, batchOverhead))
    writeStamp([header, whole.subarray(batchOverhead)], stamp)
    expect(header).toEqual(whole.subarray(0, batchOverhead))
  })
})
