// What a result needs to know of each record of a batch: the sizes of its key and its value (-1: null)
// and its time after the first one's, three numbers side by side in one array.
// Owned by batch-writer.ts.

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
    // One fraction, or what looks like one to V8, and all numbers take twice the room.
    numbers[at + 2] = (delta | 0) === delta ? delta | 0 : delta
    this.#count += 1
  }

  keySizeOf(index: number): number {
    return this.#numbers[index * width]!
  }

  valueSizeOf(index: number): number {
    return this.#numbers[index * width + 1]!
  }

  /** Milliseconds after the first record's time, or before it. */
  deltaOf(index: number): number {
    return this.#numbers[index * width + 2]!
  }

  /** What the key and the value of a record take has turned out to be this. */
  measured(index: number, keySize: number, valueSize: number): void {
    this.#numbers[index * width] = keySize
    this.#numbers[index * width + 1] = valueSize
  }

  get count(): number {
    return this.#count
  }

  /** Lets go of all. */
  clear(): void {
    this.#numbers = none
    this.#count = 0
  }
}

const none: number[] = []
