import type { Envelope } from '../model.ts'
import { batchOverhead, recordOverheadMax, sizeUpperBound } from '../records/record-fields.ts'

// The bytes of one record cannot be read: they were detached since it was given, its view lies out of
// bounds, or their `length` throws. Thrown by batch.ts and accumulator.ts, which are then as they were
// before that record; caught by stages/accumulate.ts, which fails it alone.

/** Thrown where one record cannot be appended, whatever the reason; nothing else has changed. */
export class Unreadable extends Error {
  constructor(cause: unknown) {
    super('the bytes of a record cannot be read', { cause })
  }
}

/** Whether a record of short strings fits into so many bytes for sure, as far as its length can tell. */
export function surelyFits({ key, value, headers }: Envelope, bytes: number): boolean {
  if (headers !== null || typeof value !== 'string') return false
  if (key !== null && typeof key !== 'string') return false
  const characters = value.length + (key === null ? 0 : key.length)
  return batchOverhead + recordOverheadMax + sizesMax + 3 * characters <= bytes
}

/** What the sizes of a key and a value take. */
const sizesMax = 10

/** The bytes that a record takes in a batch of its own, at most. */
export function boundOf({ key, value, headers }: Envelope): number {
  try {
    return sizeUpperBound(key, value, headers)
  } catch (cause) {
    throw new Unreadable(cause)
  }
}
