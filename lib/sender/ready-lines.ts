import { Fifo } from '../collections/fifo.ts'
import type { PartitionLine } from './partition-line.ts'

// The partitions of one node that have something to send, in the order of their turns.
//
// Invariant: a line is in at most one of these lists (`line.entry`), and has one valid entry there. Its
// reason to be here may be gone, so the caller checks again. A line that could not be taken from keeps its
// place at the front; others go to the back: a round robin whose cursor is the queue itself. A line that
// moves to another node leaves an entry behind, which is skipped even if the line comes back, because it
// has another entry then. With two, it would be in one request twice, which brokers refuse.

/** A line's place in a list. */
interface Entry {
  readonly line: PartitionLine
  readonly list: ReadyLines
}

export class ReadyLines {
  #entries = new Fifo<Entry>()
  #front: Entry | null = null
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Whether the line is listed here. */
  has(line: PartitionLine): boolean {
    return entryOf(line)?.list === this
  }

  /** Lists the line here, and in no other list. */
  add(line: PartitionLine): void {
    const before = entryOf(line)
    if (before?.list === this) return
    if (before !== null) before.list.#leave(before)
    const entry = { line, list: this }
    line.entry = entry
    this.#length += 1
    this.#entries.push(entry)
  }

  /** Takes the line whose turn it is. */
  shift(): PartitionLine | undefined {
    const entry = this.#front ?? this.#next()
    this.#front = null
    if (entry === undefined) return undefined
    entry.line.entry = null
    this.#length -= 1
    return entry.line
  }

  /** Gives back the line that was just taken: it is first again next time. */
  unshift(line: PartitionLine): void {
    this.#front = { line, list: this }
    line.entry = this.#front
    this.#length += 1
  }

  #next(): Entry | undefined {
    for (let entry = this.#entries.shift(); entry; entry = this.#entries.shift()) {
      if (entry.line.entry === entry) return entry
    }
    return undefined
  }

  #leave(entry: Entry): void {
    entry.line.entry = null
    this.#length -= 1
    if (this.#front === entry) this.#front = null
    else if (this.#entries.length > 2 * this.#length + 16) this.#tidy()
  }

  /** Removes skipped entries, so there are never more of them than valid ones. */
  #tidy(): void {
    const kept = [...this.#entries].filter((entry) => entry.line.entry === entry)
    this.#entries = new Fifo()
    for (const entry of kept) this.#entries.push(entry)
  }
}

function entryOf(line: PartitionLine): Entry | null {
  return line.entry as Entry | null
}
