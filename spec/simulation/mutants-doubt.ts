import type { Mutant } from './mutants.ts'

// Deliberate bugs that show when a batch's fate, or a broker's knowledge of its producer, is unknown
// (doubt.ts).

/** Answers are lost while records fail for good. */
export const doubtMutants: readonly Mutant[] = [
  {
    name: 'a batch of unknown fate gets a new number',
    file: 'sender/partition-line.ts',
    find: 'this.onWire === 0 && !this.batches.some(isToDecide)',
    replace: 'this.onWire === 0',
    killedBy: ['idempotent: nothing is in the log twice'],
    runs: 300,
  },
]

/** Topics are made again while batches are repeated. */
export const overtakingMutants: readonly Mutant[] = [
  {
    name: 'a batch is repeated while an older one is being repeated',
    file: 'sender/partition-line.ts',
    find: '      if (this.batches[0] !== again) return null\n',
    replace: '',
    killedBy: [
      'temporary faults do not fail records',
      'only records in flight with it overtake a record',
    ],
    runs: 300,
  },
  {
    name: 'a batch follows one that is being repeated',
    file: 'sender/partition-line.ts',
    find: '  refused(): void {\n    this.#isConfirmed = false\n',
    replace: '  refused(): void {\n',
    killedBy: ['only records in flight with it overtake a record'],
    runs: 300,
  },
]
