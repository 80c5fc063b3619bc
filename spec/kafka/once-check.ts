// What must hold for a run that consumes, transforms and produces, at any moment without an open
// transaction: each input message before the group's offset has its output once, no other message
// has one, and the outputs of an input partition are in order. It returns a message for each
// violation. (Apache's test of this kind runs its TransactionalMessageCopier and compares the two
// topics at the end.)

/** A record of the output, as a reader of committed records gets it. */
export interface Output {
  readonly partition: number
  readonly offset: number
  readonly value: string
}

/** The value of a message in `partition` at `offset`. */
export function inputText(partition: number, offset: number): string {
  return `${partition}-${offset}`
}

/** What the examples make from it. */
export function outputText(input: string): string {
  return `${input.length} ${input}`
}

export class OnceCheck {
  /** By input partition: the number of its messages. */
  readonly #counts: readonly number[]
  /** By input partition, by offset: the place of the output. */
  readonly #places: (string | undefined)[][]
  /** By output partition and input partition: the last offset that has an output. */
  readonly #last = new Map<string, number>()
  readonly #wrong: string[] = []

  constructor(counts: readonly number[]) {
    this.#counts = counts
    this.#places = counts.map(() => [])
  }

  /** In the order of each output partition. */
  add({ partition, offset, value }: Output): void {
    const place = `${partition}@${offset}`
    const [, input = '', from = -1, at = -1] = /^\d+ ((\d+)-(\d+))$/.exec(value) ?? []
    const [source, position] = [Number(from), Number(at)]
    if (value !== outputText(input) || !(position < (this.#counts[source] ?? 0))) {
      this.#wrong.push(`${place} holds '${value}', of which there is no input`)
      return
    }
    const places = this.#places[source]!
    const before = places[position]
    if (before !== undefined) this.#wrong.push(`${input} is at ${before} and once more at ${place}`)
    places[position] = place
    const line = `${partition} ${source}`
    const last = this.#last.get(line) ?? -1
    if (position < last) this.#wrong.push(`${input} is at ${place}, behind ${source}-${last}`)
    this.#last.set(line, Math.max(position, last))
  }

  /** `reached`: by input partition, the offset that the group has committed. */
  findings(reached: readonly number[]): readonly string[] {
    for (const [partition, count] of this.#counts.entries()) {
      const end = reached[partition] ?? 0
      if (end > count) this.#wrong.push(`the group is at ${partition}-${end}, of ${count} messages`)
      for (let offset = 0; offset < count; offset += 1) {
        const place = this.#places[partition]![offset]
        const input = inputText(partition, offset)
        if (offset < end && place === undefined) {
          this.#wrong.push(`${input} has no output, and the group is at ${end}`)
        } else if (offset >= end && place !== undefined) {
          this.#wrong.push(`${input} has its output at ${place}, and the group is at ${end}`)
        }
      }
    }
    return this.#wrong
  }
}
