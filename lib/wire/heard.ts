import type { LoopBudget } from '../collections/loop-budget.ts'
import type { Socket, SocketEvents } from '../runtime.ts'

// What comes of one socket, within the budget of the event loop: while that is spent, everything waits in its
// queue. Hundreds of connections may be established in one iteration, and each lets its node send. A socket
// whose bytes wait is not read any further once they are many, so that memory is bounded whatever the other
// side sends.
// Invariants: everything comes in order, and `closed` is the last; after `destroy`, only `closed` comes. Used by
// the transport.

/** So many bytes of one socket may wait. */
const heldMax = 1_048_576

/** Stops and continues reading. */
interface Flow {
  pause(): void
  resume(): void
}

export class Heard {
  #budget: LoopBudget
  #events: SocketEvents
  #flow: Flow | null = null
  #held = 0
  #isDropped = false

  constructor(budget: LoopBudget, events: SocketEvents) {
    this.#budget = budget
    this.#events = events
  }

  /** Whose reading may be paused. */
  set flow(flow: Flow) {
    this.#flow = flow
  }

  resolved(host: string): void {
    this.#whileWanted(() => this.#events.resolved?.(host))
  }

  securing(): void {
    this.#whileWanted(() => this.#events.securing?.())
  }

  connected(): void {
    this.#whileWanted(() => this.#events.connected())
  }

  data(chunk: Uint8Array): void {
    const before = this.#held
    this.#held += chunk.byteLength
    this.#budget.run(() => this.#take(chunk))
    if (before < heldMax && this.#held >= heldMax) this.#flow?.pause()
  }

  closed(cause: Error | null, mayMend?: boolean): void {
    this.#budget.run(() => this.#events.closed(cause, mayMend))
  }

  /** `socket`, whose bytes nobody wants any more once it is destroyed. */
  droppedBy(socket: Socket): Socket {
    return {
      write: (chunks, flushed) =>
        socket.write(chunks, flushed && (() => this.#budget.run(flushed))),
      destroy: () => {
        this.#isDropped = true
        socket.destroy()
      },
    }
  }

  #whileWanted(work: () => void): void {
    this.#budget.run(() => {
      if (!this.#isDropped) work()
    })
  }

  #take(chunk: Uint8Array): void {
    const before = this.#held
    this.#held -= chunk.byteLength
    if (before >= heldMax && this.#held < heldMax) this.#flow?.resume()
    if (!this.#isDropped) this.#events.data(chunk)
  }
}
