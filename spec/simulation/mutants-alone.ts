import type { Mutant } from './mutants.ts'
import { tiny } from './slices.ts'

// Deliberate bugs after which a stream that has its own producer (alone.ts) leaves a gap in a partition.

const killedBy = ["a stream's own producer leaves no gap in a partition"]

export const aloneMutants: readonly Mutant[] = [
  {
    name: 'records are sent before a failure among those placed with them is reported',
    file: 'stages/send.ts',
    find: "turn.on('drain', () => this.#reportFailed(this.#failedIn === turn.serial ? 0 : 1))",
    replace: '',
    killedBy,
    runs: 4000,
  },
  {
    name: 'a batch is sent before the failure of the one before it is reported',
    file: 'sender/partition-line.ts',
    find: 'if (this.untold > 0) return null',
    replace: '',
    also: tiny,
    killedBy,
    runs: 1000,
  },
]
