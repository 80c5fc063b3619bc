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

describe('writeStamp', () => {
  it('changes who sends a batch, and nothing else, as often as it has to', () => {
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
