import type { Mutant } from './mutants.ts'

// Deliberate bugs that only hours of virtual time find, or topics that are created again and brokers that
// forget (hours-scenario.ts).

export const hoursMutants: readonly Mutant[] = [
  {
    name: 'several batches follow one another after a rest',
    file: 'sender/partition-line.ts',
    find: 'now - this.#departedAt >= restMs',
    replace: 'now - this.#departedAt >= 1e15',
    killedBy: ['faults that heal do not fail records'],
    runs: 1200,
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
  {
    name: 'a topic that records wait for is forgotten',
    file: 'cluster/metadata.ts',
    find: '!isHeld && now - idleSince >= maxIdleMs',
    replace: 'now - idleSince >= maxIdleMs',
    killedBy: ['all that waited is delivered once everything is healed', 'threw'],
    runs: 600,
  },
  {
    name: 'after a rest records are placed by metadata of any age',
    file: 'cluster/metadata.ts',
    find: 'return now >= this.#expiresAt',
    replace: 'return now >= this.#expiresAt && this.#failures > 1e9',
    killedBy: ['a key says where its record goes, by the partitions that there are'],
    runs: 600,
  },
  {
    name: 'a rest counts as time without fresh metadata',
    file: 'cluster/discovery.ts',
    find: 'if (this.#failingSince !== null) this.#failingSince += now - (this.#restingSince ?? now)',
    replace: '',
    killedBy: ['all that waited is delivered once everything is healed'],
    runs: 600,
  },
]
