// What a coordinator knows about one transactional id, and how that may change: the states of Kafka's
// TransactionMetadata, and the rules of identity. Pure: transaction-coordinator.ts decides which request is
// allowed, and alone changes the states.
//
//   Empty ──► Ongoing ──► PrepareCommit ──► CompleteCommit ─┐
//     │          │  ▲ └──► PrepareAbort ───► CompleteAbort ─┤
//     │          │  └───────────────────────────────────────┤   (and to Empty, by InitProducerId)
//     └──────────┴── an abort of nothing, under TV2 ◄────────┘

/** The state of a transactional id, under the names of `kafka-transactions.sh`. */
export type TransactionState =
  | 'Empty'
  | 'Ongoing'
  | 'PrepareCommit'
  | 'PrepareAbort'
  | 'CompleteCommit'
  | 'CompleteAbort'

/** A producer's identity. */
export interface Identity {
  readonly producerId: bigint
  readonly epoch: number
}

/** Everything that is known about an id. */
export interface TransactionEntry {
  readonly id: string
  state: TransactionState
  producerId: bigint
  epoch: number
  /** The previous epoch, by which a repeated request is recognised; -1: none. */
  lastEpoch: number
  /** The producer id before it was exhausted; -1: none. */
  previousProducerId: bigint
  /** The next producer id, when the epochs of this one are used up; -1: none. */
  nextProducerId: bigint
  timeoutMs: number
  /** The `topic-partition`s, and below the groups, that the transaction has written to. */
  readonly partitions: Map<string, readonly [topic: string, partition: number]>
  readonly groups: Set<string>
  startedAt: number
  /** When the coordinator aborts in favour of another producer, which was told to wait; never: infinity. */
  fencesAt: number
  /** The earliest moment when a prepared transaction is completed. */
  completesAt: number
}

const followers: Readonly<Record<TransactionState, readonly TransactionState[]>> = {
  Empty: ['Empty', 'Ongoing', 'PrepareAbort'],
  Ongoing: ['Ongoing', 'PrepareCommit', 'PrepareAbort'],
  PrepareCommit: ['CompleteCommit'],
  PrepareAbort: ['CompleteAbort'],
  CompleteCommit: ['Empty', 'Ongoing', 'PrepareAbort'],
  CompleteAbort: ['Empty', 'Ongoing', 'PrepareAbort'],
}

export function newEntry(id: string, producerId: bigint, timeoutMs: number): TransactionEntry {
  return {
    id,
    state: 'Empty',
    producerId,
    epoch: -1,
    lastEpoch: -1,
    previousProducerId: -1n,
    nextProducerId: -1n,
    timeoutMs,
    partitions: new Map(),
    groups: new Set(),
    startedAt: -1,
    fencesAt: Number.POSITIVE_INFINITY,
    completesAt: 0,
  }
}

/** Moves an id to another state, if Kafka allows it. */
export function moveTo(entry: TransactionEntry, state: TransactionState): void {
  if (!followers[entry.state].includes(state)) {
    throw new Error(`${entry.id}: no way leads from ${entry.state} to ${state}`)
  }
  entry.state = state
}

/** Whether a transaction has ended, and its markers are not written yet. */
export function isPrepared({ state }: TransactionEntry): boolean {
  return state === 'PrepareCommit' || state === 'PrepareAbort'
}

/** Whether another producer asked for the id, and the transaction is about to be aborted. */
export function isBeingFenced({ state, fencesAt }: TransactionEntry): boolean {
  return state === 'Ongoing' && fencesAt < Number.POSITIVE_INFINITY
}

/** Whether a state follows by itself, and requests have to wait for it. */
export function isInTransition(entry: TransactionEntry): boolean {
  return isPrepared(entry) || isBeingFenced(entry)
}

/**
 * Whether no more epochs can be assigned: a client never gets the last one, so that its producer can always
 * be fenced.
 */
export function isExhausted(epoch: number): boolean {
  return epoch >= 0x7ffe
}

/** What an end under TV2 does to the identity: the epoch increases, or at the last epoch a new id follows. */
export function bump(entry: TransactionEntry, nextProducerId: () => bigint): void {
  if (isExhausted(entry.epoch)) entry.nextProducerId = nextProducerId()
  entry.lastEpoch = entry.epoch
  entry.epoch += 1
}

/** The markers are written: the announced identity is now in force. */
export function complete(entry: TransactionEntry): void {
  moveTo(entry, entry.state === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort')
  entry.partitions.clear()
  entry.groups.clear()
  if (entry.nextProducerId === -1n) return
  entry.previousProducerId = entry.producerId
  entry.lastEpoch = entry.epoch
  entry.producerId = entry.nextProducerId
  entry.nextProducerId = -1n
  entry.epoch = 0
}

/** The identity of a producer once the transaction is completed. */
export function nextIdentity({ producerId, epoch, nextProducerId }: TransactionEntry): Identity {
  return nextProducerId === -1n ? { producerId, epoch } : { producerId: nextProducerId, epoch: 0 }
}

/** Whether this identity may have belonged to this producer. */
export function isOfThis(entry: TransactionEntry, { producerId, epoch }: Identity): boolean {
  if (entry.epoch === -1 || producerId === entry.producerId) return true
  return producerId === entry.previousProducerId && isExhausted(epoch)
}

/** The state of a transactional id, for tests. */
export interface TransactionDescription {
  readonly state: TransactionState
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly timeoutMs: number
  /** The partitions (`topic-partition`) of the transaction whose markers are not written yet. */
  readonly partitions: readonly string[]
  /** The groups whose offsets it commits. */
  readonly groups: readonly string[]
}

export function described(entry: TransactionEntry | undefined): TransactionDescription | undefined {
  return (
    entry && {
      state: entry.state,
      producerId: entry.producerId,
      producerEpoch: entry.epoch,
      timeoutMs: entry.timeoutMs,
      partitions: [...entry.partitions.keys()],
      groups: [...entry.groups],
    }
  )
}
