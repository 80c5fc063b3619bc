import { Fifo } from '../collections/fifo.ts'
import type { CutToken } from '../model.ts'

// Flushes: each is done when every earlier record has its result.
//
// Invariant: cuts are done in the order in which they were begun. So what holds an earlier cut need not
// hold a later one: a record or a batch has at most one token, however many flushes wait for it. A record
// that begins to wait takes a token at once, of the cut that the next flush will begin, so a flush need not
// look at waiting records. Used by the engine, and by the stages to mark what waits in them.

export class Cuts {
  /** Cuts that were begun and are not done, oldest first. */
  #pending = new Fifo<Cut>()
  #next: Cut
  #begun = 0
  #ending = false
  #abandoned = false

  constructor() {
    this.#next = this.#make()
  }

  /** The cut that the next flush begins; until then no flush waits for it. */
  get next(): CutToken {
    return this.#next
  }

  /** Begins that cut; the caller holds it until everything that it must wait for has been marked. */
  begin(done: () => void): CutToken {
    const cut = this.#next
    this.#next = this.#make()
    cut.hold()
    cut.begin(done)
    this.#pending.push(cut)
    return cut
  }

  /** Whether a flush waits. */
  get arePending(): boolean {
    return this.#pending.length > 0
  }

  /** Nothing will release the cuts any more: all are done now. */
  abandon(): void {
    this.#abandoned = true
    this.#end()
  }

  #make(): Cut {
    this.#begun += 1
    return new Cut(this.#begun, () => this.#end())
  }

  /** In a loop, because ten thousand flushes may wait for one record. */
  #end(): void {
    if (this.#ending) return
    this.#ending = true
    try {
      for (let head = this.#pending.peek(); head !== undefined; head = this.#pending.peek()) {
        if (!head.isFree && !this.#abandoned) return
        this.#pending.shift()
        head.done()
      }
    } finally {
      this.#ending = false
      this.#abandoned = false
    }
  }
}

class Cut implements CutToken {
  readonly order: number
  #holds = 0
  #done: (() => void) | null = null
  #freed: () => void

  constructor(order: number, freed: () => void) {
    this.order = order
    this.#freed = freed
  }

  get isWanted(): boolean {
    return this.#done !== null
  }

  get isFree(): boolean {
    return this.#holds === 0
  }

  begin(done: () => void): void {
    this.#done = done
  }

  hold(): void {
    this.#holds += 1
  }

  release(): void {
    this.#holds -= 1
    if (this.#holds === 0 && this.#done !== null) this.#freed()
  }

  done(): void {
    this.#done?.()
  }
}
