// Calls that must all be made, although one of them throws.
// The first thing thrown is kept and thrown at the end, so that no fault is swallowed.

export class Guard {
  #thrown: { readonly what: unknown } | null = null

  run(call: () => void): void {
    try {
      call()
    } catch (what) {
      this.#thrown ??= { what }
    }
  }

  /** Throws what the first failing call threw; once, after the last `run`. */
  release(): void {
    const thrown = this.#thrown
    this.#thrown = null
    if (thrown !== null) throw thrown.what
  }
}
