// Where a producer with a transactional id stands: the states, and which may follow which.
//
//   uninitialized ─► initializing ─► ready ─► open ──► committing ─┐
//         ▲               │ ▲ ▲       ▲│        │ ╲        │       │
//         └── no answer ──┘ │ └─ bump ─┘        │  ► abortable     │
//                           │                   ▼        ▼         │
//                           └──── bump ────── aborting ◄─┘         │
//                                 ready ◄───────┴──────────────────┘
//   fatal: from any, for good.
//
// Java's table (TransactionManager.State), with two differences: there is no state for two-phase commit,
// and an end that nobody has answered within max.block.ms goes back to uninitialized, so that the next
// transaction begins with an abort of the old one, if that is still open, and with InitProducerId; both are
// asked as the producer that we were, so that one whose place was taken is fenced and takes it from nobody.
// Pure. Used by transactions.ts.

export type TransactionState =
  | 'uninitialized' // no identity yet, or nobody knows whether the last transaction has ended
  | 'initializing' // InitProducerId is under way
  | 'ready' // no transaction is open
  | 'open'
  | 'abortable' // something has failed: the transaction can only be aborted
  | 'committing'
  | 'aborting'
  | 'fatal' // another producer took over, or no request can succeed any more

/** Which states may follow a state. */
export const moves: Readonly<Record<TransactionState, readonly TransactionState[]>> = {
  uninitialized: ['initializing', 'fatal'],
  initializing: ['ready', 'uninitialized', 'fatal'],
  ready: ['open', 'initializing', 'fatal'],
  open: ['committing', 'aborting', 'abortable', 'fatal'],
  abortable: ['aborting', 'fatal'],
  committing: ['ready', 'initializing', 'abortable', 'uninitialized', 'fatal'],
  aborting: ['ready', 'initializing', 'uninitialized', 'fatal'],
  fatal: [],
}

/** The state after a move; throws where that is not legal, which is a fault of ours. */
export function moved(from: TransactionState, to: TransactionState): TransactionState {
  if (moves[from].includes(to)) return to
  throw new Error(`a transaction that is ${from} cannot become ${to}`)
}
