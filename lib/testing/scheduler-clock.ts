// A scheduler of RxJS as a clock: with TestScheduler, a frame is a millisecond.

import type { SchedulerLike } from 'rxjs'
import type { Clock, Timer } from '../runtime.ts'

export class SchedulerClock implements Clock {
  readonly #scheduler: SchedulerLike

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler
  }

  now(): number {
    return this.#scheduler.now()
  }

  timestamp(): number {
    return this.#scheduler.now()
  }

  at(at: number, fire: () => void): Timer {
    const delay = Math.max(at - this.#scheduler.now(), 0)
    const subscription = this.#scheduler.schedule(() => fire(), delay)
    return { cancel: () => subscription.unsubscribe(), inBackground() {} }
  }

  soon(fire: () => void): void {
    this.#scheduler.schedule(() => fire(), 0)
  }
}
