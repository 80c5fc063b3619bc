import type { Counter } from './history.ts'

// The findings of a run in progress: broken properties, what was reached, and a digest.

export class Findings {
  /** The property, and a sentence. */
  readonly violations: { property: string; detail: string }[] = []
  readonly counters: Partial<Record<Counter, number>> = {}
  #now: () => number
  #trace = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** Of all that was noted, and when: the same for the same run. */
  get trace(): string {
    return (this.#trace >>> 0).toString(16)
  }

  violate(property: string, detail: string): void {
    this.violations.push({ property, detail })
  }

  count(counter: Counter, by = 1): void {
    this.counters[counter] = (this.counters[counter] ?? 0) + by
  }

  note(event: string): void {
    const line = `${this.#now()} ${event}`
    for (let index = 0; index < line.length; index += 1) {
      this.#trace = (Math.imul(this.#trace, 31) + line.charCodeAt(index)) | 0
    }
  }
}
