import type { LoopBudget } from '../collections/loop-budget.ts'
import type { Clock, Timer } from '../runtime.ts'

// A clock whose timers wait in the queue of the budget of the event loop, behind what came before them. So a
// timeout never overtakes the answer that is waiting there. A timer that is cancelled while it waits does not
// fire. Used by the transport, and by the simulation of a busy event loop.

export function clockWithin(budget: LoopBudget, clock: Clock): Clock {
  return {
    now: () => clock.now(),
    timestamp: () => clock.timestamp(),
    at(at, fire, background) {
      let isOver = false
      const elapsed = () => {
        if (!isOver) fire()
      }
      const timer: Timer = clock.at(at, () => budget.run(elapsed), background)
      return {
        cancel() {
          isOver = true
          timer.cancel()
        },
        inBackground: (is) => timer.inBackground(is),
      }
    },
    soon: (fire) => clock.soon(() => budget.run(fire)),
    shouldYield: () => budget.isSpent,
  }
}
