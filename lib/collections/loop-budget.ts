import type { AsyncContext } from '../runtime.ts'
import { Fifo } from './fifo.ts'

// How long this package keeps the event loop of the machine in one iteration. Answers of hundreds of brokers
// are in their sockets at the same time, and Node gives them all without a break. Once the budget of the
// iteration is spent, what happens next waits in a queue, which is continued in later iterations.
//
//   iteration   ──────── 1 ────────┬──────── 2 ────────┬─ 3 ─
//   happens     a b c d e f          g
//   done        a b c                d e f               g
//
// Everything that happens to the engine comes through here: what sockets bring, timers and what is to come
// `soon`. So a timeout never overtakes the answer that came before it and waits in the queue.
//
// Invariants: what happened earlier is done earlier, each thing once; nothing is done inside the call that
// hands it in unless there is time for it, and nothing waits. At least one thing is done in every second
// iteration.
// One for all producers of the process, for they share the event loop. Used by wire/transport.ts.

export interface LoopBudgetPorts {
  /** Milliseconds. */
  readonly now: () => number
  /** Calls back in this iteration, or in the next one if this is such a call. */
  readonly soon: (work: () => void) => void
  /** The async context of the caller. */
  readonly context: () => AsyncContext
}

interface Waiting {
  readonly work: () => void
  readonly context: AsyncContext
}

export class LoopBudget {
  #ports: LoopBudgetPorts
  #limitMs: number
  /** When the first thing of this iteration was done; null if there was none. */
  #begunAt: number | null = null
  #isContinued = false
  /** The next continuation begins a new budget. */
  #isEnding = false
  #waiting = new Fifo<Waiting>()
  #continue = () => this.#goOn()

  /** `limitMs`: the budget of one iteration. */
  constructor(limitMs: number, ports: LoopBudgetPorts) {
    this.#limitMs = limitMs
    this.#ports = ports
  }

  /** Whether the budget of this iteration is spent. */
  get isSpent(): boolean {
    return this.#hasSpent(this.#limitMs)
  }

  /** Does `work` now if there is time for it; otherwise in its turn. */
  run(work: () => void): void {
    if (this.#waiting.length === 0 && !this.isSpent) {
      this.#begunAt ??= this.#ports.now()
      this.#ask()
      work()
    } else {
      this.#waiting.push({ work, context: this.#ports.context() })
    }
  }

  #ask(): void {
    if (this.#isContinued) return
    this.#isContinued = true
    this.#ports.soon(this.#continue)
  }

  /**
   * Continues the queue. Other work of this iteration may follow this call, and has only what is left of the
   * budget. So a budget that is half spent ends with the next call; one that is not ends here.
   */
  #goOn(): void {
    this.#isContinued = false
    if (this.#isEnding) this.#begunAt = null
    try {
      while (this.#waiting.length > 0 && !this.isSpent) {
        this.#begunAt ??= this.#ports.now()
        const { work, context } = this.#waiting.shift()!
        context.runInAsyncScope(work, undefined, null)
      }
    } finally {
      this.#isEnding = this.#hasSpent(this.#limitMs / 2)
      if (!this.#isEnding) this.#begunAt = null
      if (this.#isEnding || this.#waiting.length > 0) this.#ask()
    }
  }

  #hasSpent(ms: number): boolean {
    return this.#begunAt !== null && this.#ports.now() - this.#begunAt >= ms
  }
}
