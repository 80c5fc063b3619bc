import type { KafkaProducer } from '../../lib/producer/kafka-producer.ts'
import type { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import type { StreamHistory } from './history.ts'

// A user who writes into `producer.writable()`, with or without awaiting each write, and then closes or
// aborts.

export interface WritingParts {
  readonly producer: KafkaProducer
  readonly clock: VirtualClock
  readonly history: StreamHistory
  /** When each record is to be written, at the earliest. */
  readonly times: readonly number[]
  readonly record: (index: number) => unknown
  /** A write is done. */
  readonly written: (index: number) => void
  /** A write that was awaited is done, so many milliseconds later. */
  readonly awaited: (ms: number) => void
  readonly closed: (tookMs: number) => void
  readonly failed: (error: unknown) => void
}

export class Writing {
  /** Promises of the stream's that are not settled. */
  pending = 0
  #parts: WritingParts
  #writer: WritableStreamDefaultWriter<never>

  constructor(parts: WritingParts) {
    this.#parts = parts
    this.#writer = parts.producer.writable().getWriter() as never
    this.#await(this.#writer.closed, nothing, (error) => {
      if (parts.history.end === null) parts.failed(error)
    })
  }

  async write(): Promise<void> {
    const { times, clock, history, record, written, awaited } = this.#parts
    for (const [index, at] of times.entries()) {
      if (clock.now() < at) await new Promise<void>((resolve) => clock.at(at, resolve))
      if (history.end !== null) return
      const begin = clock.now()
      const write = this.#writer.write(record(index) as never)
      this.#await(write, () => written(index), nothing)
      if (!history.plan.awaits) continue
      try {
        await write
      } catch {
        return
      }
      awaited(clock.now() - begin)
    }
    const end = clock.now() + history.plan.endAt
    if (history.plan.end === 'complete') clock.at(end, () => this.#close())
  }

  abort(): void {
    this.#await(this.#writer.abort(new Error('aborted')), nothing, nothing)
  }

  #close(): void {
    const { clock, closed } = this.#parts
    const begin = clock.now()
    this.#await(this.#writer.close(), () => closed(clock.now() - begin), nothing)
  }

  #await(promise: Promise<unknown>, done: () => void, failed: (error: unknown) => void): void {
    this.pending += 1
    const count = () => {
      this.pending -= 1
    }
    promise.then(done, failed).then(count, count)
  }
}

function nothing(): void {}
