import { describe, expect, it } from 'vitest'
import { campaign, storms } from './campaign.ts'
import { eachIsKilled } from './kills.ts'
import type { Mutant } from './mutants.ts'
import { edited } from './mutate.ts'
import { tiny } from './slices.ts'

// Each kind of work in a turn is limited to thousands of items (collections/share.ts), which no storm
// reaches. Here the limits are one or two, so everything is done in slices, and anything may happen between
// two of them: no record is delivered twice, out of order or not at all.

const runs = Math.ceil(Number(process.env['SIM_RUNS'] ?? 20_000) / 20)
const seed = Number(process.env['SIM_SEED'] ?? 1)

/** Those about the record itself; others count on a turn that does all there is. */
const properties = [
  'exactly one result per input',
  'every stream ends',
  'nothing after the end',
  'an acknowledged record is at its offset',
  'an acknowledged record is in the log',
  'idempotent: nothing is in the log twice',
  'the log keeps input order',
  "a stream's own producer leaves no gap in a partition",
  'results keep input order within a partition',
  'results are emitted in input order',
  'a key decides the partition of its record',
  'interceptors are told of every record once',
  'an unheard failure is an event',
  'temporary faults do not fail records',
  'a record keeps its partition',
  'close ends',
  'every flush ends',
  'flush waits for every result',
  'in flight is bounded',
  'memory is returned',
  'no batch waits forever',
  'no buffer is written while it is read',
  'nothing is left',
  'one result for each record',
  'partitionsFor is answered',
  'the protocol is followed',
  'threw',
]

const mutants: readonly Mutant[] = [
  {
    name: 'what waits to be placed is forgotten when the turn has no time for it',
    file: 'stages/placement-pass.ts',
    find: '      this.#ports.share.later()\n      return false',
    replace: '      return true',
    also: tiny,
    killedBy: ['exactly one result per input', 'temporary faults do not fail records', 'threw'],
    runs: 1000,
  },
]

describe('a producer, whatever happens between two slices of work', () => {
  it(`keeps every property in ${runs} runs of seed ${seed}`, { timeout: 3_600_000 }, async () => {
    const library = await edited('slices', tiny)
    const { failure } = await campaign(storms, library, { runs, seed, shrink: true, properties })
    const told = failure && `run ${failure.run}:\n${failure.details.slice(0, 6).join('\n')}`
    expect(told, JSON.stringify(failure?.scenario)).toBeNull()
  })

  eachIsKilled('slices', mutants, storms)
})
