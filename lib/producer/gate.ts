// Whether a source that can wait should go on. A paced source is to be no further ahead than the
// sender can use: what is alive at once decides what a record costs.
// Invariant: whoever waits is called once, when the gate is open again, never inside `wait`. As long
// as somebody waits nothing lingers: what others add meanwhile could keep the gate shut.

export class Gate {
  #isOpen: () => boolean
  #waiting = new Set<() => void>()
  #closed: () => void

  /** `closed` is called as long as somebody has to wait: what lingers should go out then. */
  constructor(isOpen: () => boolean, closed: () => void) {
    this.#isOpen = isOpen
    this.#closed = closed
  }

  /** Whether the next record will be of use at once. */
  get isOpen(): boolean {
    return this.#isOpen()
  }

  /** Calls `opened` once it is open again; gives the way to take that back. */
  wait(opened: () => void): () => void {
    this.#waiting.add(opened)
    this.#closed()
    return () => this.#waiting.delete(opened)
  }

  /** Something has changed: lets through who waits, if it is open; whether it did. */
  check(): boolean {
    if (this.#waiting.size === 0) return false
    if (!this.#isOpen()) {
      this.#closed()
      return false
    }
    const opened = [...this.#waiting]
    this.#waiting.clear()
    for (const go of opened) go()
    return true
  }
}
