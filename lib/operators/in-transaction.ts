import type { OperatorFunction, Subscriber } from 'rxjs'
import { checkOptions, type OptionNames, wrongOption } from '../config/options.ts'
import type { ProducerRecord, RecordMetadata } from '../model.ts'
import type { RecordFor } from '../producer/record-for.ts'
import { refuseNested } from '../producer/transaction-body.ts'
import type { TransactionQueue } from '../producer/transaction-queue.ts'
import type { TransactionRun } from '../producer/transaction-run.ts'
import { operator, type Stage } from '../stages/operator.ts'
import { contained, failedBy } from '../stages/unhandled.ts'
import { type GroupSource, type MessagePosition, SourceOffsets } from './source-offsets.ts'
import { queuesOf, type TransactionalProducer } from './transactional-source.ts'

// One subscription is one transaction, and a result means that it is committed.

/** How {@link inTransaction} behaves. */
export interface InTransactionOptions<R> {
  /** Offsets of a consumer's group that are committed with the transaction. */
  readonly offsets?:
    | {
        /** Where the record was read; null where it was not. The next offset is what is committed. */
        readonly position: (record: R) => MessagePosition | null
        /** The consumer's membership, or what gives it: asked anew at each commit. */
        readonly group: GroupSource
      }
    | undefined
  /**
   * How many records one transaction may have, for their results are held until the commit. One more
   * aborts it (`TRANSACTION_TOO_LARGE`). An integer, 1 or more, or `Infinity`.
   *
   * @defaultValue `100_000`
   */
  readonly maxRecords?: number | undefined
}

const optionNames: OptionNames<InTransactionOptions<unknown>> = { offsets: true, maxRecords: true }

/**
 * Delivers the records of each subscription as one transaction, and emits their results when it is
 * committed: all at once, in input order, each with the very object that came in; then it completes.
 *
 * It is committed when the source has completed and every record is acknowledged. It is aborted when
 * the source fails (then the stream fails with the source's error), when a record fails or the
 * transaction takes too long (with a {@link TransactionError}), and when it is unsubscribed. Without a
 * record it sends nothing. Boundaries are those of RxJS: `bufferTime` and `concatMap`, or windows and
 * groups and `mergeMap`. A subscription whose turn has not come takes its source's records in and has
 * them wait.
 *
 * @param producer - one with a `transactional.id`, whose transactions take turns; or a pool, of which the
 * producer with the fewest takes it
 * @throws ConfigError, from this very call, for a producer without a `transactional.id`, or an option
 * that is unknown or out of range
 *
 * @example
 * ```ts
 * records$.pipe(
 *   bufferTime(100, null, 5000),
 *   filter((batch) => batch.length > 0),
 *   concatMap((batch) => from(batch).pipe(inTransaction(producer))),
 * )
 * ```
 */
export function inTransaction<R extends RecordFor<K, V>, K = never, V = never>(
  producer: TransactionalProducer<K, V>,
  options: InTransactionOptions<R> = {},
): OperatorFunction<R, RecordMetadata<R>> {
  checkOptions<InTransactionOptions<R>>('inTransaction', options, optionNames)
  const maxRecords = countOf('maxRecords', options.maxRecords, 100_000)
  const next = queuesOf(producer)
  return operator((out, release) => {
    const queue = next()
    refuseNested(queue)
    return new InTransaction<R>(queue, out, { maxRecords, release, offsets: options.offsets })
  })
}

/** An option that is a number of things, checked. */
export function countOf(key: string, value: number | undefined, usual: number): number {
  if (value === undefined) return usual
  if ((Number.isInteger(value) && value >= 1) || value === Number.POSITIVE_INFINITY) return value
  throw wrongOption('OUT_OF_RANGE', key, value, 'an integer, 1 or more, or Infinity')
}

/** Gives results to a subscriber, as long as it wants any. */
export function emit<O>(out: Subscriber<O>, results: readonly O[]): void {
  try {
    for (const result of results) {
      if (out.closed) return
      out.next(result)
    }
  } catch (thrown) {
    failedBy(thrown, out)
  }
}

interface Parts<R> {
  readonly maxRecords: number
  readonly release: () => void
  readonly offsets: InTransactionOptions<R>['offsets']
}

class InTransaction<R extends ProducerRecord> implements Stage<R> {
  #parts: Parts<R>
  #run: TransactionRun
  #offsets: SourceOffsets | null
  #isOver = false

  constructor(queue: TransactionQueue, out: Subscriber<RecordMetadata<R>>, parts: Parts<R>) {
    const { offsets, release, maxRecords } = parts
    this.#parts = parts
    this.#offsets = offsets === undefined ? null : new SourceOffsets()
    const events = {
      stopped: release,
      ...(offsets !== undefined && {
        offsets: (send: Parameters<SourceOffsets['give']>[1]) =>
          this.#offsets!.give(offsets.group, send, (error) => this.#run.abortWith(error)),
      }),
      committed: (results: readonly RecordMetadata[]) => {
        this.#isOver = true
        emit(out, results as readonly RecordMetadata<R>[])
        contained(() => out.complete())
      },
      failed: (error: unknown) => {
        this.#isOver = true
        contained(() => out.error(error))
      },
    }
    this.#run = queue.join(events, maxRecords)
  }

  next(record: R): void {
    if (this.#offsets !== null && !this.#note(record, this.#offsets)) return
    this.#run.next(record)
  }

  complete(): void {
    this.#run.complete()
  }

  fail(cause: unknown): void {
    this.#run.abort({ error: cause })
  }

  close(): void {
    if (!this.#isOver) this.#run.leave()
  }

  /** What the user's `position` throws is an error of the source. */
  #note(record: R, offsets: SourceOffsets): boolean {
    try {
      const position = this.#parts.offsets!.position(record)
      if (position !== null) offsets.note(position)
      return true
    } catch (error) {
      this.#run.abort({ error })
      return false
    }
  }
}
