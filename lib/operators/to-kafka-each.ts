import type { OperatorFunction, Subscriber } from 'rxjs'
import { Fifo } from '../collections/fifo.ts'
import { isThenable, watchRejection } from '../collections/thenable.ts'
import { checkOptions, type OptionNames } from '../config/options.ts'
import type { ProducerConfig } from '../config/producer-config.ts'
import { kindOf } from '../errors/quoted.ts'
import type { ProducerRecord, RecordMetadata } from '../model.ts'
import type { KafkaProducer } from '../producer/kafka-producer.ts'
import type { RecordFor } from '../producer/record-for.ts'
import { operator, type Stage } from '../stages/operator.ts'
import { failedBy } from '../stages/unhandled.ts'
import type { Delivery } from './delivery.ts'
import { EmptyItems, tooManyEmpty } from './empty-items.ts'
import { deliveries, type ToKafkaOptions, toKafkaOptions } from './to-kafka.ts'

// None, one or many records per item, over one delivery whose results come in the order of all input.
//
// Invariant: an item leaves when all its records are acknowledged, and all earlier items have left. A
// failed record stops that for good: no later item is emitted, so every emitted item can be committed.

/** An item, and the results of its records, in their order. */
export interface EachResult<M, R> {
  readonly item: M
  readonly metadata: readonly RecordMetadata<R>[]
}

/** Options of {@link toKafkaEach}: those of {@link toKafka}. The order is always `'input'`. */
export type ToKafkaEachOptions = Omit<ToKafkaOptions, 'order'>

const { order: _, ...names } = toKafkaOptions
const optionNames: OptionNames<ToKafkaEachOptions> = names

/**
 * Delivers the records that `project` returns for each item (none, one or many). It emits the item and
 * the results of its records when all of them are acknowledged, in input order. An item without records
 * is emitted in its turn. So a consumer's messages come out in the order in which they may be committed.
 *
 * Records of different items share batches, as in {@link toKafka}. When a record cannot be delivered, the
 * stream fails as {@link toKafka} does. It does not emit the items after the failed one, although their
 * records may be in the log. If `project` throws, earlier records are delivered first, and then the
 * stream fails.
 *
 * `maxOutstanding` counts records. A source in `paced` is also not asked for more while as many items without
 * records wait for earlier items. If 1,000,000 wait, of a source that cannot wait, the stream fails with a
 * {@link DeliveryError} of code `BUFFER_EXHAUSTED`, as soon as the earlier records have their results.
 *
 * @param config - Kafka's own keys, see {@link ProducerConfig}; or a producer to share
 * @param project - returns the records of an item: one, a list, or null for none. It is called once per
 * item, synchronously
 * @throws ConfigError, synchronously, if a key or an option is unknown, out of range, or contradicts
 * another
 *
 * @example
 * ```ts
 * messages$.pipe(
 *   toKafkaEach(producer, ({ lines }) => lines.map((value) => ({ topic: 'lines', value }))),
 *   concatMap(({ item }) => consumer.commit(item)),
 * )
 * ```
 *
 */
export function toKafkaEach<M, R extends RecordFor<K, V>, K = never, V = never>(
  config: ProducerConfig<K, V> | KafkaProducer<K, V>,
  project: (item: M) => R | readonly R[] | null | undefined,
  options: ToKafkaEachOptions = {},
): OperatorFunction<M, EachResult<M, R>> {
  checkOptions<ToKafkaEachOptions>('toKafkaEach', options, optionNames)
  if (typeof project !== 'function') {
    throw new TypeError('the second argument of toKafkaEach must be a function of the item')
  }
  const open = deliveries<R, K, V>(config, { ...options, order: 'input' })
  return operator((out, release) => {
    const items = new Items<M, R>(out)
    const { delivery, parts } = open(out, release, {
      acknowledged: (metadata, position) => items.acknowledged(metadata, position),
    })
    const empty = new EmptyItems(parts.engine.backlog(), parts.maxOutstanding!)
    items.empty = empty
    return new Each({ items, empty, delivery, project, release })
  })
}

/** An item, and the records made from it. */
interface Given<M, R> {
  readonly item: M
  readonly records: readonly R[]
}

