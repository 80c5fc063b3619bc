// A set of small integers with one bit each: a Set would take a megabyte for what takes some kilobytes
// here. Invariant: it grows by doubling, up to the largest added integer. Used by
// producer/transaction-run.ts.

export class Bits {
  #words = new Uint32Array(8)

  add(integer: number): void {
    const word = integer >>> 5
    if (word >= this.#words.length) {
      const more = new Uint32Array(Math.max(word + 1, 2 * this.#words.length))
      more.set(this.#words)
      this.#words = more
    }
    this.#words[word]! |= 1 << (integer & 31)
  }

  has(integer: number): boolean {
    return ((this.#words[integer >>> 5] ?? 0) & (1 << (integer & 31))) !== 0
  }
}
