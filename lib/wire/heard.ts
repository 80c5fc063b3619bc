import type { LoopBudget } from '../collections/loop-budget.ts'
import type { Socket, SocketEvents } from '../runtime.ts'

// What comes of one socket, within the budget of the event loop: bytes and the end of the connection wait in
// its queue while it is spent. A socket whose bytes wait is not read any further once they are many, so that
// memory is bounded whatever the other side sends.
// Invariants: bytes come in order, and `closed` after them; after `destroy` no bytes come. Used by the transport.

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
    this.#events.resolved?.(host)
  }

  securing(): void {
    this.#events.securing?.()
  }

  connected(): void {
    this.#events.connected()
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
      write: (chunks, flushed) => socket.write(chunks, flushed),
      destroy: () => {
        this.#isDropped = true
        socket.destroy()
      },
    }
  }

  #take(chunk: Uint8Array): void {
    const before = this.#held
    this.#held -= chunk.byteLength
    if (before >= heldMax && this.#held < heldMax) this.#flow?.resume()
    if (!this.#isDropped) this.#events.data(chunk)
  }
}
