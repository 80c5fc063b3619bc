import type { KafkaError } from '../errors/kafka-error.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/message.ts'
import type { Reaction, TransactionCall } from './transaction-errors.ts'

// What a coordinator is asked, and what comes of it. Types only.

/** Why a call has no result that can be used. */
export interface Refusal {
  readonly error: KafkaError
  readonly reaction: Exclude<Reaction, 'done' | 'retry' | 'lookup'>
  /** An earlier attempt got no answer: it may have had its effect. */
  readonly inDoubt: boolean
}

/** A question to a coordinator, and what follows from the answer. */
export interface Call<A extends Api = Api> {
  readonly name: TransactionCall
  readonly api: A
  /** The oldest version that will do; 0 where it is absent. */
  readonly versionMin?: number
  /** The newest version that may be used; our newest where it is absent. */
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
