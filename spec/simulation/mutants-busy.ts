import type { Mutant } from './mutants.ts'

// Deliberate bugs that show when the event loop is busy (busy-world.ts).

export const busyMutants: readonly Mutant[] = [
  {
    name: 'a timeout overtakes an answer that waits in the queue',
    file: 'wire/within-budget.ts',
    find: 'clock.at(at, () => budget.run(elapsed), background)',
    replace: 'clock.at(at, elapsed, background)',
    killedBy: ['what was answered is not sent again', 'no connection ends'],
    runs: 200,
  },
]
