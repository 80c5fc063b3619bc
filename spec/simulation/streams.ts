import { map, type Observable, Subject, type Subscription } from 'rxjs'
import type { DeliveryError } from '../../lib/errors/delivery-error.ts'
import type { ProducerRecord, RecordMetadata } from '../../lib/model.ts'
import type { ToKafkaOptions } from '../../lib/operators/to-kafka.ts'
import type { KafkaProducer } from '../../lib/producer/kafka-producer.ts'
import { type Client, Clients } from './clients.ts'
import { StreamHistory } from './history.ts'
import { beset, leave } from './hostile.ts'
import type { Library } from './library.ts'
import { isSerene, type RecordPlan, type StreamPlan } from './scenario.ts'
import { identify, placeNumber, type Setting, topic } from './setting.ts'
import { atOnce, byPromises, Source } from './sources.ts'
import { Writing } from './writing.ts'

// The streams of a run: each gives its records by another part of the public API, and records the results.
// All but the owned ones share one producer.

/** What a writable takes to close where nothing goes wrong and nothing lingers. */
const closeMs = 30

export class Streams {
  readonly producer: KafkaProducer
  readonly histories: StreamHistory[] = []
  #setting: Setting
  #clients: Clients
  #shared: Client
  #sources: { readonly history: StreamHistory; readonly source: Source }[] = []
  #writings: Writing[] = []

  constructor(setting: Setting) {
    this.#setting = setting
    this.#clients = new Clients(setting, (metadata, error) => this.#told(metadata, error))
    this.#shared = this.#clients.make()
    const { runtime, config } = this.#shared
    const { KafkaProducer } = setting.library
    this.producer = new KafkaProducer(config as never, { runtime, ...this.#maxWaiting }) as never
  }

  get #maxWaiting() {
    const { maxWaiting } = this.#setting.scenario.config
    return maxWaiting === undefined ? {} : { maxWaiting }
  }

  /** The shared producer knows where records of a topic can go. */
  #knows(of: string): boolean {
    const { cluster } = this.#setting.library.engineOf(this.producer as never)
    return cluster.usable(of) !== undefined
  }

  open(plan: StreamPlan, name: string): void {
    const history = new StreamHistory(name, plan)
    this.histories.push(history)
    const records = [...plan.records].sort((one, other) => one.at - other.at)
    this.#setting.findings.count('records', records.length)
    if (plan.kind === 'send') this.#openSends(records, history)
    else if (plan.kind === 'writable') this.#openWritable(plan, records, history)
    else if (history.isPaced) this.#openPaced(plan, records, history)
    else this.#openStream(plan, records, history)
  }

