import type { BatchFacts } from '../../lib/observer.ts'

/** A batch as actors report it: one record of 39 bytes, sent for the first time. */
export function batch(facts: Partial<BatchFacts> = {}): BatchFacts {
  const size = facts.size ?? 100
  return {
    topic: 't',
    partition: 0,
    count: 1,
    size,
    rawSize: size,
    largestRecord: 39,
    attempts: 1,
    createdAt: 0,
    ...facts,
  }
}
