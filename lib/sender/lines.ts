import type { PartitionState } from '../topics/topic-state.ts'
import { type LineRules, PartitionLine } from './partition-line.ts'

// The lines of partitions: each is kept with its partition, and those that have something to send, or
// wait for an older batch, are listed here as well.
// Invariant: a line that is busy is listed; one that is not goes when the sender has looked at it.

export class Lines {
  /** Lines that batches were numbered in are gone, under the identity that is used now. */
  isForgetful = false
  #rules: LineRules
  #busy = new Set<PartitionLine>()

  constructor(rules: LineRules) {
    this.#rules = rules
  }

  /** The line of a partition; a new one where nothing was sent there yet. */
  of(place: PartitionState): PartitionLine {
    const known = lineOf(place)
    if (known !== null) return known
    const line = new PartitionLine(place, this.#rules)
    place.line = line
    return line
  }

  /** Its next batch is due. */
  begun(line: PartitionLine): void {
    this.#busy.add(line)
  }

  /** Whether no line is busy. */
  get areIdle(): boolean {
    for (const line of this.#busy) {
      if (line.isBusy) return false
      this.#busy.delete(line)
    }
    return true
  }

  /** Something about the line has changed. */
  looked(line: PartitionLine): void {
    if (!line.isBusy) this.#busy.delete(line)
  }

  /** Those that are busy. */
  [Symbol.iterator](): IterableIterator<PartitionLine> {
    return this.#busy.values()
  }
}

/** The line of a partition; null where nothing was sent there yet. */
export function lineOf(place: PartitionState): PartitionLine | null {
  return place.line as PartitionLine | null
}
