import type { AsyncContext, Clock } from '../runtime.ts'
import { inContext } from './in-context.ts'

// One synchronous turn of the engine. It begins with an event (an answer, a timer, the end of a burst of
// input); then every step runs, in order, until none has anything left to do.
//
// Invariant: turns never nest. A request for a turn inside a turn becomes part of it. A request outside
// runs when the current synchronous burst has ended, one turn for each burst. So a whole answer is applied
// before its results are emitted, results are emitted before new requests are sent, and twelve records in a
// row become one request.
// An exception inside a turn is our own bug: it goes to `broken`, not to the caller that began the turn. A
// turn runs in its own async context, because it works for many callers.

/** Does its work, and returns whether there was any. */
export type Step = () => boolean

/** The phases of a turn, in their order. */
export type Phase = 'enter' | 'report' | 'serve' | 'drain'
const phases: readonly Phase[] = ['enter', 'report', 'serve', 'drain']

/**
 * After so many rounds, the rest waits for another turn. Otherwise a listener that answers each result with
 * more input would keep the network from being read.
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
  /** Something came up inside the turn, so it needs another round. */
  #wanted = false
  /** Another turn. One closure for all: a function that makes one allocates even if it is not used. */
  #own = () => {
    this.#asked = false
    this.run(nothing)
  }

  /**
   * `broken` gets what a step or an event threw; without it, the caller of `run` does. Turns run in
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

  /** How many turns have begun; with it, a step distinguishes a new turn from a new round. */
  get serial(): number {
    return this.#serial
  }

  /** Whether the event loop has been kept for long enough: what is left should wait for a later turn. */
  get isLong(): boolean {
    return this.#clock.shouldYield?.() ?? false
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
   * Input comes in, outside a turn; the turn that it requests runs when the burst has ended. `end` must
   * follow. These are two calls instead of a closure, because they are made for each record.
   */
  begin(): void {
    this.#running = true
  }

  /** The input has ended. */
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
      if (this.isLong) break
    }
    this.#wanted = true
  }
}

function nothing(): void {}

function rethrow(bug: unknown): void {
  throw bug
}
