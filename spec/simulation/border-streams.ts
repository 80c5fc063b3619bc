import { map, Observable, Subject, type Subscription, take, tap } from 'rxjs'
import type { ProducerRecord, RecordMetadata } from '../../lib/model.ts'
import type { EachResult } from '../../lib/operators/to-kafka-each.ts'
import type { BorderCode } from './border-code.ts'
import { BorderHistory, type Taken } from './border-history.ts'
import type { BorderKind, BorderRecord, BorderStream } from './border-scenario.ts'
import { thrown } from './border-things.ts'
import type { Library } from './library.ts'

// The streams of a run of the border regime: how each gives its records, and what it reports about them.

export interface BorderSetting {
  readonly library: Library
  readonly producer: InstanceType<Library['KafkaProducer']>
  readonly code: BorderCode
  readonly at: (at: number, does: () => void) => void
  /** Makes a record of a plan; it must be given immediately. */
  readonly take: (stream: BorderHistory, plan: BorderRecord) => ProducerRecord
  readonly violate: (property: string, detail: string) => void
}

/** Records given in the middle of something else behave. */
const innocent: BorderRecord = {
  at: 0,
  partition: null,
  hasKey: false,
  hasHeaders: false,
  bytes: 3,
  as: 'ascii',
  deed: { does: 'nothing' },
}

/** A source item: of toKafkaEach the plans of its records. */
type Item = readonly BorderRecord[]

interface Opened {
  readonly history: BorderHistory
  readonly source: Subject<Item>
  leave: () => void
}

export class BorderStreams {
  readonly histories: BorderHistory[] = []
  #setting: BorderSetting
  #opened = new Map<BorderHistory, Opened>()
  #sends: BorderHistory | null = null
  #inner = 0

  constructor(setting: BorderSetting) {
    this.#setting = setting
  }

  open(plan: BorderStream, name: string): void {
    const records = [...plan.records].sort((one, other) => one.at - other.at)
    const history = this.#history(name, plan.kind)
    const { at } = this.#setting
    if (plan.kind === 'send') {
      for (const record of records) at(record.at, () => this.#send(history, record))
      at(records.at(-1)!.at, () => {
        history.end = 'completed'
      })
    } else if (plan.kind === 'paced')
      at(records[0]!.at, () => this.#openPaced(plan, records, history))
    else this.#openStream(plan, itemsOf(plan.kind, records), history)
  }

  /** One more record by a promise. */
  send(): void {
    this.#sends ??= this.#history('x', 'send')
    this.#sends.end = 'completed'
    this.#send(this.#sends, innocent)
  }

  /** One more stream, of one record. */
  openInner(): void {
    const history = this.#history(`o${this.#inner}`, 'settled')
    this.#inner += 1
    const source = new Observable<ProducerRecord>((out) => {
      out.next(this.#setting.take(history, innocent))
      out.complete()
    })
    this.#subscribe(history, source.pipe(this.#operator('settled') as never), 'complete', 0)
  }

  /** One more record of a stream, if it still listens to its source. */
  next(history: BorderHistory): void {
    const opened = this.#opened.get(history)
    if (opened?.source.observed) opened.source.next([innocent])
    else this.send()
  }

  complete(history: BorderHistory): void {
    this.#opened.get(history)?.source.complete()
  }

  leave(history: BorderHistory): void {
    this.#opened.get(history)?.leave()
  }

  #history(name: string, kind: BorderKind): BorderHistory {
    const history = new BorderHistory(name, kind)
    this.histories.push(history)
    return history
  }

  #send(history: BorderHistory, plan: BorderRecord): void {
    const { take, code, producer } = this.#setting
    const record = take(history, plan)
    const taken = code.of(record)
    producer.send(record as never).then(
      (metadata) => this.#acknowledged(metadata as never),
      (error) => taken.said.push({ error, listed: false, partition: -1, offset: -1 }),
    )
  }

  #openStream(
    plan: BorderStream,
    items: readonly (Item & { at: number })[],
    history: BorderHistory,
  ): void {
    const source = new Subject<Item>()
    const { at, take } = this.#setting
    const one$ = source.pipe(map((item) => take(history, item[0]!)))
    const results$: Observable<unknown> =
      plan.kind === 'each'
        ? source.pipe(this.#each(history) as never)
        : one$.pipe(this.#operator(plan.kind) as never)
    this.#opened.set(history, { history, source, leave() {} })
    this.#subscribe(history, results$, plan.end, plan.endAt)
    for (const item of items) {
      at(item.at, () => {
        if (source.observed) source.next(item)
      })
    }
    const last = items.at(-1)!.at
    at(last + (plan.end === 'complete' ? 0 : plan.endAt), () => {
      if (plan.end === 'unsubscribe') this.leave(history)
      else if (plan.end === 'projectThrows') this.#fail(history, source, plan.kind)
      else source.complete()
    })
  }

  #fail(history: BorderHistory, source: Subject<Item>, kind: BorderKind): void {
    if (!source.observed) return
    history.projectThrew = { what: thrown.speechless }
    if (kind === 'each') source.next(bomb)
    else source.error(thrown.speechless)
  }

  #openPaced(plan: BorderStream, records: readonly BorderRecord[], history: BorderHistory): void {
    const { library, producer, take, at } = this.#setting
    const plans = function* () {
      yield* records
      if (plan.end !== 'projectThrows') return
      history.projectThrew = { what: thrown.speechless }
      throw thrown.speechless
    }
    this.#opened.set(history, { history, source: new Subject(), leave() {} })
    const results$ = library.paced(plans(), producer).pipe(
      map((record) => take(history, record)),
      this.#operator('settled') as never,
    )
    this.#subscribe(history, results$, plan.end, plan.endAt)
    if (plan.end === 'unsubscribe') at(plan.endAt, () => this.leave(history))
  }

