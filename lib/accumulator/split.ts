import { type LogRecord, readBatches } from '../records/batch-reader.ts'
import { batchOverhead, sizeUpperBound } from '../records/batch-writer.ts'
import type { Batch } from './batch.ts'

// A batch that the broker finds too large becomes two of about half its size, in the same order.
// (Java packs anew up to batch.size, and never gets anywhere where the topic's limit is below that.)
// The broker has refused the batch as a whole, so no part of it is in the log.

/** The parts of a batch of two records or more, closed and ready to be sent. */
export function splitBatch(batch: Batch): readonly Batch[] {
  const { records } = readBatches(Buffer.concat(batch.chunks))[0]!
  const middle = halfOf(records)
  const parts = [partOf(batch, records, 0, middle), partOf(batch, records, middle, records.length)]
  batch.splitInto(parts)
  return parts
}

function partOf(batch: Batch, records: readonly LogRecord[], from: number, to: number): Batch {
  const part = batch.sibling(sizeOf(records, from, to))
  for (let index = from; index < to; index += 1) {
    const { key, value, headers } = records[index]!
    const fitted = part.append({
      original: batch.records[index]!,
      feed: batch.feeds[index]!,
      ticket: batch.tickets[index],
      timestamp: batch.timestamps[index]!,
      key,
      value,
      headers: headers.length === 0 ? null : headers,
      token: null,
    })
    if (!fitted) throw new Error('the part of a batch has no room for its records')
  }
  part.close()
  return part
}

/** The index that has about as many bytes before it as after; neither side is empty. */
function halfOf(records: readonly LogRecord[]): number {
  const half = sizeOf(records, 0, records.length) / 2
  let index = 1
  while (index < records.length - 1 && sizeOf(records, 0, index + 1) <= half) index += 1
  return index
}

/** An upper bound of the bytes that these records take in a batch of their own. */
function sizeOf(records: readonly LogRecord[], from: number, to: number): number {
  let size = batchOverhead
  for (let index = from; index < to; index += 1) {
    const { key, value, headers } = records[index]!
    size += sizeUpperBound(key, value, headers) - batchOverhead
  }
  return size
}
