import type { Observable, ObservableInput, OperatorFunction } from 'rxjs'
import { checkOptions, type OptionNames, wrongOption } from '../config/options.ts'
import type { RecordMetadata } from '../model.ts'
import type { RecordFor } from '../producer/record-for.ts'
import { refuseNested } from '../producer/transaction-body.ts'
import { operator } from '../stages/operator.ts'
import { countOf } from './in-transaction.ts'
import type { GroupSource, MessagePosition } from './source-offsets.ts'
import { queuesOf, type TransactionalProducer } from './transactional-source.ts'
import { Units } from './units.ts'

// Consume-transform-produce, each message exactly once: its options. The work is in units.ts.

/** Options of {@link exactlyOnce}. */
export interface ExactlyOnceOptions<M, R> {
  /**
   * Returns the records to send for a message: none (null), one, a list, or a stream, which is awaited.
   */
  readonly records: (message: M) => R | ObservableInput<R> | null | undefined
  /** Returns where a message was read. */
  readonly position: (message: M) => MessagePosition
  /**
   * The consumer's group membership, or a function that returns it. The function is called at each
   * commit.
   */
  readonly group: GroupSource
  /**
   * When a transaction ends and the next one begins: either milliseconds after its first message, or a
   * stream, each value of which is a boundary. For example, merge a stream of "partitions are being
   * revoked" into it. If the first message arrives while an earlier transaction commits, the milliseconds
   * count from the end of that commit.
   *
   * @defaultValue `100`
   *
   */
  readonly every?: number | Observable<unknown> | undefined
  /**
   * The maximum number of messages in one transaction. The next message begins another transaction. An
   * integer, 1 or more, or `Infinity`.
   *
   * @defaultValue `10_000`
   *
   */
  readonly maxMessages?: number | undefined
  /**
   * The maximum number of messages that wait behind a message whose records come from a stream that has
   * not ended. One more aborts the transaction (`TRANSACTION_TOO_LARGE`). A source in `paced` is not
   * asked for more while any message waits. An integer, 1 or more, or `Infinity`.
   *
   * @defaultValue `10_000`
   *
   */
  readonly maxWaiting?: number | undefined
  /**
   * What prevents a consumer that has left its group from committing (KIP-447). With `group`, it is the
   * group's generation and the member id; without them the transaction is refused. With
   * `transactional.id`, it is only the producer's name, for consumers that do not provide the two. Then
   * each input partition needs its own `transactional.id`, and the consumer must not read its committed
   * offsets before `producer.initTransactions()` has resolved: until then, another instance may commit.
   *
   * @defaultValue `'group'`
   *
   */
  readonly fencing?: 'group' | 'transactional.id' | undefined
}

/** A message whose offset is committed, and the results of its records. */
export interface Committed<M, R> {
  readonly message: M
  readonly results: readonly RecordMetadata<R>[]
}

const optionNames: OptionNames<ExactlyOnceOptions<unknown, unknown>> = {
  records: true,
  position: true,
  group: true,
  every: true,
  maxMessages: true,
  maxWaiting: true,
  fencing: true,
}

/**
 * Consumes, transforms and produces, each message exactly once. It sends the records made from messages
 * in transactions that also commit the consumer's offsets. It emits each message with its results, in
 * input order, when the transaction of the message is committed.
 *
 * The consumer must start at the committed offsets, read with `isolation.level` `read_committed`, and not
 * commit by itself. When the source completes, the open transaction is committed first. When a
 * transaction is aborted, the stream fails, and messages that were not emitted are not committed. Then
 * subscribe again (`retry`), with a consumer that starts at the committed offsets.
 *
 * While a transaction commits, the next one is filled. A source in `paced` is asked for more until 1 MiB (or
 * an eighth of `buffer.memory`, if that is less) waits for the commit. Records that are neither strings nor
 * bytes are assumed to be as large as those of the last transaction.
 *
 * Memory: it holds the messages and results of the transactions that have not ended, at most 1,000,000
 * messages of transactions whose turn has not come (one more is `TRANSACTION_TOO_LARGE`), and at most
 * `maxWaiting` messages behind one whose records are awaited.
 *
 * @param producer - a producer with a `transactional.id`, or a pool
 * @throws ConfigError, synchronously, if the producer has no `transactional.id`, or an option is unknown
 * or out of range
 *
 * @example
 * ```ts
 * defer(() => messagesOf(consumer)).pipe(
 *   exactlyOnce(producer, {
 *     records: (m) => (m.value === null ? null : { topic: 'totals', key: m.key, value: total(m) }),
 *     position: (m) => m,
 *     group: consumer,
 *   }),
 *   retry({ delay: (e) => (isKafkaError(e) && e.retriable ? timer(1000) : throwError(() => e)) }),
 * )
 * ```
 *
 */
export function exactlyOnce<M, R extends RecordFor<K, V>, K = never, V = never>(
  producer: TransactionalProducer<K, V>,
  options: ExactlyOnceOptions<M, R>,
): OperatorFunction<M, Committed<M, R>> {
  checkOptions<ExactlyOnceOptions<M, R>>('exactlyOnce', options, optionNames)
  const { records, position, every = 100 } = options
  for (const [key, value] of Object.entries({ records, position })) {
    if (typeof value !== 'function') throw wrongOption('INVALID_VALUE', key, value, 'a function')
  }
  if (!isStream(every) && !(typeof every === 'number' && every >= 0)) {
    throw wrongOption('INVALID_VALUE', 'every', every, 'milliseconds, 0 or more, or an Observable')
  }
  const maxMessages = countOf('maxMessages', options.maxMessages, 10_000)
  const maxWaiting = countOf('maxWaiting', options.maxWaiting, 10_000)
  const next = queuesOf(producer)
  return operator((out, release) => {
    const queue = next()
    refuseNested(queue)
    return new Units<M, R>(queue, out, { ...options, every, maxMessages, maxWaiting, release })
  })
}

/** Whether it is an Observable, of any copy of RxJS. */
function isStream(given: unknown): given is Observable<unknown> {
  const { lift, subscribe } = (given ?? {}) as { readonly [key: string]: unknown }
  return typeof lift === 'function' && typeof subscribe === 'function'
}
