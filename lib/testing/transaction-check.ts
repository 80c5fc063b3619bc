// How a partition's leader checks a transactional batch before it appends it: whether the partition is in
// the producer's transaction (KIP-890). Under TV2, the leader adds it itself. If a partition already has
// records of the transaction, the coordinator is not asked again, even if it has fenced the producer
// meanwhile: the marker decides. Called by answer-produce.ts.

import type { KafkaErrorName } from '../errors/error-codes.ts'
import type { BatchHeader } from '../records/batch-header.ts'
import type { Question } from './answer.ts'
import type { PartitionState } from './cluster-state.ts'

/** The result for a batch, and for how long the leader delays its answer. */
export interface TransactionCheck {
  readonly error: KafkaErrorName | null
  readonly message: string | null
  readonly heldMs: number
}

/** From this version on a leader adds the partition, and clients know CONCURRENT_TRANSACTIONS. */
const addsPartition = 12
/** From this version on clients know TRANSACTION_ABORTABLE. */
const knowsAbortable = 11
/** A leader asks again after so long (`add.partitions.to.txn.retry.backoff.ms`). */
const lookMs = 20
/** How long a leader asks again while the previous transaction is being completed. */
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
    heldMs = Math.min(Math.ceil(waitMs / lookMs) * lookMs, heldMsMax)
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

/** With these codes, older clients retry without new metadata; so do all clients for coordinator errors. */
function unverified(cause: KafkaErrorName, heldMs: number): TransactionCheck {
  const message = `Unable to verify the partition has been added to the transaction. Underlying error: ${cause}`
  return { error: 'NOT_ENOUGH_REPLICAS', message, heldMs }
}
