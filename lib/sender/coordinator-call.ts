import type { KafkaError } from '../errors/kafka-error.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/message.ts'
import type { Reaction, TransactionCall } from './transaction-errors.ts'

// A request to a coordinator, and its outcome. Types only.

/** Why a call has no usable result. */
export interface Refusal {
  readonly error: KafkaError
  readonly reaction: Exclude<Reaction, 'done' | 'retry' | 'lookup'>
  /** An earlier attempt got no answer: it may have had its effect. */
  readonly inDoubt: boolean
}

/** A request to a coordinator, and what follows from the answer. */
export interface Call<A extends Api = Api> {
  readonly name: TransactionCall
  readonly api: A
  /** The oldest usable version; absent: 0. */
  readonly versionMin?: number
  /** The newest usable version; absent: our newest. */
  readonly versionMax?: number
  /** EndTxn(abort). */
  readonly isAbort?: boolean
  body(version: number): RequestInput<A>
  /** The code that decides. */
  codeOf(response: ResponseOf<A>): number
  /** Milliseconds until the next attempt after this code; undefined: `retry.backoff.ms`. */
  backoffMs?(code: number): number | undefined
  done(response: ResponseOf<A>): void
  failed(refusal: Refusal): void
}
