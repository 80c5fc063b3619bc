// For how many of the next cases a remedy is used that costs a little each time. Where it was needed, it is
// used for a span of cases. Then one goes without; if that shows that it is still needed, the next span is
// twice as long, otherwise half as long. Pure. Used by transaction-completion.ts.

const spanMin = 8
const spanMax = 256

export class Remedy {
  #left = 0
  #used = 0
  #span = spanMin

  /** For how many more cases it is used. */
  get left(): number {
    return this.#left
  }

  /** How often it was used, since it was needed. */
  get used(): number {
    return this.#used
  }

  /** Whether it is used for this case. */
  use(): boolean {
    if (this.#left === 0) return false
    this.#left -= 1
    this.#used += 1
    return true
  }

  /** Whether a case without it showed that it is needed. */
  note(isNeeded: boolean): void {
    if (!isNeeded) {
      this.#span = Math.max(this.#span / 2, spanMin)
      return
    }
    this.#left = this.#span
    this.#used = 0
    this.#span = Math.min(this.#span * 2, spanMax)
  }
}
