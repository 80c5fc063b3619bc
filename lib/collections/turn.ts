import type { Clock } from '../runtime.ts'

// One synchronous turn of the engine: something happens (an answer, a timer, the end of a burst of
// input), then every step runs, in order, until none has anything left to do.
//
// Invariant: turns never nest. What asks for a turn inside one becomes part of it; what asks for one
// outside gets it when the synchronous burst that runs now is over, and a burst gets one.
// So a whole answer is applied before its results go out, results go out before new requests do,
// and twelve records in a row become one request.

/** Does what there is to do, and says whether there was anything. */
export type Step = () => boolean

/** The order of a turn. */
export type Phase = 'enter' | 'report' | 'serve' | 'drain'
const phases: readonly Phase[] = ['enter', 'report', 'serve', 'drain']

export class Turn {
  #clock: Clock
  #steps: Readonly<Record<Phase, Step[]>> = { enter: [], report: [], serve: [], drain: [] }
  #running = false
  #asked = false
  #stopped = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether a turn runs at this moment. */
  get running(): boolean {
    return this.#running
  }

  /** Adds what a phase does. */
  on(phase: Phase, step: Step): void {
    this.#steps[phase].push(step)
  }

  /** Runs `happening`, and the turn that it begins or is part of. */
  run(happening: () => void): void {
    if (this.#running) {
      happening()
      return
    }
    this.#running = true
    try {
      happening()
      this.#settle()
    } finally {
      this.#running = false
    }
  }

  /**
   * Input comes in, outside a turn: what it asks for comes when the burst is over. `end` has to
   * follow. Two calls and no closure, for they are made for each record.
   */
  begin(): void {
    this.#running = true
  }

  end(): void {
    this.#running = false
    this.#ask()
  }

  /** There is something to do: in this turn, or in one of its own once the burst is over. */
  soon(): void {
    if (!this.#running) this.#ask()
  }

  /** No further turn begins by itself. */
  stop(): void {
    this.#stopped = true
  }

  #ask(): void {
    if (this.#asked || this.#stopped) return
    this.#asked = true
    this.#clock.soon(() => {
      this.#asked = false
      if (!this.#stopped) this.run(nothing)
    })
  }

  #settle(): void {
    let again = true
    while (again) {
      again = false
      for (const phase of phases) {
        for (const step of this.#steps[phase]) if (step()) again = true
      }
    }
  }
}

function nothing(): void {}
