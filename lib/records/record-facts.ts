// What a result needs to know about each record of a batch: the sizes of its key and value (-1: null) and
// its time relative to the first record, three numbers side by side in one array. Owned by batch-writer.ts.

const width = 3

export class RecordFacts {
  #numbers: number[] = []
  #count = 0

  /** `expected` records will probably come: there is room for them. */
  constructor(expected: number) {
    this.#numbers.length = expected * width // not `new Array`: see accumulator/roll.ts
  }

  add(keySize: number, valueSize: number, delta: number): void {
    const numbers = this.#numbers
    const at = this.#count * width
    numbers[at] = keySize
    numbers[at + 1] = valueSize
    // A single fraction, or what looks like one to V8, doubles the room of all numbers.
    numbers[at + 2] = (delta | 0) === delta ? delta | 0 : delta
    this.#count += 1
  }

  keySizeOf(index: number): number {
    return this.#numbers[index * width]!
  }

  valueSizeOf(index: number): number {
    return this.#numbers[index * width + 1]!
  }

  /** Milliseconds after the first record's time; may be negative. */
  deltaOf(index: number): number {
    return this.#numbers[index * width + 2]!
  }

  /** The real sizes of a record's key and value. */
  measured(index: number, keySize: number, valueSize: number): void {
    this.#numbers[index * width] = keySize
    this.#numbers[index * width + 1] = valueSize
  }

  get count(): number {
    return this.#count
  }

  /** Releases everything. */
  clear(): void {
    this.#numbers = none
    this.#count = 0
  }
}

const none: number[] = []
