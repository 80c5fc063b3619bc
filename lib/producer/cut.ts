import type { CutToken } from '../model.ts'

// One flush: done when everything that held it has let go.

export class Cut implements CutToken {
  #holds = 0
  #done: () => void

  constructor(done: () => void) {
    this.#done = done
  }

  hold(): void {
    this.#holds += 1
  }

  release(): void {
    this.#holds -= 1
    if (this.#holds === 0) this.#done()
  }
}
