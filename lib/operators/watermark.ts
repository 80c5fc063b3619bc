import { defer, filter, map, type OperatorFunction, tap } from 'rxjs'
import { quoted } from '../errors/quoted.ts'

// How far a consumer may commit: of each source partition, the end of what is delivered without a
// gap. Results come in the order of completion, so the latest offset seen says nothing; and offsets
// have gaps of their own (compacted topics, transactions), so what counts is the order in which the
// items were given.
//
// Invariant: a line holds only entries that wait, each with the position that is reached once it and
// all before it are done. So memory is what is outstanding, however much was delivered behind it.

/** Where an item was read: what a consumer commits. Whatever else it carries comes out with it. */
export interface SourcePosition {
  /** For consumers of several topics. */
  readonly topic?: string | undefined
  readonly partition: number | string
  /**
   * Compared for equality only. No string, such as kafkajs has: `offset + 1` would make '51' of '5', and
   * a consumer that commits that skips 45 messages. Give `BigInt(offset)`.
   */
  readonly offset: number | bigint
}

/** Says that an item is done, by its very object: `RecordMetadata`, `SendResult`, or `{ record }`. */
export type Delivered<R> =
  | { readonly record: R; readonly status?: never }
  | { readonly status: 'fulfilled'; readonly metadata: { readonly record: R } }
  | { readonly status: 'rejected'; readonly record: R }

/**
 * Delivers items and emits how far the source may be committed: a position whenever everything that
 * was given of its source partition, up to and with it, is acknowledged. That is for
 * consume-transform-produce, where the consumer's offsets ride on the record.
 *
 * It emits the very object that `position` gave, of the last item of that prefix; Kafka's consumers
 * commit the next offset (`nextOffset`). No position is passed before its item is acknowledged, and the last one is
 * reached when all are. What counts is the order in which items are given, so offsets may have gaps.
 * Several records of one offset count as one where they are given in one go. A position comes with
 * each acknowledgement that moves it; commit every now and then (`auditTime`).
 *
 * A record that `toKafkaSettled` rejects holds its source partition for the rest of the subscription:
 * nothing behind it may be committed. Once it is dealt with, say so inside `deliver`, by an
 * emission `{ record }`. With `toKafka` the stream fails, after the positions that were reached.
 *
 * Each subscription begins anew: after `retry` what was not committed is given, and sent, again.
 * Memory: an entry for each item that is outstanding, which the producer's own limits bound; none for
 * what was acknowledged, even behind one that takes long. An item that `deliver` drops is outstanding
 * for ever: it has to name each one. Items are told apart by their identity, so each has to be an
 * object of its own: one that is given again while it is outstanding fails the stream.
 *
 * @param position - where an item was read; called once for each, in order. If it throws, or gives no
 * position, that is an error of the source: what was given is delivered first
 * @param deliver - the operator that delivers, and emits what is delivered: `toKafka(…)`,
 * `toKafkaSettled(…)`, or any whose emissions name the item as `record` once it is done
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
 * @example None, one or many records for a message: it is done when all of them are.
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
 */
export function watermark<R extends object, P extends SourcePosition>(
  position: (item: R) => P,
  deliver: OperatorFunction<R, Delivered<R>>,
): OperatorFunction<R, P> {
  return (source) =>
    defer(() => {
      const lines = new Lines<R, P>()
      return source.pipe(
        tap((item) => lines.give(item, position(item))),
        deliver,
        map((result) => lines.settle(result)),
        filter((reached) => reached !== null),
      )
    })
}

/** Items that were given one after the other at one offset, and are not all done. */
interface Entry<P> {
  readonly line: Line<P>
  /** How many items are outstanding. */
  waiting: number
  /** Where the watermark comes to when this entry and all before it are done. */
  reaches: P
  before: Entry<P> | null
  after: Entry<P> | null
}

/** The entries of a source partition, in the order in which they were given. */
interface Line<P> {
  readonly name: string
  head: Entry<P> | null
  tail: Entry<P> | null
  /** An item was rejected: nothing that is given from now on can be reached. */
  isHeld: boolean
}

class Lines<R, P extends SourcePosition> {
  #lines = new Map<string, Line<P>>()
  /** What is outstanding. */
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

  /** The position that is reached by this result; null where it moves nothing. */
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
    `the offset of a position of watermark is a number or a bigint, not ${quoted(offset)}${how}`,
  )
}

/** Which of the two a result is for, nobody could say: a position might be passed too early. */
function givenAgain({ topic = '', partition, offset }: SourcePosition): TypeError {
  return new TypeError(
    `watermark: the item of ${topic}-${partition} at offset ${offset} is the same object as one that ` +
      'is still outstanding; each item has to be an object of its own',
  )
}
