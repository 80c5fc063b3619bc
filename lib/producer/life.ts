import type { Closing } from './closing.ts'
import type { Engine } from './engine.ts'
import type { ProducerState } from './producer-options.ts'

// Whether a producer is usable, for code that monitors a program: its state, and a promise of its end.
//
//   open ─ close() ─► closing ─ the last connection has ended ─► closed
//     └─ nothing can be delivered any more ─► failed ─ close(), all have ended ─► closed
//
// Invariant: the promise settles once. Its rejection counts as handled, like that of a WHATWG stream's
// `closed`, because each record also has the error. Owned by the producer.

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
