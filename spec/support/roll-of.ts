import type { Batch } from '../../lib/accumulator/batch.ts'
import type { ProducerRecord } from '../../lib/model.ts'

/** The records of a batch, in order. */
export function recordsOf({ roll }: Batch): ProducerRecord[] {
  return Array.from({ length: roll.count }, (_, index) => roll.recordOf(index))
}

/** The tickets by which their feeds know them. */
export function ticketsOf({ roll }: Batch): unknown[] {
  return Array.from({ length: roll.count }, (_, index) => roll.ticketOf(index))
}
