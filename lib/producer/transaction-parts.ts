import type { DeliveryErrorCode } from '../errors/delivery-error.ts'
import type { ProducerRecord, Receipt, RecordMetadata } from '../model.ts'
import type { GroupMembership, OffsetToCommit } from '../sender/transaction-calls.ts'

// What a transaction tells whoever wanted it, and what it asks of the queue. Types only.

/** Whoever wanted the transaction. */
export interface RunEvents {
  /** It is its turn. */
  opened?(): void
  /** A record was acknowledged, or has failed: nothing is committed by that. */
  settled?(receipt: Receipt): void
  /** It takes no more input: it is being aborted. */
  stopped?(): void
  /**
   * All was given: offsets to be committed with it go to `send`, now or later, once; null where there are
   * none. Absent: none.
   */
  offsets?(send: (offsets: Offsets | null) => void): void
  /** It is committed; the results are in the order of the input. */
  committed(results: readonly RecordMetadata[]): void
  /** It is not committed, or nobody knows. */
  failed(error: unknown): void
}

/** How a transaction is wanted. */
export interface RunWishes {
  /** One record more aborts it. */
  readonly maxRecords: number
  /** Whether `paced` stops while records wait for its turn; false where whoever wanted it sees to that. */
  readonly stopsSources: boolean
}

/** Offsets, and the group that they are of. */
export interface Offsets {
  readonly group: GroupMembership
  readonly offsets: readonly OffsetToCommit[]
}

/** What a run asks of the queue. */
export interface RunPorts<Run> {
  readonly enter: (run: Run, ticket: number, record: ProducerRecord) => void
  /** Its first record comes. */
  touched(run: Run): void
  /** It ends well: what lingers goes out. */
  hurry(): void
  sendOffsets(offsets: Offsets, done: () => void): void
  /** All is acknowledged. */
  commit(run: Run): void
  /** It is to be aborted: its records fail with `code`. It may be its turn, or not yet. */
  abort(run: Run, code: DeliveryErrorCode, cause: unknown): void
  readonly transactionalId: string
}
