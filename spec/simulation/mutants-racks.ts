import type { Mutant } from './mutants.ts'

// Deliberate bugs of the choice by racks.

const stays = 'records without a key stay in the rack for as long as they can'

export const racksMutants: readonly Mutant[] = [
  {
    name: 'the rack has no effect on adaptive choices',
    file: 'producer/place.ts',
    find: 'const info = this.#among!\n    const avoided',
    replace: 'const info = this.info\n    const avoided',
    killedBy: [stays],
    runs: 300,
  },
  {
    name: 'the leaders in the rack are computed only once',
    file: 'producer/place.ts',
    find: 'near.seatVersion === seatVersion',
    replace: 'near.seatVersion <= seatVersion',
    killedBy: [stays],
    runs: 300,
  },
  {
    name: 'the queues of the rack have no effect',
    file: 'producer/place.ts',
    find: 'return this.load.choose(random)',
    replace: 'return nearby(this.#whereabouts) ? null : this.load.choose(random)',
    also: [
      {
        file: 'producer/place.ts',
        find: 'function infoOf(',
        replace:
          'function nearby(w: Whereabouts): boolean {\n  return w.nearby.size > 0\n}\n\nfunction infoOf(',
      },
    ],
    killedBy: ['a partition in the rack on which batches wait gets fewer records'],
    runs: 300,
  },
]
