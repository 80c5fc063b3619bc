import fc from 'fast-check'
import {
  config,
  finalize,
  Observable,
  type OperatorFunction,
  type Subscription,
  takeUntil,
  tap,
} from 'rxjs'
import { thrownIn } from '../support/unhandled.ts'
import {
  type Hostility,
  passing,
  type Scenario,
  type StreamPlan,
  serene,
  stormy,
} from './scenario.ts'

// User code that throws where its stream meets the producer: in teardowns around the operator, in its
// subscriber, in a listener of `events$`. All other rules still hold, for that stream and for those that
// share the producer: nothing is lost, duplicated, or left waiting.

/** What this user code throws. RxJS reports it, by a timer of its own. */
class HostileError extends Error {
  override readonly name = 'HostileError'
}

const before = config.onUnhandledError
config.onUnhandledError = (error) => {
  if (thrownIn(error).every((one) => one instanceof HostileError)) return
  if (before === null) throw error
  before(error)
}

function hostile(): never {
  throw new HostileError('user code throws')
}

/** Puts the hostile code of a plan around its operator. */
export function beset<I, O>(
  { hostile: where }: StreamPlan,
  deliver: OperatorFunction<I, O>,
): OperatorFunction<I, O> {
  return where === undefined ? deliver : surroundings[where](deliver)
}

type Surrounding = <I, O>(deliver: OperatorFunction<I, O>) => OperatorFunction<I, O>

const surroundings: Readonly<Record<Hostility, Surrounding>> = {
  above: (deliver) => (source) => source.pipe(finalize(hostile), deliver),
  below: (deliver) => (source) => source.pipe(deliver, finalize(hostile)),
  source: (deliver) => (source) =>
    new Observable<never>((out) => {
      out.add(source.subscribe(out as never))
      return hostile
    }).pipe(deliver as never),
  notifier: (deliver) => (source) =>
    source.pipe(takeUntil(new Observable<never>(() => hostile)), deliver),
  // Its teardown throws before what stands behind it is torn down.
  subscriber: (deliver) => (source) =>
    source.pipe(deliver, tap({ finalize: hostile }), finalize(hostile)),
}

/** Unsubscribes. The caller gets what a teardown throws then. */
export function leave({ hostile: where }: StreamPlan, subscription: Subscription): void {
  try {
    subscription.unsubscribe()
  } catch (error) {
    if (where === undefined || !thrownIn(error).every((one) => one instanceof HostileError))
      throw error
  }
}

/** A listener that throws at each event, and when it is torn down. */
export function listenWithHostility(events$: Observable<unknown>): void {
  events$.pipe(finalize(hostile)).subscribe(hostile)
}

const hostility = fc.constantFrom<Hostility | undefined>(
  undefined,
  'above',
  'below',
  'source',
  'notifier',
  'subscriber',
)

/** Anything may go wrong, or nothing; and some streams have user code that throws. */
export const hostilely: fc.Arbitrary<Scenario> = fc
  .tuple(
    fc.oneof(stormy, passing, serene),
    fc.array(hostility, { minLength: 3, maxLength: 3 }),
    fc.boolean(),
  )
  .map(([scenario, all, hostileListener]) => ({
    ...scenario,
    hostileListener,
    streams: scenario.streams.map((stream, index) => ({ ...stream, hostile: all[index] })),
  }))