  #openSends(records: readonly RecordPlan[], history: StreamHistory): void {
    let left = records.length
    records.forEach((plan, index) => {
      this.#setting.clock.at(plan.at, () => {
        const record = this.#record(plan, history, index)
        this.producer
          .send(record)
          .then(
            (metadata) => this.#acknowledged(history, metadata),
            (error) => this.#failed(history, error, false),
          )
          .then(() => {
            left -= 1
            if (left === 0) history.end = 'completed'
          })
      })
    })
  }

  #openPaced(plan: StreamPlan, records: readonly RecordPlan[], history: StreamHistory): void {
    const { paced } = this.#setting.library
    let lastPullAt = Number.POSITIVE_INFINITY
    const source = new Source(records.length, plan.end === 'error', {
      pulled: () => {
        const now = this.#setting.clock.now()
        if (now > lastPullAt + 3) this.#setting.findings.count('gateClosed')
        lastPullAt = now
        this.#setting.journeys.wanted(history, (of) => this.#knows(of))
      },
      misused: (detail) =>
        this.#setting.findings.violate('a source is released once', `${history.name} ${detail}`),
    })
    this.#sources.push({ history, source })
    const pulled =
      plan.kind === 'pacedAsync' ? byPromises(source, this.#setting.clock) : atOnce(source)
    this.#setting.clock.at(records[0]!.at, () => {
      const producer = this.producer as never
      const made$ = paced(pulled, producer).pipe(
        map((index) => this.#record(records[index]!, history, index)),
      )
      const subscription = made$
        .pipe(beset(plan, this.#operator(plan)(producer, this.#options(plan))))
        .subscribe(this.#observer(history))
      this.#setting.clock.at(records[0]!.at + plan.endAt, () => {
        if (history.end === null && isCut(plan) && source.isPending)
          this.#setting.findings.count('leftWhilePulling')
        this.#cut(plan, subscription, history, this.#shared)
      })
    })
  }

  #openWritable(plan: StreamPlan, records: readonly RecordPlan[], history: StreamHistory): void {
    this.#setting.findings.count('writables')
    const writing = new Writing({
      history,
      producer: this.producer,
      clock: this.#setting.clock,
      times: records.map(({ at }) => at),
      record: (index) => this.#record(records[index]!, history, index),
      // From now on there has to be a result.
      written: (index) => history.given(`${history.name}:${index}`),
      awaited: (ms) => {
        if (ms > 1) this.#setting.findings.count('writeWaited')
        // Where nobody else gives anything, it is as a pull is.
        if (this.histories.length === 1)
          this.#setting.journeys.wanted(history, (of) => this.#knows(of))
      },
      closed: (tookMs) => this.#writableClosed(history, tookMs),
      failed: (error) => this.#streamFailed(history, error),
    })
    this.#writings.push(writing)
    void writing.write()
    if (plan.end === 'complete') return
    this.#setting.clock.at(plan.endAt, () => {
      if (history.end !== null) return
      this.#setting.findings.count('aborted')
      history.isLeaving = true
      writing.abort()
      history.isLeaving = false
      history.end = 'unsubscribed'
      this.#forbid(history, this.#shared, false)
    })
  }

  #writableClosed(history: StreamHistory, tookMs: number): void {
    history.end = 'completed'
    for (const { id, results } of history.inputs) {
      if (results.length !== 1 || results[0]?.kind !== 'acknowledged')
        this.#setting.findings.violate(
          'a writable closes when everything is acknowledged',
          `${id} is not`,
        )
    }
    const { bufferMemory, compressMs, metadataMaxAgeMs } = this.#setting.scenario.config
    // What has to wait for its topic, or for metadata that are not too old, lingers from then on.
    const isThere =
      metadataMaxAgeMs > 1000 && history.plan.records.every(({ topic: of }) => of === undefined)
    const isCalm =
      isSerene(this.#setting.scenario) && bufferMemory > 1_000_000 && compressMs === undefined
    if (isCalm && isThere && tookMs > closeMs)
      this.#setting.findings.violate(
        'closing a writable sends lingering batches',
        `it took ${tookMs} ms`,
      )
  }

  #observer(history: StreamHistory) {
    return {
      next: (result: unknown) => this.#result(history, result),
      complete: () => {
        history.end = 'completed'
      },
      error: (error: unknown) => this.#streamFailed(history, error),
    }
  }

  /** Unsubscribes, where the plan says so. */
  #cut(plan: StreamPlan, subscription: Subscription, history: StreamHistory, client: Client): void {
    if (!isCut(plan) || history.end !== null) return
    this.#setting.findings.count('abandonedStream')
    history.isLeaving = true
    leave(plan, subscription)
    history.isLeaving = false
    history.end = 'unsubscribed'
    this.#forbid(history, client, plan.end === 'discard' && !history.isShared)
  }

  #forbid(history: StreamHistory, { isInformed }: Client, discards: boolean): void {
    const count = this.#setting.journeys.left(history, { isInformed, discards })
    this.#setting.findings.count(discards ? 'discarded' : 'withdrawn', count)
  }

  #openStream(plan: StreamPlan, records: readonly RecordPlan[], history: StreamHistory): void {
    const source = new Subject<ProducerRecord>()
    const client = history.isShared ? this.#shared : this.#clients.make()
    const subscription = this.#operated(plan, source, client).subscribe(this.#observer(history))
    records.forEach((record, index) => {
      this.#setting.clock.at(record.at, () => {
        if (history.end === null && source.observed)
          source.next(this.#record(record, history, index))
      })
    })
    const last = records.at(-1)!.at
    this.#setting.clock.at(isCut(plan) ? plan.endAt : last + plan.endAt, () => {
      if (history.end !== null) return
      if (plan.end === 'complete') source.complete()
      else if (plan.end === 'error') source.error(new Error('the source failed'))
      else this.#cut(plan, subscription, history, client)
    })
  }

  #operated(
    plan: StreamPlan,
    source: Subject<ProducerRecord>,
    { config, runtime }: Client,
  ): Observable<unknown> {
    const operator = this.#operator(plan)
    const options = this.#options(plan)
    if (config === this.#shared.config)
      return source.pipe(beset(plan, operator(this.producer as never, options)))
    const onUnsubscribe = plan.end === 'discard' ? 'discard' : 'deliver'
    const owners = { runtime, onUnsubscribe, ...this.#maxWaiting } as const
    return source.pipe(beset(plan, operator(config as never, { ...options, ...owners })))
  }

  #operator({ kind }: StreamPlan): Library['toKafkaSettled'] {
    const { toKafka, toKafkaSettled } = this.#setting.library
    const fails = kind === 'fail' || kind === 'pacedFail' || kind === 'owned'
    return (fails ? toKafka : toKafkaSettled) as typeof toKafkaSettled
  }

  #options({ maxOutstanding }: StreamPlan): ToKafkaOptions {
    if (maxOutstanding === undefined) return {}
    this.#setting.findings.count('inputOrder')
    return { order: 'input', maxOutstanding }
  }

  #record(plan: RecordPlan, history: StreamHistory, index: number): ProducerRecord {
    const { partition, key, bytes, serializeMs } = plan
    const id = `${history.name}:${index}`
    this.#setting.journeys.given(id, history, plan, this.#knows(plan.topic ?? topic))
    if (history.isShared) this.#setting.journeys.checkWaiting(id, this.#shared.isInformed)
    const value = { text: `${id};${'x'.repeat(bytes)}`, ms: serializeMs, id }
    const of = plan.topic ?? topic
    if (partition !== null || key === undefined) return { topic: of, partition, value }
    this.#setting.findings.count('keyed')
    return { topic: of, key, value }
  }

  #result(history: StreamHistory, result: unknown): void {
    const settled = result as { status?: string; metadata: RecordMetadata; error: DeliveryError }
    if (settled.status === undefined) this.#acknowledged(history, result as RecordMetadata)
    else if (settled.status === 'fulfilled') this.#acknowledged(history, settled.metadata)
    else this.#failed(history, settled.error, false)
  }

  #acknowledged(
    history: StreamHistory,
    { record, offset, timestamp, ...place }: RecordMetadata,
  ): void {
    const id = identify(record)
    const partition = placeNumber(place.topic, place.partition)
    this.#setting.journeys.out(id)
    history.result(id, { kind: 'acknowledged', partition, offset, timestamp })
  }

  #failed(history: StreamHistory, error: DeliveryError, listed: boolean): void {
    const { code, persisted, record, limitBytes } = error
    if (code === 'DELIVERY_TIMEOUT') this.#setting.findings.count('expiry')
    // Of the two only memory has a limit in bytes.
    if (code === 'BUFFER_EXHAUSTED')
      this.#setting.findings.count(limitBytes === undefined ? 'tooManyWait' : 'fullBuffer')
    if (code === 'METADATA_TIMEOUT') this.#setting.findings.count('metadataTimeout')
    if (persisted === 'possibly') this.#setting.findings.count('possiblyPersisted')
    const id = identify(record as ProducerRecord)
    this.#setting.journeys.out(id)
    history.result(id, { kind: 'failed', code, persisted, listed })
  }

  #streamFailed(history: StreamHistory, error: unknown): void {
    this.#setting.findings.count('failedStream')
    history.error = error
    history.end = 'failed'
    const { unsent = [], unknown = [] } = error as DeliveryError
    for (const { error: cause } of [...unsent, ...unknown])
      this.#failed(history, cause as DeliveryError, true)
  }

  /** Every record's result, also where its stream has no subscriber any more. */
  #told({ record, offset, timestamp, ...place }: RecordMetadata, error: Error | null): void {
    const id = identify(record)
    const partition = placeNumber(place.topic, place.partition)
    this.#setting.journeys.told(id, error)
    const { stream } = this.#setting.journeys.of(id)
    if (stream.plan.maxOutstanding !== undefined && this.#setting.journeys.isAhead(id)) {
      this.#setting.findings.count('heldForTurn')
    }
    if (!stream.isWritable) return
    if (error !== null) this.#failed(stream, error as DeliveryError, false)
    else stream.result(id, { kind: 'acknowledged', partition, offset, timestamp })
  }

  /** By now all that was begun has to be over. */
  check(): void {
    for (const { history, source } of this.#sources) {
      const isHeld = source.isBegun && !source.isDone && source.releases === 0
      if (history.end !== null && isHeld)
        this.#setting.findings.violate('a source is released once', `${history.name} is not`)
    }
    for (const { pending } of this.#writings) {
      if (pending > 0)
        this.#setting.findings.violate('every stream ends', `${pending} promises of a writable`)
    }
  }
}

function isCut({ end }: StreamPlan): boolean {
  return end === 'unsubscribe' || end === 'discard'
}
