import { describe, expect, it } from 'vitest'
import { assignOffset, readHeader } from '../../lib/records/batch-header.ts'
import { crc32c } from '../../lib/records/checksum.ts'
import { batch } from '../support/batches.ts'

const bytes = batch({
  records: [{ timestamp: 1_700_000_000_000 }, { timestamp: 1_700_000_000_007 }],
  producerId: 2n ** 62n,
  producerEpoch: 32767,
  baseSequence: 2147483647,
})

describe('readHeader', () => {
  it('reads every field, at any start of the batch', () => {
    const shifted = Buffer.concat([Buffer.alloc(5, 0xff), bytes])

    expect(readHeader(shifted, 5)).toEqual({
      baseOffset: 0,
      batchLength: bytes.length - 12,
      partitionLeaderEpoch: -1,
      magic: 2,
      crc: crc32c(bytes, 21),
      attributes: 0,
      lastOffsetDelta: 1,
      baseTimestamp: 1_700_000_000_000,
      maxTimestamp: 1_700_000_000_007,
      producerId: 2n ** 62n,
      producerEpoch: 32767,
      baseSequence: 2147483647,
      recordCount: 2,
      byteLength: bytes.length,
    })
  })

  it('reads -1 as -1 in fields of eight bytes', () => {
    const header = readHeader(batch({ records: [{ timestamp: -1 }] }))
    expect(header).toMatchObject({ baseTimestamp: -1, maxTimestamp: -1, producerId: -1n })
  })
})

describe('assignOffset', () => {
  it('writes offset and leader epoch, and does not change what the checksum covers', () => {
    const copy = Buffer.from(bytes)

    assignOffset(copy, 2 ** 40 + 3, 17)

    expect(readHeader(copy)).toMatchObject({ baseOffset: 2 ** 40 + 3, partitionLeaderEpoch: 17 })
    expect(copy.subarray(16)).toEqual(bytes.subarray(16))
  })
})
