// The stream of a chaos run: records numbered from 0, pushed at a steady rate through `toKafka` as
// long as there are faults, and the reported place of each record. Only numbers are kept, in flat
// arrays, because a long run has millions.

import { lastValueFrom, Observable, type Subscriber, tap } from 'rxjs'
import { type ProducerConfig, type ProducerRecord, type RecordMetadata, toKafka } from 'to-kafka'
import type { Runtime } from '../../lib/runtime.ts'

const tickMs = 5
/** If the faults are over early, the remaining records are pushed in bursts of this size. */
const burst = 500
/** Many keys for each partition, so that partitions get equal shares. */
const keys = 1_000

export interface Numbered extends ProducerRecord<string, string> {
  readonly number: number
}

export interface StreamOptions {
  readonly topic: string
  readonly perSecond: number
  /** The stream ends after {@link ChaosStream.finish}, and not before this number of records. */
  readonly recordsMin: number
  readonly config: ProducerConfig
  readonly runtime: Runtime
}

export class ChaosStream {
  readonly #options: StreamOptions
  #sent = 0
  #acknowledged = 0
  #finishing = false
  #partitions = new Int16Array(1024).fill(-1)
  #offsets = new Float64Array(1024)
  #order: number[][] = []
  #repeated: number[] = []
  #done: Promise<unknown> | null = null
  #failure: unknown = null

  constructor(options: StreamOptions) {
    this.#options = options
  }

  get sent(): number {
    return this.#sent
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  /** Its error; null while it runs, and if it completed. */
  get failure(): unknown {
    return this.#failure
  }

  /** Numbers that got more than one result. */
  get repeated(): readonly number[] {
    return this.#repeated
  }

  /** The numbers of the records in a partition, in the order of their results. */
  get order(): readonly (readonly number[])[] {
    return this.#order
  }

  /** The reported place of a record; partition -1 if nothing was reported. */
  placeOf(number: number): { readonly partition: number; readonly offset: number } {
    return { partition: this.#partitions[number] ?? -1, offset: this.#offsets[number] ?? -1 }
  }

  begin(): void {
    const { config, runtime } = this.#options
    const results$ = this.#numbers$().pipe(
      toKafka<Numbered>(config as ProducerConfig<never, never>, { runtime }),
      tap((metadata) => this.#note(metadata)),
    )
    this.#done = lastValueFrom(results$, { defaultValue: null }).catch((error: unknown) => {
      this.#failure = error
    })
  }

  /** Pushes records up to the minimum, then ends; resolves when the last result is there. */
  async finish(): Promise<void> {
    this.#finishing = true
    await this.#done
  }

  #numbers$(): Observable<Numbered> {
    return new Observable((out) => {
      const begin = performance.now()
      const timer = setInterval(() => this.#tick(out, performance.now() - begin), tickMs)
      return () => clearInterval(timer)
    })
  }

  #tick(out: Subscriber<Numbered>, elapsedMs: number): void {
    if (out.closed) return
    const { perSecond, recordsMin } = this.#options
    const due = Math.floor((elapsedMs * perSecond) / 1_000)
    const isLate = this.#finishing && this.#sent < recordsMin
    const until = isLate ? Math.min(this.#sent + burst, recordsMin) : due
    while (this.#sent < until) out.next(this.#record(this.#sent++))
    if (this.#finishing && this.#sent >= recordsMin) out.complete()
  }

  #record(number: number): Numbered {
    const { topic } = this.#options
    return { topic, key: `${number % keys}`, value: textOf(number), number }
  }

  #note({ partition, offset, record: { number } }: RecordMetadata<Numbered>): void {
    this.#acknowledged += 1
    if (number >= this.#partitions.length) this.#grow()
    if (this.#partitions[number] !== -1) this.#repeated.push(number)
    this.#partitions[number] = partition
    this.#offsets[number] = offset
    while (this.#order.length <= partition) this.#order.push([])
    this.#order[partition]?.push(number)
  }

  #grow(): void {
    const partitions = new Int16Array(this.#partitions.length * 2).fill(-1)
    const offsets = new Float64Array(partitions.length)
    partitions.set(this.#partitions)
    offsets.set(this.#offsets)
    this.#partitions = partitions
    this.#offsets = offsets
  }
}

/** The number, and padding of a length that differs from record to record. */
export function textOf(number: number): string {
  return `${number} ${'x'.repeat((number * 37) % 200)}`
}

export function numberOf(value: string): number {
  return Number(value.slice(0, value.indexOf(' ')))
}
