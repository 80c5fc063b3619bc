import { Fifo } from '../collections/fifo.ts'
import type { PartitionLine } from './partition-line.ts'

// The partitions of one node that have something to send, in the order in which they take turns.
// Invariant: a line is in one of these lists at most (`line.list`), and counts there once. It may have
// lost its reason to be here since; whoever takes it asks again. What could not be taken keeps its place
// at the front, what was taken from goes to the back: a round robin whose cursor is the queue itself.
// A line that moves to another node leaves an entry behind, which is skipped.

export class ReadyLines {
  #lines = new Fifo<PartitionLine>()
  #front: PartitionLine | null = null
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Lists the line here, and in no other list. */
  add(line: PartitionLine): void {
    const before = line.list as ReadyLines | null
    if (before === this) return
    if (before !== null) before.#leave(line)
    line.list = this
    this.#length += 1
    this.#lines.push(line)
  }

  /** Takes the line whose turn it is. */
  shift(): PartitionLine | undefined {
    const line = this.#front ?? this.#next()
    this.#front = null
    if (line === undefined) return undefined
    line.list = null
    this.#length -= 1
    return line
  }

  /** Gives back the line that was just taken: it is its turn again next time. */
  unshift(line: PartitionLine): void {
    line.list = this
    this.#length += 1
    this.#front = line
  }

  #next(): PartitionLine | undefined {
    for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
      if (line.list === this) return line
    }
    return undefined
  }

  #leave(line: PartitionLine): void {
    line.list = null
    this.#length -= 1
    if (this.#front === line) this.#front = null
    else if (this.#lines.length > 2 * this.#length + 16) this.#tidy()
  }

  /** Lets go of entries that are skipped, so that they are never more than those that count. */
  #tidy(): void {
    const lines = new Set<PartitionLine>()
    for (const line of this.#lines) if (line.list === this && line !== this.#front) lines.add(line)
    this.#lines = new Fifo()
    for (const line of lines) this.#lines.push(line)
  }
}
