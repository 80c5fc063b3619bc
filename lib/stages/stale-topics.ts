// The topics whose waiting records are to be looked at, because metadata have changed or time is up. Thousands of
// others may be waiting for the next answer, and are left alone. Owned by the partition stage.

export class StaleTopics {
  #names = new Set<string>()
  #areAll = false

  /** Whether no waiting record is to be looked at. */
  get areNone(): boolean {
    return !this.#areAll && this.#names.size === 0
  }

  add(topic: string): void {
    this.#names.add(topic)
  }

  addAll(): void {
    this.#areAll = true
  }

  /** Returns the topics; null for all. From then on there are none. */
  take(): ReadonlySet<string> | null {
    const taken = this.#areAll ? null : this.#names
    this.#names = new Set()
    this.#areAll = false
    return taken
  }
}
