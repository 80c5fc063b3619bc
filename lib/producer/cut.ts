import type { CutToken } from '../model.ts'

// Flushes: each is done when everything that was given before it has its result.
// Invariant: cuts are done in the order in which they were begun. So what one of them holds, later
// ones need not hold: a record has a token at most, however many flushes wait for it.
// Used by the engine.

export class Cuts {
  #pending = new Set<Cut>()
  #latest: Cut | null = null

  /** Begins a cut, which its caller holds until he has shown it to all that it is to wait for. */
  begin(done: () => void): Cut {
    const cut = new Cut(() => {
      this.#pending.delete(cut)
      if (this.#latest === cut) this.#latest = null
      done()
    })
    cut.hold()
    this.#latest?.before(cut)
    this.#latest = cut
    this.#pending.add(cut)
    return cut
  }

  /** Nobody will let go of them any more: all are done now. */
  abandon(): void {
    for (const cut of [...this.#pending]) cut.end()
  }
}

class Cut implements CutToken {
  #holds = 0
  #isDone = false
  #done: () => void
  #next: Cut | null = null

  constructor(done: () => void) {
    this.#done = done
  }

  hold(): void {
    this.#holds += 1
  }

  release(): void {
    this.#holds -= 1
    if (this.#holds === 0) this.end()
  }

  /** `next` is not done before this one is. */
  before(next: Cut): void {
    next.hold()
    this.#next = next
  }

  end(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#done()
    this.#next?.release()
  }
}
