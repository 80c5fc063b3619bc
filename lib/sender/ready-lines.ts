import { Fifo } from '../collections/fifo.ts'
import type { PartitionLine } from './partition-line.ts'

// The partitions of one node that have something to send, in the order in which they take turns.
// Invariant: a line is in at most one of these (`listed`), at most once. It may have lost its reason
// to be here since; whoever takes it asks again. What could not be taken keeps its place at the
// front, what was taken from goes to the back: a round robin whose cursor is the queue itself.

export class ReadyLines {
  #lines = new Fifo<PartitionLine>()
  #front: PartitionLine | null = null

  get length(): number {
    return this.#lines.length + (this.#front === null ? 0 : 1)
  }

  add(line: PartitionLine): void {
    if (line.listed) return
    line.listed = true
    this.#lines.push(line)
  }

  /** Takes the line whose turn it is. */
  shift(): PartitionLine | undefined {
    const line = this.#front ?? this.#lines.shift()
    this.#front = null
    if (line !== undefined) line.listed = false
    return line
  }

  /** Gives back the line that was just taken: it is its turn again next time. */
  unshift(line: PartitionLine): void {
    line.listed = true
    this.#front = line
  }
}
