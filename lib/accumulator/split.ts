import { type LogRecord, readBatches } from '../records/batch-reader.ts'
import { batchOverhead, sizeOfRecord } from '../records/record-fields.ts'
import type { Batch } from './batch.ts'

// Splits a batch that the broker finds too large into two of about half its size, in the same order. (Java
// packs its records again up to batch.size, and never succeeds if the topic's limit is below that.) The
// broker has refused the batch as a whole, so no part of it is in the log. Called by sender/, for a batch
// that is off the wire.

/**
 * The parts of a batch of two or more records, closed and ready to be sent. Null if buffer.memory has no
 * room for them at present; then nothing has changed.
 */
export function splitBatch(batch: Batch): readonly Batch[] | null {
  const { records } = readBatches(Buffer.concat(batch.chunks))[0]!
  const middle = halfOf(records)
  const parts = [
    partOf(batch, records.slice(0, middle), 0),
    partOf(batch, records.slice(middle), middle),
  ]
  return batch.splitInto(parts) ? parts : null
}

/** A batch of these records, which begin at index `from` of the whole. */
function partOf(batch: Batch, records: readonly LogRecord[], from: number): Batch {
  const part = batch.sibling(batchOverhead + sum(sizesOf(records)))
  records.forEach(({ key, value, headers }, index) => {
    const fitted = part.append({
      original: batch.roll.recordOf(from + index),
      feed: batch.roll.feedOf(from + index),
      ticket: batch.roll.ticketOf(from + index),
      timestamp: batch.timestampOf(from + index),
      key,
      value,
      headers: headers.length === 0 ? null : headers,
      token: null,
    })
    if (!fitted) throw new Error('the part of a batch has no room for its records')
  })
  part.closeNow()
  return part
}

/** The index with about as many bytes before it as after; neither side is empty. */
function halfOf(records: readonly LogRecord[]): number {
  const sizes = sizesOf(records)
  const half = sum(sizes) / 2
  let before = sizes[0]!
  let index = 1
  while (index < records.length - 1 && before + sizes[index]! <= half) {
    before += sizes[index]!
    index += 1
  }
  return index
}

/** The bytes that each of these records takes in a batch of its own. */
function sizesOf(records: readonly LogRecord[]): number[] {
  const base = records[0]!.timestamp
  return records.map(({ timestamp, key, value, headers }, index) =>
    sizeOfRecord(index, timestamp - base, key, value, headers),
  )
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0)
}