interface EachParts<M, R extends ProducerRecord> {
  readonly items: Items<M, R>
  readonly empty: EmptyItems
  readonly delivery: Delivery<R>
  readonly project: (item: M) => R | readonly R[] | null | undefined
  readonly release: () => void
}

/**
 * The stage: takes items, and gives their records to the delivery. The records of an item stay together:
 * if, for example, a serializer gives something to the source in between, that comes after them, and so
 * does the source's end.
 */
class Each<M, R extends RecordFor<K, V>, K, V> implements Stage<M> {
  #parts: EachParts<M, R>
  /** Items that came while the records of another one are being given. */
  #waiting = new Fifo<Given<M, R>>()
  #isGiving = false
  #isOver = false
  /** How the source ended while records were being given. */
  #end: (() => void) | null = null

  constructor(parts: EachParts<M, R>) {
    this.#parts = parts
  }

  next(item: M): void {
    if (this.#isOver) return
    let records: readonly R[]
    try {
      records = listed(this.#parts.project(item))
      if (records.length === 0 && this.#parts.empty.areTooMany) throw tooManyEmpty()
    } catch (thrown) {
      this.#isOver = true
      this.#parts.release()
      this.fail(thrown)
      return
    }
    this.#waiting.push({ item, records })
    if (!this.#isGiving) this.#give()
  }

  complete(): void {
    this.#ends(() => this.#parts.delivery.complete())
  }

  fail(cause: unknown): void {
    this.#ends(() => this.#parts.delivery.fail(cause))
  }

  close(): void {
    this.#isOver = true
    this.#parts.empty.close()
    this.#parts.delivery.close()
  }

  #give(): void {
    this.#isGiving = true
    for (let given = this.#waiting.shift(); given !== undefined; given = this.#waiting.shift()) {
      this.#parts.items.add(given.item, given.records.length)
      for (const record of given.records) this.#parts.delivery.next(record)
    }
    this.#isGiving = false
    this.#end?.()
  }

  #ends(end: () => void): void {
    if (this.#isGiving) this.#end = end
    else end()
  }
}

interface Entry<M, R> {
  readonly item: M
  readonly metadata: RecordMetadata<R>[]
  /** The number of records without a result. */
  left: number
  /** It has no records, and waits for those of earlier items. */
  readonly isEmpty: boolean
}

/** Items that have not left, oldest first. */
class Items<M, R> {
  /** Told of those without records. */
  empty!: EmptyItems
  #out: Subscriber<EachResult<M, R>>
  #waiting = new Fifo<Entry<M, R>>()
  /** The position of the record whose result is next; any other one means that this record has failed. */
  #next = 0
  #isEmitting = false

  constructor(out: Subscriber<EachResult<M, R>>) {
    this.#out = out
  }

  add(item: M, left: number): void {
    const isEmpty = left === 0 && (this.#isEmitting || this.#waiting.length > 0)
    if (left === 0) this.empty.entered()
    if (isEmpty) this.empty.waits()
    this.#waiting.push({ item, metadata: [], left, isEmpty })
    this.#emit()
  }

  acknowledged(metadata: RecordMetadata<R>, position: number): void {
    if (position !== this.#next) return
    this.#next += 1
    const entry = this.#waiting.peek()!
    entry.metadata.push(metadata)
    entry.left -= 1
    this.#emit()
  }

  /** Emits everything that may leave; what comes in meanwhile waits for its turn. */
  #emit(): void {
    if (this.#isEmitting) return
    this.#isEmitting = true
    while (this.#waiting.peek()?.left === 0) {
      const { item, metadata, isEmpty } = this.#waiting.shift()!
      if (isEmpty) this.empty.went()
      try {
        this.#out.next({ item, metadata })
      } catch (thrown) {
        failedBy(thrown, this.#out)
      }
    }
    this.#isEmitting = false
  }
}

/** Copies the list: the caller may change it while its records are given. */
function listed<R>(given: R | readonly R[] | null | undefined): readonly R[] {
  if (given === null || given === undefined) return []
  if (Array.isArray(given)) return [...given]
  if (isThenable(given)) watchRejection(given, () => {})
  else if (typeof given !== 'object' || 'topic' in given || !(Symbol.iterator in given)) {
    return [given as R]
  }
  throw new TypeError(
    `the function of toKafkaEach returned ${kindOf(given)}; it must return a record, an array of records or null, synchronously`,
  )
}