  #operator(kind: BorderKind) {
    const { library, producer } = this.#setting
    if (kind === 'fail') return library.toKafka(producer)
    const options = kind === 'ordered' ? { order: 'input' as const, maxOutstanding: 3 } : {}
    return library.toKafkaSettled(producer, options)
  }

  #each(history: BorderHistory) {
    const { library, producer, take, code } = this.#setting
    return library.toKafkaEach(producer, (item: Item) => {
      if (item === bomb) throw thrown.speechless
      const records = item.map((plan) => take(history, plan))
      const taken = records.map((record) => code.of(record))
      for (const one of taken) one.isFirst = one === taken[0]
      history.items.push(taken)
      return records as never
    })
  }

  #subscribe(
    history: BorderHistory,
    results$: Observable<unknown>,
    end: BorderStream['end'],
    endAt: number,
  ): void {
    const most = end === 'take' ? 1 + (endAt % 7) : Number.POSITIVE_INFINITY
    let seen = 0
    let subscription: Subscription | null = null
    let isLeaving = false
    const opened = this.#opened.get(history)
    if (opened !== undefined)
      opened.leave = () => {
        isLeaving = true
        history.end ??= 'left'
        subscription?.unsubscribe()
      }
    subscription = results$
      .pipe(
        tap((result) => this.#result(history, result)),
        take(most),
      )
      .subscribe({
        next: (result) => {
          seen += 1
          for (const taken of this.#recordsOf(result)) this.#setting.code.next(taken)
        },
        complete: () => {
          history.end ??= seen === most ? 'left' : 'completed'
        },
        error: (error) => this.#failed(history, error),
      })
    if (isLeaving) subscription.unsubscribe()
  }

  #recordsOf(result: unknown): readonly Taken[] {
    const { code } = this.#setting
    const { metadata, record } = result as EachResult<unknown, object> & { record?: object }
    if (Array.isArray(metadata)) return metadata.map((one) => code.of(one.record))
    return [code.of(record ?? (metadata as unknown as RecordMetadata).record)]
  }

  #result(history: BorderHistory, result: unknown): void {
    if (history.end !== null) this.#setting.violate('nothing after the end', history.name)
    const settled = result as {
      status?: string
      metadata: RecordMetadata
      error: unknown
      record: object
    }
    if (history.kind === 'each') this.#item(history, result as EachResult<Item, ProducerRecord>)
    else if (settled.status === undefined) this.#acknowledged(result as RecordMetadata)
    else if (settled.status === 'fulfilled') this.#acknowledged(settled.metadata)
    else
      this.#setting.code
        .of(settled.record)
        .said.push({ error: settled.error, listed: false, partition: -1, offset: -1 })
    if (history.kind === 'each' && this.#recordsOf(result).length === 0) return
    const [first] = this.#recordsOf(result)
    this.#setting.code.below(first!)
  }

  #item(history: BorderHistory, { metadata }: EachResult<Item, ProducerRecord>): void {
    const due = history.items[history.out]
    history.out += 1
    const given = metadata.map(({ record }) => this.#setting.code.of(record).id).join()
    const wanted = due?.map(({ id }) => id).join()
    if (given !== wanted)
      this.#setting.violate('an item is emitted with its own results', `${wanted} with ${given}`)
    for (const one of metadata) this.#acknowledged(one)
  }

  #acknowledged({ record, partition, offset }: RecordMetadata): void {
    this.#setting.code.of(record).said.push({ error: null, listed: false, partition, offset })
  }

  #failed(history: BorderHistory, error: unknown): void {
    const isBelow = history.taken.some(
      ({ plan: { deed } }) => deed.does === 'throwBelow' && thrown[deed.what] === error,
    )
    history.end ??= isBelow ? 'left' : 'failed'
    history.error = error
    if (isBelow || typeof error !== 'object' || error === null || error === thrown.revoked) return
    const { unsent = [], unknown = [] } = error as { unsent?: Listed[]; unknown?: Listed[] }
    for (const { error: cause } of [...unsent, ...unknown]) {
      const { record } = cause as unknown as { record: object }
      this.#setting.code
        .of(record)
        .said.push({ error: cause, listed: true, partition: -1, offset: -1 })
    }
  }
}

interface Listed {
  readonly error: Error
}

/** An item that `project` throws at. */
const bomb: Item = []

/** Of toKafkaEach an item has none, one or two records. */
function itemsOf(kind: BorderKind, records: readonly BorderRecord[]): (Item & { at: number })[] {
  const items: (Item & { at: number })[] = []
  let index = 0
  while (index < records.length) {
    const size = kind === 'each' ? 1 + (items.length % 2) : 1
    const item = records.slice(index, index + size)
    items.push(Object.assign(item, { at: records[index]!.at }))
    if (kind === 'each' && items.length % 3 === 0)
      items.push(Object.assign([], { at: item[0]!.at }))
    index += size
  }
  return items
}
