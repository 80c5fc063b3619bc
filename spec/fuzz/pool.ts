// What guides the fuzzer: inputs with a new outcome are kept, and half of the later cases begin
// with one of them. An outcome is an API, a version and the error message, without its numbers.

import type { Dice } from './dice.ts'

const keptMax = 4000

export class Pool<Input> {
  readonly #outcomes = new Map<string, number>()
  readonly #inputs: Input[] = []

  /** The number of different outcomes. */
  get outcomes(): number {
    return this.#outcomes.size
  }

  /** Records the outcome of an input, and keeps the input if it is the first with that outcome. */
  note(outcome: string, input: Input): void {
    const times = this.#outcomes.get(outcome) ?? 0
    this.#outcomes.set(outcome, times + 1)
    if (times === 0 && this.#inputs.length < keptMax) this.#inputs.push(input)
  }

  /** An input to begin with, in half of the cases. */
  draw(dice: Dice): Input | null {
    if (this.#inputs.length === 0 || dice.percent(50)) return null
    return dice.pick(this.#inputs)
  }
}

/** The error message of an input, without its numbers and names. */
export function outcomeOf(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message: string }
  return `${code ?? (error as Error).name}: ${message.replace(/\d+/g, '#').slice(0, 120)}`
}
