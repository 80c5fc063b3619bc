// The state of a producer with a transactional id, and the allowed transitions.
//
//   uninitialized ─► initializing ─► ready ─► open ──► committing ─┐
//         ▲               │ ▲ ▲       ▲│        │ ╲        │       │
//         └── no answer ──┘ │ └─ bump ─┘        │  ► abortable     │
//                           │                   ▼        ▼         │
//                           └──── bump ────── aborting ◄─┘         │
//                                 ready ◄───────┴──────────────────┘
// fatal: from any state, for good.
//
// Java's table (TransactionManager.State), with two differences. There is no state for two-phase commit. An
// end without an answer within max.block.ms goes back to uninitialized. The next transaction then begins
// with an abort of the old one, if that is still open, and with InitProducerId. Both use the identity that
// the producer had, so a producer whose id was taken over is fenced and does not take it back. Pure. Used
// by transactions.ts.

export type TransactionState =
  | 'uninitialized' // no identity yet, or it is unknown whether the last transaction has ended
  | 'initializing' // InitProducerId is in flight
  | 'ready' // no transaction is open
  | 'open'
  | 'abortable' // an operation has failed: the transaction can only be aborted
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

/** The state after a move; throws if that is not allowed, which would be a bug here. */
export function moved(from: TransactionState, to: TransactionState): TransactionState {
  if (moves[from].includes(to)) return to
  throw new Error(`a transaction that is ${from} cannot become ${to}`)
}
