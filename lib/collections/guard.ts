// Makes all of several calls, although one of them may throw. The first exception is kept and thrown at the
// end, so no bug is swallowed.

export class Guard {
  #thrown: { readonly what: unknown } | null = null

  run(call: () => void): void {
    try {
      call()
    } catch (what) {
      this.#thrown ??= { what }
    }
  }

  /** Throws the exception of the first failing call; once, after the last `run`. */
  release(): void {
    const thrown = this.#thrown
    this.#thrown = null
    if (thrown !== null) throw thrown.what
  }
}
