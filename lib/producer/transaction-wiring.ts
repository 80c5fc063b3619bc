import type { Accumulator } from '../accumulator/accumulator.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Turn } from '../collections/turn.ts'
import type { Settings } from '../config/settings.ts'
import type { Watched } from '../observer.ts'
import type { Sender } from '../sender/sender.ts'
import { Transactions } from '../sender/transactions.ts'
import type { Backlog } from './backlog.ts'
import { ClusterTransactions } from './cluster-transactions.ts'
import { runUpBytes } from './gate-bytes.ts'
import { TransactionQueue } from './transaction-queue.ts'
import type { Turnstiles } from './turnstiles.ts'
import { refusal, type Unbatched } from './unbatched.ts'
import type { EngineParts, Overseer } from './wiring.ts'

// Connects the actors of transactions with the others, in a producer with a transactional id. Like
// wiring.ts it decides nothing, and is called once. KafkaProducer hands it down to wiring.ts, which does not
// import it: toKafka(config) has no transactions, so its bundle does not need them.

/** The actors that a transaction needs. */
export interface QueueActors {
  readonly turn: Turn
  readonly watchers: Watched
  readonly turnstiles: Turnstiles
  readonly accumulator: Accumulator
  readonly sender: Sender
  readonly unbatched: Unbatched
  readonly backlog: () => Backlog
}

export type Transacting = typeof transacting

/** Makes what transactions need; null for a producer without a transactional id. */
export function transacting(parts: EngineParts, turn: Turn, cluster: Cluster, watched: Watched) {
  const { settings } = parts
  const { transactionalId } = settings
  if (transactionalId === null) return null
  const transactions = transactionsOf(transactionalId, parts, turn, cluster, watched)
  return {
    transactions,
    queue: (engine: Overseer, actors: QueueActors) =>
      queueOf(transactions, settings, engine, actors),
  }
}

function transactionsOf(
  transactionalId: string,
  { settings, runtime: { clock } }: EngineParts,
  turn: Turn,
  cluster: Cluster,
  watched: Watched,
): Transactions {
  const { transactionTimeoutMs: timeoutMs, maxBlockMs, requestTimeoutMs, retryBackoffMs } = settings
  return new Transactions(
    { transactionalId, timeoutMs, maxBlockMs, requestTimeoutMs, retryBackoffMs },
    {
      dispatch: new ClusterTransactions(cluster),
      clock,
      watched,
      wake: () => turn.soon(),
      turn: (work) => turn.run(work),
    },
  )
}

/** The queue of transactions. */
function queueOf(
  transactions: Transactions,
  settings: Pick<Settings, 'bufferMemory'>,
  engine: Overseer,
  actors: QueueActors,
): TransactionQueue {
  const { turn, turnstiles, accumulator, sender, unbatched, backlog } = actors
  return new TransactionQueue({
    transactions,
    clock: transactions.clock,
    watched: actors.watchers,
    enter: engine.give,
    gate(run, isOpen) {
      if (isOpen) turnstiles.lift(run)
      else turnstiles.add(run, 0, run.stopsSources)
    },
    ungate: (run) => turnstiles.delete(run),
    runUpBytes: runUpBytes(settings),
    backlog,
    hurry(isHurried) {
      if (!isHurried) {
        accumulator.relax()
        return
      }
      accumulator.hurry()
      turn.soon()
    },
    withdraw: engine.withdraw,
    interrupt(run, code, cause) {
      for (const one of unbatched.take(run)) engine.settle(refusal(one, code, cause))
      accumulator.abandon()
      sender.halt({ code, cause })
      turn.soon()
    },
    resume() {
      accumulator.relax()
      sender.resume()
    },
    retain: engine.retain,
    release: engine.release,
    turn: (work) => turn.run(work),
  })
}
