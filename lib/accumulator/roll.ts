import type { Envelope, Feed, ProducerRecord } from '../model.ts'

// The records of a batch: for each, the object that came in, its feed, and the feed's ticket. These are
// parallel arrays instead of an object for each record: a batch outlives the collector's young generation,
// and the number of live objects decides the speed. The arrays start with room for as many records as the
// previous batch had. A growing array is copied each time, which came to 48 bytes of garbage per record.
// Owned by batch.ts.

/** The records of a batch, in order. */
export class Roll {
  #count = 0
  /** For each record, the object that came in and its ticket. */
  #entries: unknown[] = []
  /** The feed of all records, as long as there is only one. */
  #feed: Feed | null = null
  /** The feed of each record, if there are several. */
  #feeds: Feed[] | null = null

  /** `expected` records will probably come. */
  constructor(expected: number) {
    // Not `new Array(expected)`: V8 learns that such arrays live long, allocates them in the old
    // generation, and each record in such an array stays until that is collected. In one process of two
    // this doubled the cost of a record.
    this.#entries.length = 2 * expected
  }

  /** Adds the next record. */
  add({ original, ticket, feed }: Pick<Envelope, 'original' | 'ticket' | 'feed'>): void {
    const index = this.#count
    this.#count = index + 1
    this.#entries[2 * index] = original
    this.#entries[2 * index + 1] = ticket
    if (feed !== this.#feed) this.#give(index, feed)
    else if (this.#feeds !== null) this.#feeds.push(feed)
  }

  /** The number of records. */
  get count(): number {
    return this.#count
  }

  /** The object that was passed in. */
  recordOf(index: number): ProducerRecord {
    return this.#entries[2 * index] as ProducerRecord
  }

  /** The feed's ticket of the record. */
  ticketOf(index: number): unknown {
    return this.#entries[2 * index + 1]
  }

  /** The feed that gave the record and gets its result. */
  feedOf(index: number): Feed {
    return this.#feeds === null ? this.#feed! : this.#feeds[index]!
  }

  /** Releases all records. */
  clear(): void {
    this.#count = 0
    this.#entries = none
    this.#feed = null
    this.#feeds = null
  }

  /** The newest record is of another feed than the first, or is the first. */
  #give(index: number, feed: Feed): void {
    if (index === 0) this.#feed = feed
    else {
      this.#feeds ??= new Array<Feed>(index).fill(this.#feed!)
      this.#feeds.push(feed)
    }
  }
}

const none: unknown[] = []
