import type { Mutant } from './mutants.ts'

// Deliberate bugs that only hours of virtual time find, or topics that are created again and brokers that
// forget (hours-scenario.ts).

export const hoursMutants: readonly Mutant[] = [
  {
    name: 'several batches are in flight at once after a pause',
    file: 'sender/partition-line.ts',
    find: 'now - this.#departedAt >= restMs',
    replace: 'now - this.#departedAt >= 1e15',
    killedBy: ['temporary faults do not fail records'],
    runs: 1200,
  },
  {
    name: 'a batch for a recreated topic follows one for the old topic',
    file: 'sender/partition-line.ts',
    find: 'return this.#isConfirmed && !this.#isAnew(topicId)',
    replace: 'return this.#isConfirmed',
    killedBy: ['temporary faults do not fail records'],
    runs: 600,
  },
  {
    name: 'a batch follows the first one for a recreated topic',
    file: 'sender/partition-line.ts',
    find: 'if (this.#isAnew(topicId)) this.#isConfirmed = false',
    replace: '',
    killedBy: ['temporary faults do not fail records'],
    runs: 600,
  },
  {
    name: 'a batch that a later one has overtaken is written after it',
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
    killedBy: ['all waiting records are delivered once the faults are over', 'threw'],
    runs: 600,
  },
  {
    name: 'after a pause, records are placed by metadata of any age',
    file: 'cluster/metadata.ts',
    find: 'return now >= this.#expiresAt',
    replace: 'return now >= this.#expiresAt && this.#failures > 1e9',
    killedBy: ['a key decides the partition of its record, by the existing partitions'],
    runs: 600,
  },
  {
    name: 'a pause counts as time without fresh metadata',
    file: 'cluster/discovery.ts',
    find: '    this.#restingSince = this.#runtime.clock.now()\n    if (isConnected && !this.#toldNothing) this.#failingSince = null\n',
    replace: '',
    killedBy: ['all waiting records are delivered once the faults are over'],
    runs: 600,
  },
]
