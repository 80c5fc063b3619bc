import type { Envelope } from '../model.ts'
import { batchOverhead, recordOverheadMax, sizeUpperBound } from '../records/record-fields.ts'

// The bytes of one record cannot be read: their buffer is detached, the view is out of bounds, or their
// `length` throws. Thrown by batch.ts and accumulator.ts, which are then unchanged; caught by
// stages/accumulate.ts, which fails only that record.

/** Thrown if one record cannot be appended, for any reason; nothing else has changed. */
export class Unreadable extends Error {
  constructor(cause: unknown) {
    super('the bytes of a record cannot be read', { cause })
  }
}

/** Whether a record of short strings surely fits into so many bytes, judging by their lengths. */
export function surelyFits({ key, value, headers }: Envelope, bytes: number): boolean {
  if (headers !== null || typeof value !== 'string') return false
  if (key !== null && typeof key !== 'string') return false
  const characters = value.length + (key === null ? 0 : key.length)
  return batchOverhead + recordOverheadMax + sizesMax + 3 * characters <= bytes
}

/** The bytes of a key's and a value's size fields. */
const sizesMax = 10

/** The most bytes that a record takes in a batch of its own. */
export function boundOf({ key, value, headers }: Envelope): number {
  try {
    return sizeUpperBound(key, value, headers)
  } catch (cause) {
    throw new Unreadable(cause)
  }
}
