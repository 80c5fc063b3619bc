// A column in which one value mostly follows itself: kept once, with where it ends.
// Invariant: `#ends` rises; its last is `length`. Used by batch.ts for whose records they are.

export class Runs<T> {
  #values: T[] = []
  #ends: number[] = []
  #last: T | undefined = undefined
  #length = 0
  /** The run that was looked into last: columns are read from the first to the last. */
  #cursor = 0

  get length(): number {
    return this.#length
  }

  add(value: T): void {
    this.#length += 1
    if (value !== this.#last || this.#length === 1) {
      this.#last = value
      this.#values.push(value)
      this.#ends.push(this.#length)
    } else this.#ends[this.#ends.length - 1] = this.#length
  }

  /** The value at `index`, which is below `length`. */
  at(index: number): T {
    const ends = this.#ends
    if (this.#cursor > 0 && index < ends[this.#cursor - 1]!) this.#cursor = 0
    while (index >= ends[this.#cursor]!) this.#cursor += 1
    return this.#values[this.#cursor]!
  }

  clear(): void {
    this.#values.length = 0
    this.#ends.length = 0
    this.#last = undefined
    this.#length = 0
    this.#cursor = 0
  }
}
