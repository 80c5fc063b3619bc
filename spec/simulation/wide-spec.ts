import { describe, expect, it } from 'vitest'
import type { Regime } from './campaign.ts'
import { everyPropertyIn } from './kept.ts'
import { eachIsKilled } from './kills.ts'
import type { Mutant } from './mutants.ts'
import type { Scenario } from './scenario.ts'
import { wide } from './wide.ts'
import { run } from './world.ts'

// Many partitions with a batch each, most of them nearly empty. The gate lets more in, and every property
// of the simulation holds: memory is bounded, linger.ms is kept, no stream stops or starves.

const runs = Math.ceil(Number(process.env['SIM_RUNS'] ?? 20_000) / 20)
const seed = Number(process.env['SIM_SEED'] ?? 1)

const mutants: readonly Mutant[] = [
  {
    name: 'the gate lets in whatever there is memory for, however full the batches are',
    file: 'producer/headroom.ts',
    find: 'return this.#areBatchesSmall && memory.available >= this.#ampleRoom',
    replace: 'return memory.available >= this.#ampleRoom',
    killedBy: ['a paced source is at most one request ahead'],
    runs: 600,
  },
  {
    name: 'beyond a next request the gate takes no notice of memory',
    file: 'producer/headroom.ts',
    find: 'return this.#areBatchesSmall && memory.available >= this.#ampleRoom',
    replace: 'return this.#areBatchesSmall',
    killedBy: ['a paced source is not asked for records without room'],
    runs: 600,
  },
  {
    name: 'what is made due because it is fullest is forgotten by its linger, and never sent',
    file: 'accumulator/deadlines.ts',
    find: 'for (const batch of fullest) this.#events.due(batch)',
    replace: '',
    killedBy: ['linger limits the wait', 'temporary faults do not fail records'],
    runs: 600,
  },
  {
    name: 'what is not among the fullest is forgotten by its linger',
    file: 'accumulator/deadlines.ts',
    find: 'this.#keep(batches.filter((batch) => !isFull(batch)))',
    replace: 'this.clear()',
    killedBy: ['linger limits the wait', 'temporary faults do not fail records'],
    runs: 600,
  },
]

const regime: Regime<Scenario> = { scenarios: wide, run }

describe('a producer whose paced source writes a little to many partitions', () => {
  it(`keeps every property in ${runs} runs of seed ${seed}`, { timeout: 3_600_000 }, async () => {
    const counters = await everyPropertyIn(regime, { runs, seed })
    expect(counters.gateClosed).toBeGreaterThan(0)
  })

  eachIsKilled('wide', mutants, regime)
})
