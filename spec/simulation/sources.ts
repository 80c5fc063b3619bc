import type { VirtualClock } from '../../lib/testing/virtual-clock.ts'

// Sources for `paced` that observe how they are used: they return the numbers 0, 1, 2, … up to some limit,
// synchronously or as promises. Both check that they are released, once, and not used afterwards.

export interface SourceEvents {
  /** Somebody asks for the next one. */
  pulled(): void
  /** It is used in a way that its protocol forbids. */
  misused(detail: string): void
}

/** What both have in common. */
export class Source {
  /** Somebody has begun to pull. */
  isBegun = false
  /** It has said that there is no more, or has failed. */
  isDone = false
  /** A promise is out. */
  isPending = false
  /** How often it was released. */
  releases = 0
  #count: number
  #fails: boolean
  #events: SourceEvents
  #at = 0

  constructor(count: number, fails: boolean, events: SourceEvents) {
    this.#count = count
    this.#fails = fails
    this.#events = events
  }

  ask(): void {
    if (this.releases > 0) this.#events.misused('is asked after it was let go of')
    else if (this.isDone) this.#events.misused('is asked after its end')
    else if (this.isPending) this.#events.misused('is asked twice at once')
    else if (this.#at < this.#count) this.#events.pulled()
  }

  give(): IteratorResult<number> {
    this.#at += 1
    if (this.#at <= this.#count) return { done: false, value: this.#at - 1 }
    this.isDone = true
    if (this.#fails) throw new Error('the source failed')
    return { done: true, value: undefined }
  }

  release(): IteratorResult<number> {
    this.releases += 1
    if (this.isDone || this.releases > 1) this.#events.misused('is let go of again')
    return { done: true, value: undefined }
  }
}

export function atOnce(source: Source): Iterable<number> {
  const iterator = {
    next: () => {
      source.ask()
      return source.give()
    },
    return: () => source.release(),
  }
  return { [Symbol.iterator]: () => begun(source, iterator) }
}

/** Each after 2 ms. */
export function byPromises(source: Source, clock: VirtualClock): AsyncIterable<number> {
  const iterator = {
    next: () => {
      source.ask()
      source.isPending = true
      return new Promise<IteratorResult<number>>((resolve, reject) => {
        clock.at(clock.now() + 2, () => {
          source.isPending = false
          try {
            resolve(source.give())
          } catch (error) {
            reject(error)
          }
        })
      })
    },
    return: () => Promise.resolve(source.release()),
  }
  return { [Symbol.asyncIterator]: () => begun(source, iterator) }
}

function begun<T>(source: Source, iterator: T): T {
  source.isBegun = true
  return iterator
}
