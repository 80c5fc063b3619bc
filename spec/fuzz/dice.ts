// Random numbers for one case: a few words of state, so that a million cases cost nothing, and a
// case depends only on the seed and its number.

/** Numbers at limits. */
const edges = [0, 1, 2, 7, 8, 63, 64, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 0x7fffffff]

export class Dice {
  #state: number

  constructor(seed: number, number = 0) {
    this.#state = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(number | 0, 0x85ebca6b)) | 0
    this.word()
  }

  /** 0 to 2^32 - 1. */
  word(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let word = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return (word ^ (word >>> 14)) >>> 0
  }

  /** 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor((this.word() / 2 ** 32) * count)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  /** True with this percentage. */
  percent(percent: number): boolean {
    return this.below(100) < percent
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    for (let at = 0; at < length; at += 1) bytes[at] = this.word()
    return bytes
  }

  /** An integer of this number of bits, signed; often one at a limit. */
  int(bits: 8 | 16 | 32): number {
    const shift = 32 - bits
    const number = this.percent(70) ? this.pick(edges) * (this.percent(30) ? -1 : 1) : this.word()
    return (number << shift) >> shift
  }

  int64(): bigint {
    const word = BigInt(this.int(32))
    if (this.percent(60)) return word
    return BigInt.asIntN(64, (BigInt(this.word()) << 32n) | BigInt(this.word()))
  }
}
