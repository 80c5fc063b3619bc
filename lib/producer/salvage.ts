import type { Accumulator } from '../accumulator/accumulator.ts'
import type { Guard } from '../collections/guard.ts'
import type { Receipt } from '../model.ts'
import type { Outcome, Sender } from '../sender/sender.ts'
import { report } from '../stages/send.ts'
import type { PartitionQuestions } from './partition-questions.ts'
import { refusal, type Unbatched } from './unbatched.ts'

// Our own code has thrown, inside an actor or between two: everything that can still be found gets its
// result.
//
// Invariant: nothing waits forever because of a bug. The actors may be in the middle of anything. So each
// step is taken whatever the previous one has thrown, and a record is looked for wherever it may be: in no
// batch yet, settled and not yet reported (also the rest of a batch that was just being reported), in a
// batch. Called by the engine, once.

/** Where a record, or a question, may be. */
export interface Wreck {
  readonly unbatched: Pick<Unbatched, 'takeAll'>
  readonly questions: Pick<PartitionQuestions, 'abort'> | null
  readonly sender: Pick<Sender, 'abort'> & { readonly settled: { shift(): Outcome | undefined } }
  readonly accumulator: Pick<Accumulator, 'unreported'>
}

export interface Salvage {
  readonly bug: unknown
  /** The monotonic time. */
  readonly now: number
  /** Takes each receipt; must not throw. */
  readonly tell: (receipt: Receipt) => void
  /** Collects further exceptions. */
  readonly guard: Guard
}

/** Everything without a result fails with `CLOSED` because of `bug`; unreported results are reported. */
export function salvage(wreck: Wreck, { bug, now, tell, guard }: Salvage): void {
  const { unbatched, questions, sender, accumulator } = wreck
  const reason = { code: 'CLOSED', cause: bug } as const
  const taker = { next: tell }
  const tellOf = (one: Outcome) => guard.run(() => report(one, now, taker))
  guard.run(() => {
    for (const envelope of unbatched.takeAll()) tell(refusal(envelope, 'CLOSED', bug))
  })
  guard.run(() => questions?.abort('CLOSED', bug))
  guard.run(() => sender.abort(reason))
  const { settled } = sender
  for (let one = settled.shift(); one !== undefined; one = settled.shift()) tellOf(one)
  for (const batch of accumulator.unreported) {
    if (batch.settled) continue
    guard.run(() => batch.fail())
    tellOf({ batch, failure: reason })
  }
}
