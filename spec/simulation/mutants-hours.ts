import type { Mutant } from './mutants.ts'

// Deliberate bugs that only hours of virtual time find, or topics that come back and brokers that
// forget (hours-scenario.ts).

export const hoursMutants: readonly Mutant[] = [
  {
    name: 'several batches follow one another after a rest',
    file: 'sender/partition-line.ts',
    find: 'now - this.#departedAt >= restMs',
    replace: 'now - this.#departedAt >= 1e15',
    killedBy: ['faults that heal do not fail records'],
    runs: 600,
  },
  {
    name: 'a batch that is repeated is followed by another',
    file: 'sender/partition-line.ts',
    find: '  refused(): void {\n    this.#isConfirmed = false',
    replace: '  refused(): void {',
    killedBy: ['faults that heal do not fail records'],
    runs: 600,
  },
  {
    name: 'a batch for a topic made again follows one for the old topic',
    file: 'sender/partition-line.ts',
    find: 'return this.#isConfirmed && !this.#isAnew(topicId)',
    replace: 'return this.#isConfirmed',
    killedBy: ['faults that heal do not fail records'],
    runs: 600,
  },
  {
    name: 'a batch follows the first for a topic made again',
    file: 'sender/partition-line.ts',
    find: 'if (this.#isAnew(topicId)) this.#isConfirmed = false',
    replace: '',
    killedBy: ['faults that heal do not fail records'],
    runs: 600,
  },
  {
    name: 'what a later batch has overtaken is stored behind it',
    file: 'sender/partition-line.ts',
    find: 'if (this.#lastAcked < 0 || !this.#isDecided()) return none',
    replace: 'if (this.#lastAcked < 1e15) return none',
    killedBy: ['the log keeps input order'],
    runs: 600,
  },
]
