import type { AsyncContext, Clock } from '../runtime.ts'
import { inContext } from './in-context.ts'

// One synchronous turn of the engine: something happens (an answer, a timer, the end of a burst of
// input), then every step runs, in order, until none has anything left to do.
//
// Invariant: turns never nest. What asks for a turn inside one becomes part of it; what asks for one
// outside gets it when the synchronous burst that runs now is over, and a burst gets one.
// So a whole answer is applied before its results go out, results go out before new requests do,
// and twelve records in a row become one request.
// What is thrown inside a turn is a fault of ours: it goes to `broken`, not to whoever began it.
// It runs in an async context of its own: what it does is done for many, not for whoever began it.

/** Does its work, and returns whether there was any. */
export type Step = () => boolean

/** The phases of a turn, in their order. */
export type Phase = 'enter' | 'report' | 'serve' | 'drain'
const phases: readonly Phase[] = ['enter', 'report', 'serve', 'drain']

/**
 * After so many rounds the rest waits for a turn of its own: whoever answers each result with more
 * input would otherwise keep the network from ever being heard.
 */
const roundsMax = 128

/** Runs the work that follows an event, phase by phase, until none is left. */
export class Turn {
  #clock: Clock
  #broken: (bug: unknown) => void
  #context: AsyncContext | null
  #steps: Readonly<Record<Phase, Step[]>> = { enter: [], report: [], serve: [], drain: [] }
  #running = false
  #serial = 0
  #asked = false
  /** Something came up inside the turn: it takes another round. */
  #wanted = false
  /** A turn of its own. One closure for all: a function that makes one allocates even where it doesn't. */
  #own = () => {
    this.#asked = false
    this.run(nothing)
  }

  /**
   * `broken` is told what a step or a happening threw; without it, the caller of `run` is. Turns run in
   * `context`, if there is one.
   */
  constructor(
    clock: Clock,
    broken: (bug: unknown) => void = rethrow,
    context: AsyncContext | null = null,
  ) {
    this.#clock = clock
    this.#broken = broken
    this.#context = context
  }

  /** Whether a turn is running. */
  get running(): boolean {
    return this.#running
  }

  /** How many turns have begun: by it a step tells a further turn from a further round of this one. */
  get serial(): number {
    return this.#serial
  }

  /** Adds a step to a phase. */
  on(phase: Phase, step: Step): void {
    this.#steps[phase].push(step)
  }

  /** Runs `happening`, and the turn that it begins or is part of. */
  run(happening: () => void): void {
    if (this.#running) happening()
    else inContext(this.#context, this.#begin, this, happening)
  }

  /**
   * Input comes in, outside a turn: what it asks for comes when the burst is over. `end` has to
   * follow. Two calls and no closure, for they are made for each record.
   */
  begin(): void {
    this.#running = true
  }

  /** That input is over. */
  end(): void {
    this.#running = false
    this.#ask()
  }

  /** Requests a round: in this turn, or in a new one when the synchronous work has ended. */
  soon(): void {
    if (this.#running) this.#wanted = true
    else this.#ask()
  }

  /** Requests another turn, after the event loop has run. */
  later(): void {
    if (this.#asked) return
    this.#asked = true
    this.#clock.soon(this.#own)
  }

  #begin(happening: () => void): void {
    this.#running = true
    this.#serial += 1
    try {
      happening()
      this.#settle()
    } catch (bug) {
      this.#wanted = true
      this.#broken(bug)
    } finally {
      this.#running = false
      if (this.#wanted) this.#ask()
    }
  }

  #ask(): void {
    this.#wanted = false
    this.later()
  }

  #settle(): void {
    for (let round = 0; round < roundsMax; round += 1) {
      let again = false
      this.#wanted = false
      for (const phase of phases) {
        for (const step of this.#steps[phase]) if (step()) again = true
      }
      if (!again && !this.#wanted) return
    }
    this.#wanted = true
  }
}

function nothing(): void {}

function rethrow(bug: unknown): void {
  throw bug
}
