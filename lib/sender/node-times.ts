import type { Clock } from '../runtime.ts'
import type { PartitionLine } from './partition-line.ts'

// When each broker last had something to take, and when it last could take it: records without a key avoid
// the slow ones (partitioner.availability.timeout.ms).
//
// As in Java, a broker is too slow while the first time is later than the second by more than the timeout.
// Java notes both each time it looks at its queues. Here a broker has something to take as long as any line
// waits for it, so no time needs to be noted for that.
//
// Invariant: a line waits for at most one node. Exists only if the timeout is above 0. places.ts reports
// which line waits for which node, sender.ts which node can take.

interface Times {
  readyAt: number
  drainedAt: number
  /** Lines that have something for it now. */
  waiting: number
}

const nobody: ReadonlySet<number> = new Set()

export class NodeTimes {
  #timeoutMs: number
  #clock: Clock
  #nodes = new Map<number, Times>()
  #waiting = new Map<PartitionLine, number>()
  #slow = nobody

  constructor(timeoutMs: number, clock: Clock) {
    this.#timeoutMs = timeoutMs
    this.#clock = clock
  }

  /** The line has something to send to that node; -1: nothing at present. */
  waits(line: PartitionLine, node: number): void {
    const before = this.#waiting.get(line) ?? -1
    if (before === node) return
    if (before >= 0) this.#ready(before).waiting -= 1
    if (node >= 0) {
      this.#ready(node).waiting += 1
      this.#waiting.set(line, node)
    } else this.#waiting.delete(line)
  }

  /** The node had something to take, and can take it. */
  took(node: number): void {
    const times = this.#ready(node)
    times.drainedAt = times.readyAt
  }

  /** The nodes that are too slow now: the same object as long as they are the same nodes. */
  get slow(): ReadonlySet<number> {
    const slow = new Set<number>()
    for (const [node, times] of this.#nodes) {
      if (times.waiting > 0) times.readyAt = this.#clock.now()
      if (times.readyAt - times.drainedAt > this.#timeoutMs) slow.add(node)
    }
    if (slow.size !== this.#slow.size || [...slow].some((node) => !this.#slow.has(node))) {
      this.#slow = slow
    }
    return this.#slow
  }

  #ready(node: number): Times {
    const now = this.#clock.now()
    const times = this.#nodes.get(node)
    if (times !== undefined) {
      times.readyAt = now
      return times
    }
    const fresh = { readyAt: now, drainedAt: now, waiting: 0 }
    this.#nodes.set(node, fresh)
    return fresh
  }
}
