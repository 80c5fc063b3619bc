// What EndTxn does to a transaction, from its state and from the identity in the request. Pure: the
// coordinator acts on it. Under TV1 only the current identity may end. Under TV2 each end changes the identity,
// so the previous one is the sign of a repeated request. Kafka takes it for that whoever has ended: also if the
// coordinator aborted in favour of a new producer, or after the timeout. Then a late commit gets
// INVALID_TXN_STATE, and a late abort success, until the new producer's next InitProducerId fences the old one.
//
// Kafka marks the transaction before it aborts it, for some microseconds, without a lock in between. It fails at a
// commit that comes just then (UNKNOWN_SERVER_ERROR, 4 of 2,800 that were sent at the same time), and aborts.

import type { KafkaErrorName } from '../errors/error-codes.ts'
import {
  type Identity,
  isBeingFenced,
  isPrepared,
  type TransactionEntry,
} from './transaction-states.ts'

/** `prepare`: it is ended; `repeat`: it has ended in this way, and the answer is the same again. */
export type EndVerdict = 'prepare' | 'repeat' | KafkaErrorName

export function verdictTv1(entry: TransactionEntry, who: Identity, committed: boolean): EndVerdict {
  if (entry.producerId !== who.producerId) return 'INVALID_PRODUCER_ID_MAPPING'
  if (entry.epoch !== who.epoch) return 'PRODUCER_FENCED'
  if (isPrepared(entry)) return 'CONCURRENT_TRANSACTIONS'
  if (entry.state === 'Ongoing') return verdictOpen(entry, committed)
  return hasEnded(entry, committed) ? 'repeat' : 'INVALID_TXN_STATE'
}

export function verdictTv2(entry: TransactionEntry, who: Identity, committed: boolean): EndVerdict {
  if (isPrepared(entry)) return 'CONCURRENT_TRANSACTIONS'
  const isOfOldId =
    entry.previousProducerId === who.producerId && who.epoch === 0x7ffe && entry.epoch === 0
  if (entry.producerId !== who.producerId && !isOfOldId) return 'INVALID_PRODUCER_ID_MAPPING'
  const isComplete = hasEnded(entry, true) || hasEnded(entry, false)
  const isRepeat = isComplete && (isOfOldId || entry.epoch === who.epoch + 1)
  if (entry.epoch !== who.epoch && !isRepeat) return 'PRODUCER_FENCED'
  if (entry.state === 'Ongoing') return verdictOpen(entry, committed)

  if (isRepeat && hasEnded(entry, committed)) return 'repeat'
  // Nothing was added: that can be aborted, so that a late Produce is fenced, but not committed.
  return committed || isRepeat ? 'INVALID_TXN_STATE' : 'prepare'
}

function verdictOpen(entry: TransactionEntry, committed: boolean): EndVerdict {
  return committed && isBeingFenced(entry) ? 'UNKNOWN_SERVER_ERROR' : 'prepare'
}

function hasEnded({ state }: TransactionEntry, committed: boolean): boolean {
  return state === (committed ? 'CompleteCommit' : 'CompleteAbort')
}
