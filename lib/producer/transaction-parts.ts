import type { DeliveryErrorCode } from '../errors/delivery-error.ts'
import type { ProducerRecord, Receipt, RecordMetadata } from '../model.ts'
import type { GroupMembership, OffsetToCommit } from '../sender/transaction-calls.ts'

// What a transaction reports to its owner, and what it asks of the queue. Types only.

/** The owner of a transaction: an operator, a function or a writable. */
export interface RunEvents {
  /** It is its turn. */
  opened?(): void
  /** A record was acknowledged, or has failed: this commits nothing. */
  settled?(receipt: Receipt): void
  /** It takes no more input: it is being aborted. */
  stopped?(): void
  /**
   * All input was given. Offsets to be committed with it are passed to `send`, now or later, once; null if
   * there are none. Absent: none.
   */
  offsets?(send: (offsets: Offsets | null) => void): void
  /** It is committed; the results are in the order of the input. */
  committed(results: readonly RecordMetadata[]): void
  /** It is not committed, or the outcome is unknown. */
  failed(error: unknown): void
}

/** Options of a transaction. */
export interface RunWishes {
  /** The maximum number of records; one more aborts it. */
  readonly maxRecords: number
  /** Whether `paced` stops while records wait for its turn; false if its owner stops it. */
  readonly stopsSources: boolean
}

/** Offsets, and their group. */
export interface Offsets {
  readonly group: GroupMembership
  readonly offsets: readonly OffsetToCommit[]
}

/** What a run asks of the queue. */
export interface RunPorts<Run> {
  readonly enter: (run: Run, ticket: number, record: ProducerRecord) => void
  /** Its first record comes, or its offsets are asked for: from then on it ages. */
  touched(run: Run): void
  /** It ends well: lingering batches are sent. */
  hurry(): void
  sendOffsets(offsets: Offsets, done: () => void): void
  /** Everything is acknowledged. */
  commit(run: Run): void
  /** It is to be aborted: its records fail with `code`. It may be open or waiting. */
  abort(run: Run, code: DeliveryErrorCode, cause: unknown): void
  readonly transactionalId: string
}
