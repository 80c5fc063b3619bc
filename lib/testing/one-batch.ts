// Whether bytes are exactly one record batch, judged by sizes alone: what Kafka checks in a partition's
// bytes before it looks up the partition. Called by append.ts.

import type { KafkaErrorName } from '../errors/error-codes.ts'
import { batchLengthAt, lengthOverhead, magicAt } from '../records/batch-header.ts'

/** Why bytes are not one batch. */
export interface Misfit {
  readonly error: KafkaErrorName
  readonly why: string
  /** The message in the answer. */
  readonly message?: string
}

/** The smallest length of any Kafka batch or message format. */
const batchLengthMin = 14

/**
 * Null if `bytes` are one batch of format 2, as far as its size and its magic tell. Trailing bytes that are
 * not a whole batch are not noticed, as in Kafka.
 */
export function misfitOf(bytes: Uint8Array): Misfit | null {
  const size = sizeOf(bytes)
  if (size === 'corrupt') return corrupt(bytes)
  if (size === 'partial') return invalid(`${bytes.byteLength} bytes are no whole record batch`)
  if (bytes[magicAt] !== 2) return invalid(`the batch has the magic ${bytes[magicAt]}, not 2`)

  const rest = bytes.subarray(size)
  const next = sizeOf(rest)
  if (next === 'partial') return null
  if (next === 'corrupt') {
    return { error: 'CORRUPT_MESSAGE', why: `the ${rest.byteLength} bytes after it are no batch` }
  }
  return invalid(`${rest.byteLength} bytes follow, but exactly one batch is allowed`)
}

/** The bytes of the first batch; `partial` if they are not complete. */
function sizeOf(bytes: Uint8Array): number | 'partial' | 'corrupt' {
  if (bytes.byteLength < lengthOverhead) return 'partial'
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const length = view.getInt32(batchLengthAt)
  if (length < batchLengthMin) return 'corrupt'
  if (bytes.byteLength <= magicAt) return 'partial'
  const magic = view.getInt8(magicAt)
  if (magic < 0 || magic > 2) return 'corrupt'
  return bytes.byteLength < lengthOverhead + length ? 'partial' : lengthOverhead + length
}

/** Kafka's message. */
function corrupt(bytes: Uint8Array): Misfit {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const length = view.getInt32(batchLengthAt)
  const message =
    length < batchLengthMin
      ? `Record size ${length} is less than the minimum record overhead (${batchLengthMin})`
      : `Invalid magic found in record: ${view.getInt8(magicAt)}`
  return { error: 'CORRUPT_MESSAGE', why: message, message }
}

function invalid(why: string): Misfit {
  return { error: 'INVALID_RECORD', why }
}
