import { Observable, type OperatorFunction } from 'rxjs'
import { quoted } from '../errors/quoted.ts'
import { each } from '../stages/operator.ts'

// How far a consumer may commit: for each source partition, the end of what is delivered without a gap.
// Results come in the order of completion, so the latest offset says nothing. Offsets have gaps of their
// own (compacted topics, transactions), so what counts is the order in which the items were given.
//
// Invariant: a line holds only waiting entries, each with the position that is reached once it and all
// earlier ones are done. So the memory needed is that of outstanding items, however many were delivered
// behind them.

/**
 * Where an item was read, which is what a consumer commits. Other properties of the object are kept.
 */
export interface SourcePosition {
  /** Needed if the consumer reads several topics. */
  readonly topic?: string | undefined
  readonly partition: number | string
  /**
   * Only compared for equality. A string, as kafkajs has it, is refused: `offset + 1` would make '51' of
   * '5', and a consumer that commits 51 skips 45 messages. Use `BigInt(offset)`.
   */
  readonly offset: number | bigint
}

/**
 * Reports that an item is delivered, by the item itself: a `RecordMetadata`, a `SendResult`, or `{ record
 * }`.
 */
export type Delivered<R> =
  | { readonly record: R; readonly status?: never }
  | { readonly status: 'fulfilled'; readonly metadata: { readonly record: R } }
  | { readonly status: 'rejected'; readonly record: R }

/**
 * Delivers items, and emits how far the source may be committed: a position whenever all items up to it,
 * of the same source partition, are acknowledged. Use it for consume-transform-produce, with the
 * consumer's offset as a property of the record.
 *
 * It emits the object that `position` returned for the last item of that prefix. Kafka's consumers commit
 * the offset after it (`nextOffset`). A position is never emitted before its item is acknowledged, and
 * the last position is emitted when all items are. The order in which items are given counts, so offsets
 * may have gaps. Several records in a row with the same offset count as one. Each acknowledgement that
 * moves the position emits it; commit from time to time (`auditTime`).
 *
 * A record that `toKafkaSettled` rejects blocks its source partition for the rest of the subscription,
 * and no later position is emitted. When you have handled the record, emit `{ record }` inside `deliver`
 * to go on. With `toKafka` the stream fails, after the positions that were reached.
 *
 * Each subscription starts again: after `retry`, uncommitted items are given and sent again.
 *
 * Memory: one entry per outstanding item, which the producer's own limits bound. Acknowledged items need
 * none, even if an earlier one takes long. An item that `deliver` drops stays outstanding forever, so
 * `deliver` must report every item. Items are recognized by identity, so each must be an object of its
 * own. An object that is given again while it is outstanding fails the stream.
 *
 * @param position - returns where an item was read. It is called once per item, in order. If it throws or
 * returns no position, that is an error of the source: earlier items are delivered first
 * @param deliver - the operator that delivers: `toKafka(…)`, `toKafkaSettled(…)`, or any operator that
 * emits the item as `record` when it is delivered
 *
 * @example
 * ```ts
 * messages$.pipe(
 *   map((message) => ({ topic: 'totals', key: message.key, value: total(message), message })),
 *   watermark(({ message }) => message, toKafka(producer)),
 *   groupBy(({ topic, partition }) => `${topic}-${partition}`),
 *   mergeMap((positions$) => positions$.pipe(auditTime(1000))),
 *   concatMap((at) => consumer.commit(at.topic, at.partition, nextOffset(at))),
 * )
 * ```
 *
 * @example None, one or many records per message: the message is done when all of its records are.
 * ```ts
 * messages$.pipe(
 *   watermark(
 *     (message) => message,
 *     mergeMap((message) =>
 *       from(recordsOf(message)).pipe(toKafka(producer), ignoreElements(), endWith({ record: message })),
 *     ),
 *   ),
 * )
 * ```
 *
 */
export function watermark<R extends object, P extends SourcePosition>(
  position: (item: R) => P,
  deliver: OperatorFunction<R, Delivered<R>>,
): OperatorFunction<R, P> {
  return (source) =>
    new Observable((out) => {
      const lines = new Lines<R, P>()
      const given = each<R, R>((item, emit) => {
        lines.give(item, position(item))
        emit(item)
      })
      const reached = each<Delivered<R>, P>((result, emit) => {
        const at = lines.settle(result)
        if (at !== null) emit(at)
      })
      return source.pipe(given, deliver, reached).subscribe(out)
    })
}

/** Items given one after the other at one offset, of which some are not done. */
interface Entry<P> {
  readonly line: Line<P>
  /** The number of outstanding items. */
  waiting: number
  /** The watermark once this entry and all earlier ones are done. */
  reaches: P
  before: Entry<P> | null
  after: Entry<P> | null
}

/** The entries of a source partition, in the order in which they were given. */
interface Line<P> {
  readonly name: string
  head: Entry<P> | null
  tail: Entry<P> | null
  /** An item was rejected: no later item can be reached. */
  isHeld: boolean
}

class Lines<R, P extends SourcePosition> {
  #lines = new Map<string, Line<P>>()
  /** The outstanding items. */
  #entries = new Map<R, Entry<P>>()

  give(item: R, position: P): void {
    checkOffset(position)
    const line = this.#lineOf(position)
    if (line.isHeld) return
    if (this.#entries.has(item)) throw givenAgain(position)
    const { tail } = line
    if (tail !== null && tail.reaches.offset === position.offset) {
      tail.waiting += 1
      this.#entries.set(item, tail)
      return
    }
    const entry: Entry<P> = { line, waiting: 1, reaches: position, before: tail, after: null }
    if (tail === null) line.head = entry
    else tail.after = entry
    line.tail = entry
    this.#entries.set(item, entry)
  }

  /** The position that this result reaches; null if nothing moves. */
  settle(result: Delivered<R>): P | null {
    const item = result.status === 'fulfilled' ? result.metadata.record : result.record
    const entry = this.#entries.get(item)
    if (entry === undefined) return null
    this.#entries.delete(item)
    if (result.status === 'rejected') {
      entry.line.isHeld = true
      return null
    }
    entry.waiting -= 1
    return entry.waiting === 0 ? this.#done(entry) : null
  }

  #done({ line, reaches, before, after }: Entry<P>): P | null {
    if (after === null) line.tail = before
    else after.before = before
    if (before !== null) {
      before.after = after
      before.reaches = reaches
      return null
    }
    line.head = after
    if (after === null) this.#lines.delete(line.name)
    return reaches
  }

  #lineOf({ topic = '', partition }: P): Line<P> {
    const name = `${topic}/${partition}`
    let line = this.#lines.get(name)
    if (line === undefined) {
      line = { name, head: null, tail: null, isHeld: false }
      this.#lines.set(name, line)
    }
    return line
  }
}

function checkOffset({ offset }: SourcePosition): void {
  if (typeof offset === 'number' || typeof offset === 'bigint') return
  const how =
    typeof offset === 'string' ? ', such as BigInt(offset): a string + 1 is a longer string' : ''
  throw new TypeError(
    `the offset of a position of watermark must be a number or a bigint, not ${quoted(offset)}${how}`,
  )
}

/** A result could not be assigned to one of the two, and a position might be passed too early. */
function givenAgain({ topic = '', partition, offset }: SourcePosition): TypeError {
  return new TypeError(
    `watermark: the item of ${topic}-${partition} at offset ${offset} is the same object as one that ` +
      'is still outstanding; each item must be an object of its own',
  )
}
