import { attributesAt, transactionalFlag } from './batch-header.ts'
import type { BatchWriter } from './batch-writer.ts'
import { crc32c } from './checksum.ts'
import { batchOverhead } from './record-fields.ts'

// Writes the header of a batch: the content once, when it is closed; the producer's fields and the
// checksum, which covers them, each time it is numbered. batch-header.ts has the position of each field.
// Called by accumulator/batch.ts and batch-bytes.ts.

/** The producer of a batch, and the number of its first record. */
export interface Stamp {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  /** It belongs to its producer's open transaction. */
  readonly isTransactional?: boolean
}

/**
 * Writes the header of a batch, except for the producer's fields. `attributes` says how `payload` is
 * compressed; `header` may be the start of the buffer that holds the payload.
 */
export function writeHeader(
  header: Buffer,
  batch: BatchWriter,
  attributes: number,
  payloadLength: number,
): void {
  writeInt64(header, 0, 0) // baseOffset: set by the broker
  header.writeInt32BE(batchOverhead - 12 + payloadLength, 8)
  header.writeInt32BE(-1, 12) // partitionLeaderEpoch: set by the broker
  header[16] = 2
  header.writeInt16BE(attributes, 21)
  header.writeInt32BE(batch.count - 1, 23)
  writeInt64(header, batch.baseTimestamp, 27)
  writeInt64(header, batch.maxTimestamp, 35)
  header.writeInt32BE(batch.count, 57)
}

/** Writes the producer's fields, and the checksum, which covers them. `chunks[0]` is the header. */
export function writeStamp(chunks: readonly Uint8Array[], stamp: Stamp): void {
  const first = chunks[0] as Buffer
  writeId(first, stamp.producerId, 43)
  first.writeInt16BE(stamp.producerEpoch, 51)
  first.writeInt32BE(stamp.baseSequence, 53)
  if (stamp.isTransactional === true) first[attributesAt + 1]! |= transactionalFlag
  let crc = crc32c(first, 21, first.length)
  for (let index = 1; index < chunks.length; index += 1) {
    const chunk = chunks[index]!
    crc = crc32c(chunk, 0, chunk.length, crc)
  }
  first.writeUInt32BE(crc, 17)
}

// In halves, because Buffer's own method splits a bigint with a dozen others: with many small batches,
// those were an eighth of what a batch allocates.

/** Most clusters count ids from 0, so a number can represent them. */
function writeId(bytes: Buffer, id: bigint, at: number): void {
  const number = Number(id)
  if (Number.isSafeInteger(number)) writeInt64(bytes, number, at)
  else bytes.writeBigInt64BE(id, at)
}

/** An integer with |n| ≤ 2^53. */
function writeInt64(bytes: Buffer, n: number, at: number): void {
  bytes.writeInt32BE(Math.floor(n / 2 ** 32), at)
  bytes.writeUInt32BE(n >>> 0, at + 4)
}
