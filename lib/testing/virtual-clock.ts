// A clock on which nothing happens until time is advanced, and then everything in its order. Equal moments
// happen in the order in which they were requested, so a run is a function of its input. A binary heap,
// because a run of the simulation has thousands of timers.

import type { Clock, Timer } from '../runtime.ts'

interface Entry {
  readonly at: number
  readonly serial: number
  background: boolean
  fire: (() => void) | null
}

/** Virtual time, in milliseconds from 0. */
export class VirtualClock implements Clock {
  readonly #creepMs: number
  #now = 0
  #serial = 0
  #heap: Entry[] = []
  #pending = 0
  #pendingInBackground = 0

  /** `creepMs` passes with each reading of the clock, as real time does. */
  constructor({ creepMs = 0 }: { readonly creepMs?: number | undefined } = {}) {
    this.#creepMs = creepMs
  }

  now(): number {
    this.#now += this.#creepMs
    return this.#now
  }

  timestamp(): number {
    return 1_700_000_000_000 + Math.floor(this.#now)
  }

  at(at: number, fire: () => void, background = false): Timer {
    const entry = { at: Math.max(at, this.#now), serial: this.#serial, background, fire }
    this.#serial += 1
    this.#count(background, 1)
    this.#push(entry)
    return {
      cancel: () => this.#cancel(entry),
      inBackground: (is) => this.#move(entry, is),
    }
  }

  soon(fire: () => void): void {
    this.at(this.#now, fire)
  }

  /** The number of timers, without those in the background. */
  get pending(): number {
    return this.#pending
  }

  /** The number of timers in the background. */
  get pendingInBackground(): number {
    return this.#pendingInBackground
  }

  /** Runs the next timer; false if there is none up to `until`. */
  step(until: number = Number.POSITIVE_INFINITY): boolean {
    for (let entry = this.#heap[0]; entry !== undefined; entry = this.#heap[0]) {
      if (entry.fire === null) {
        this.#pop()
        continue
      }
      if (entry.at > until) return false
      this.#pop()
      const { fire } = entry
      this.#cancel(entry)
      this.#now = Math.max(this.#now, entry.at)
      fire()
      return true
    }
    return false
  }

  /** Runs all timers up to `until`. Throws after `stepsMax` timers, in case they create each other forever. */
  runUntil(until: number, stepsMax = 1_000_000): void {
    let steps = 0
    while (this.step(until)) {
      steps += 1
      if (steps > stepsMax)
        throw new Error(`time stands still at ${this.#now}: timers keep creating each other`)
    }
    this.#now = Math.max(this.#now, until)
  }

  /** Lets time pass without running timers, like code that blocks the event loop. */
  block(ms: number): void {
    this.#now += ms
  }

  #count(background: boolean, by: 1 | -1): void {
    if (background) this.#pendingInBackground += by
    else this.#pending += by
  }

  #cancel(entry: Entry): void {
    if (entry.fire === null) return
    entry.fire = null
    this.#count(entry.background, -1)
  }

  #move(entry: Entry, background: boolean): void {
    if (entry.fire !== null) {
      this.#count(entry.background, -1)
      this.#count(background, 1)
    }
    entry.background = background
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let index = heap.push(entry) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(entry, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1
      if (!before(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
  }
}

function before(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.serial < other.serial)
}
