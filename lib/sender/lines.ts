import type { PartitionState } from '../topics/topic-state.ts'
import { type LineRules, PartitionLine } from './partition-line.ts'

// The lines of partitions. Each is kept with its partition; those that have something to send, or wait for
// an older batch, are also listed here. Invariant: a busy line is listed. An idle one is removed after the
// sender has looked at it.

export class Lines {
  /** Lines whose batches were numbered under the current identity are gone. */
  isForgetful = false
  #rules: LineRules
  #busy = new Set<PartitionLine>()

  constructor(rules: LineRules) {
    this.#rules = rules
  }

  /** The line of a partition; a new one if nothing was sent there yet. */
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

  /** The busy ones. */
  [Symbol.iterator](): IterableIterator<PartitionLine> {
    return this.#busy.values()
  }
}

/** The line of a partition; null if nothing was sent there yet. */
export function lineOf(place: PartitionState): PartitionLine | null {
  return place.line as PartitionLine | null
}
