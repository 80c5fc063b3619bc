import { describe, expect, it } from 'vitest'
import type { Regime } from './campaign.ts'
import { hostilely } from './hostile.ts'
import { everyPropertyIn } from './kept.ts'
import { eachIsKilled } from './kills.ts'
import type { Mutant } from './mutants.ts'
import type { Scenario } from './scenario.ts'
import { run } from './world.ts'

// Streams whose user code throws share a producer with others. Every property of the simulation holds for
// all of them.

const runs = Number(process.env['SIM_RUNS'] ?? 20_000) / 10
const seed = Number(process.env['SIM_SEED'] ?? 1)

const mutants: readonly Mutant[] = [
  {
    name: 'what a feed throws breaks the others',
    file: 'operators/delivery.ts',
    find: 'contained(() => this.#end())',
    replace: 'this.#end()',
    also: [
      {
        file: 'producer/acknowledgements.ts',
        find: '    reportUnhandled(thrown)',
        replace: '    throw thrown',
      },
    ],
    killedBy: [
      'temporary faults do not fail records',
      "a record with persisted 'no' is not in the log",
    ],
    runs: 600,
  },
  {
    name: 'a stage whose source throws when it is torn down is not closed',
    file: 'stages/operator.ts',
    find: '        try {\n          inner.unsubscribe()\n        } finally {',
    replace: '        {\n          inner.unsubscribe()\n        }\n        {',
    killedBy: ['nothing is left', 'waiting records of an unsubscribed stream are not sent'],
    runs: 600,
  },
  {
    name: 'a listener of events$ that throws at the end keeps its producer from closing',
    file: 'producer/events.ts',
    find: `this.#subject.subscribe({
      next: (event) => inContext(context, out.next, out, event),
      complete: () => inContext(context, out.complete, out, null),
    })`,
    replace: 'this.#subject.subscribe(out)',
    also: [
      {
        file: 'producer/closing.ts',
        find: 'contained(() => this.#events.complete())',
        replace: 'this.#events.complete()',
      },
    ],
    killedBy: ['close ends'],
    runs: 600,
  },
]

const hostile: Regime<Scenario> = { scenarios: hostilely, run }

describe('a producer, whatever user code throws in teardowns, subscribers and listeners', () => {
  it(`keeps every property in ${runs} runs of seed ${seed}`, { timeout: 3_600_000 }, async () => {
    const counters = await everyPropertyIn(hostile, { runs, seed })
    expect(counters.hostile).toBeGreaterThan(runs)
  })

  eachIsKilled('hostile', mutants, hostile)
})
