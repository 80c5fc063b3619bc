import type { Mutant } from './mutants.ts'

// Deliberate bugs that only brokers find that have just started.

export const startsMutants: readonly Mutant[] = [
  {
    name: 'an answer that names no broker is accepted',
    file: 'cluster/discovery.ts',
    find: 'if (!mustRebootstrap && description.brokers.length > 0) {',
    replace: 'if (!mustRebootstrap) {',
    killedBy: ['all waiting records are delivered once the faults are over'],
    runs: 100,
  },
  {
    name: 'a producer id that is still loading is refused for good',
    file: 'sender/identity.ts',
    find: '    if (!error.retriable) {',
    replace:
      "    if (!error.retriable || (error as any).code === 'COORDINATOR_LOAD_IN_PROGRESS') {",
    killedBy: ['temporary faults do not fail records'],
    runs: 100,
  },
]
