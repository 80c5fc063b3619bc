// What a partition's leader finds out about a transactional batch before it appends it: whether the
// partition is in the producer's transaction (KIP-890). Under TV2 the leader adds it itself. A partition
// that has records of the transaction is not asked for again, also not where the coordinator has fenced
// the producer meanwhile: the marker decides.
// Called by answer-produce.ts.

import type { KafkaErrorName } from '../errors/error-codes.ts'
import type { BatchHeader } from '../records/batch-header.ts'
import type { Question } from './answer.ts'
import type { PartitionState } from './cluster-state.ts'

/** What is said of a batch, and for how long the leader holds its answer back. */
export interface TransactionCheck {
  readonly error: KafkaErrorName | null
  readonly message: string | null
  readonly heldMs: number
}

/** From this version on a leader adds the partition, and clients know CONCURRENT_TRANSACTIONS. */
const addsPartition = 12
/** From this version on clients know TRANSACTION_ABORTABLE. */
const knowsAbortable = 11
/** How long a leader asks again while the transaction before is being completed. */
const heldMsMax = 100

const passed: TransactionCheck = { error: null, message: null, heldMs: 0 }

export function checkTransaction(
  question: Question<'Produce'>,
  partition: PartitionState,
  header: BatchHeader,
): TransactionCheck {
  const { settings, transactions, coordinators, request } = question
  const { version, body } = request
  const { producerId, producerEpoch: epoch } = header
  const { log, producers } = partition
  if (log.transactions.isOpen(producerId) && producers.epochOf(producerId) === epoch) return passed
  if (!settings.release.verifiesTransactions) return passed

  const id = body.transactionalId ?? ''
  if (!coordinators.isReady('transaction', id, question.now())) {
    return unverified('COORDINATOR_NOT_AVAILABLE', 0)
  }
  const place = { topic: partition.topic.name, partition: partition.index }
  const who = { producerId, epoch }
  const adds = version >= addsPartition
  const ask = () =>
    adds ? transactions.add(id, who, [place]) : transactions.verify(id, who, place)
  let error = ask()
  let heldMs = 0
  if (error === 'CONCURRENT_TRANSACTIONS' && adds) {
    const waitMs = transactions.completionIn(id)
    heldMs = Math.min(waitMs, heldMsMax)
    if (waitMs <= heldMsMax) transactions.hasten(id)
    error = ask()
  }
  switch (error) {
    case null:
      return { ...passed, heldMs }
    case 'PRODUCER_FENCED':
      return { error: 'INVALID_PRODUCER_EPOCH', message: null, heldMs }
    case 'CONCURRENT_TRANSACTIONS':
      return adds ? { error, message: null, heldMs } : unverified(error, heldMs)
    case 'TRANSACTION_ABORTABLE':
      if (version >= knowsAbortable) return { error, message: null, heldMs }
      return {
        error: 'INVALID_TXN_STATE',
        message: 'Partition was not added to the transaction',
        heldMs,
      }
    default:
      return { error, message: null, heldMs }
  }
}

/** Older clients, and all in matters of coordinators, are made to try again without new metadata. */
function unverified(cause: KafkaErrorName, heldMs: number): TransactionCheck {
  const message = `Unable to verify the partition has been added to the transaction. Underlying error: ${cause}`
  return { error: 'NOT_ENOUGH_REPLICAS', message, heldMs }
}
