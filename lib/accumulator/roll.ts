import type { Envelope, Feed, ProducerRecord } from '../model.ts'

// Who is in a batch: of each record what came in, who gave it, and what its giver knows it by. Arrays
// side by side, not an object a record: a batch outlives the collector's young generation, and what is
// alive at once decides the speed. Room for as many as the batch before had is there from the start: an
// array that grows is copied each time, which came to 48 bytes of garbage a record.
// Owned by batch.ts.

/** The records of a batch, in order. */
export class Roll {
  #count = 0
  /** Of each record what came in, and its ticket. */
  #entries: unknown[] = []
  /** Whose they are, as long as they are one's. */
  #feed: Feed | null = null
  /** Whose each is, where they are not. */
  #feeds: Feed[] | null = null

  /** `expected` records will probably come. */
  constructor(expected: number) {
    // Not `new Array(expected)`: V8 learns that what is made there lives long, makes it in the old
    // generation, and each record that such an array holds stays until that is collected. In one
    // process of two that doubled what a record costs.
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
