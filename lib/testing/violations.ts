// The clients' protocol violations: one sentence each, up to a limit, because a client that does nothing
// else would fill the memory. The first ones are kept, because they say most; the last one counts the rest.
// Owned by the broker model.

/** The maximum number of sentences, and of characters in each. */
const sentencesMax = 1000
const charactersMax = 1000

export class Violations {
  readonly #sentences: string[] = []
  #more = 0

  /** The list that tests read. */
  get sentences(): readonly string[] {
    return this.#sentences
  }

  add(sentence: string): void {
    if (this.#sentences.length < sentencesMax) {
      this.#sentences.push(shortened(sentence))
    } else {
      this.#more += 1
      this.#sentences[sentencesMax] = `and ${this.#more} more`
    }
  }
}

function shortened(sentence: string): string {
  if (sentence.length <= charactersMax) return sentence
  return `${sentence.slice(0, charactersMax)}… (${sentence.length} characters)`
}
