import { isObservable, type Observable, type ObservableInput, type OperatorFunction } from 'rxjs'
import { checkOptions, type OptionNames, wrongOption } from '../config/options.ts'
import type { RecordMetadata } from '../model.ts'
import type { RecordFor } from '../producer/record-for.ts'
import { refuseNested } from '../producer/transaction-body.ts'
import { operator } from '../stages/operator.ts'
import { countOf } from './in-transaction.ts'
import type { GroupSource, MessagePosition } from './source-offsets.ts'
import { queuesOf, type TransactionalProducer } from './transactional-source.ts'
import { Units } from './units.ts'

// Consume, transform, produce, each message exactly once: its options. The work is in units.ts.

/** How {@link exactlyOnce} works. */
export interface ExactlyOnceOptions<M, R> {
  /** What to send for a message: none (null), one, many, or a stream of records, which is awaited. */
  readonly records: (message: M) => R | ObservableInput<R> | null | undefined
  /** Where a message was read. */
  readonly position: (message: M) => MessagePosition
  /** The consumer's membership, or what gives it: asked anew at each commit. */
  readonly group: GroupSource
  /**
   * When a transaction ends and the next one begins: milliseconds after its first message, or a stream
   * whose every value is a boundary (merge in "partitions are being revoked").
   *
   * @defaultValue `100`
   */
  readonly every?: number | Observable<unknown> | undefined
  /**
   * How many messages one transaction may have; the next one begins another. An integer, 1 or more, or
   * `Infinity`.
   *
   * @defaultValue `10_000`
   */
  readonly maxMessages?: number | undefined
  /**
   * How many messages may wait behind one whose records come from a stream that has not ended yet, for they
   * are taken in order. One more aborts the transaction (`TRANSACTION_TOO_LARGE`). A source in `paced` is
   * not asked for more while any waits. An integer, 1 or more, or `Infinity`.
   *
   * @defaultValue `10_000`
   */
  readonly maxWaiting?: number | undefined
  /**
   * What keeps a consumer that has left its group from committing (KIP-447). `group`: its generation and
   * member id, without which the transaction is refused. `transactional.id`: only the name of the
   * producer, for consumers that do not tell these: then each input partition needs a name of its own.
   *
   * @defaultValue `'group'`
   */
  readonly fencing?: 'group' | 'transactional.id' | undefined
}

/** A message whose offset is committed, and the results of the records that were made of it. */
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
 * Consumes, transforms and produces, each message exactly once: the records that are made of messages
 * are sent in transactions that commit the consumer's offsets as well. Emits each message with its results once
 * the transaction that has it is committed, in input order.
 *
 * The consumer has to read from what is committed, with `isolation.level` `read_committed`, and commit
 * nothing itself. When the source completes, what is open is committed first. When a transaction is
 * aborted, the stream fails, and what was not emitted is not committed: subscribe again, with a consumer
 * that begins where its group is (`retry`).
 *
 * Memory: the messages and results of the transactions that have not ended, and at most `maxWaiting` messages
 * behind one whose records are awaited.
 *
 * @param producer - one with a `transactional.id`, or a pool
 * @throws ConfigError, from this very call, for a producer without a `transactional.id`, or an option
 * that is unknown or out of range
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
  if (!isObservable(every) && !(typeof every === 'number' && every >= 0)) {
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
