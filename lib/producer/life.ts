import type { Closing } from './closing.ts'
import type { Engine } from './engine.ts'
import type { ProducerState } from './producer-options.ts'

// Whether a producer is of use, for who watches over a program: what it does, and a promise of its end.
//
//   open ─ close() ─► closing ─ the last connection is gone ─► closed
//     └─ nothing can be delivered any more ─► failed ─ close(), and all are gone ─► closed
//
// Invariant: the promise settles once. A rejection of it counts as handled, as that of a WHATWG stream's
// `closed` does: who does not look at it has the error of each record. Owned by the producer.

export class Life {
  #state: ProducerState = 'open'
  readonly closed: Promise<void>

  constructor(engine: Engine, closing: Closing) {
    this.closed = new Promise((resolve, reject) => {
      engine.watchFatal((error) => {
        if (this.#state !== 'closed') this.#state = 'failed'
        reject(error)
      })
      void closing.ended.then(() => {
        this.#state = 'closed'
        resolve()
      })
    })
    this.closed.catch(() => {})
    closing.watch({
      closing: () => {
        if (this.#state === 'open') this.#state = 'closing'
      },
      closed() {},
    })
  }

  get state(): ProducerState {
    return this.#state
  }
}
