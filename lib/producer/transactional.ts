import { checkOptions, type OptionNames } from '../config/options.ts'
import { ConfigError } from '../errors/config-error.ts'
import { ConnectionError } from '../errors/connection-error.ts'
import type { TransactionQueue } from './transaction-queue.ts'

// What a producer with a transactional id refuses, and what a producer without one lacks. Invariant: there
// is no implicit transaction, and no stream that cannot commit.

/** Options of `producer.writable()`. */
export interface WritableOptions {
  /**
   * Whether the stream is one transaction. It must be true for a producer with a `transactional.id`, and
   * only then.
   *
   * @defaultValue `false`
   *
   */
  readonly transaction?: boolean | undefined
}

const optionNames: OptionNames<WritableOptions> = { transaction: true }

/** Why an open transaction is aborted when the producer is closed. */
export function closedByUser(): ConnectionError {
  return new ConnectionError('CLOSED', 'the producer was closed')
}

/** The queue of a producer with transactions; throws without. */
export function transactional(queue: TransactionQueue | null): TransactionQueue {
  if (queue !== null) return queue
  const key = 'transactional.id'
  const message = `${key} is missing: a producer needs it for transactions`
  throw new ConfigError('MISSING', message, { key, allowed: 'a name' })
}

/** Whether a writable is a transaction; throws if there are none. */
export function isTransaction(options: WritableOptions, queue: TransactionQueue | null): boolean {
  checkOptions<WritableOptions>('writable', options, optionNames)
  if (options.transaction !== true) return false
  transactional(queue)
  return true
}
