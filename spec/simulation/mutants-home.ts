import type { Mutant } from './mutants.ts'

// Deliberate bugs of a bootstrap server's connection that goes on as a broker's.

const delivered = 'all waiting records are delivered once the faults are over'

export const homeMutants: readonly Mutant[] = [
  {
    name: 'the end of the connection is not told to the broker that it went to',
    file: 'cluster/brokers.ts',
    find: 'this.#owners.set(connection, heir)',
    replace: '',
    killedBy: [delivered, 'threw'],
    runs: 100,
  },
  {
    name: 'the connection goes to a broker that listens elsewhere',
    file: 'cluster/brokers.ts',
    find: 'id >= 0 && sameAddress(address, to))',
    replace: 'id === 2 || (id >= 0 && to === null && sameAddress(address, to)))',
    killedBy: [delivered],
    runs: 100,
  },
  {
    name: 'the broker is never heard to confirm',
    file: 'wire/connection.ts',
    find: "      this.#move('ready')\n      this.#offerSlot()",
    replace: '',
    killedBy: [delivered],
    runs: 100,
  },
]
