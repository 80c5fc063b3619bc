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

/** Those that show while brokers stop and start, and leaders move (busy-outages.ts). */
export const outageMutants: readonly Mutant[] = [
  {
    name: 'the end of a backoff asks for no turn',
    file: 'sender/places.ts',
    find: '    if (backedOff && !this.#waiting.has(line)) this.#ports.wake()\n',
    replace: '    void backedOff\n',
    killedBy: ['nothing waits while its broker could take it'],
    runs: 500,
  },
]
