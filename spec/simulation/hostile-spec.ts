import { describe, expect, it } from 'vitest'
import { campaign, type Regime } from './campaign.ts'
import { hostilely } from './hostile.ts'
import { original } from './library.ts'
import type { Mutant } from './mutants.ts'
import { mutated } from './mutate.ts'
import type { Scenario } from './scenario.ts'
import { run } from './world.ts'

// Streams whose user code throws share a producer with others. Every property of the simulation holds,
// of all of them.

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
    killedBy: ['faults that heal do not fail records', "a record of persisted 'no' is in no log"],
    runs: 600,
  },
  {
    name: 'a stage whose source throws when it is torn down is not closed',
    file: 'stages/operator.ts',
    find: '        try {\n          inner.unsubscribe()\n        } finally {',
    replace: '        {\n          inner.unsubscribe()\n        }\n        {',
    killedBy: ['nothing is left', 'what waits when its stream is left is not sent'],
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

describe('whatever user code throws in teardowns, subscribers and listeners', () => {
  it(`keeps every property in ${runs} runs of seed ${seed}`, { timeout: 3_600_000 }, async () => {
    const library = await original()
    const { counters, failure } = await campaign(hostile, library, {
      runs,
      seed,
      shrink: true,
    })
    if (failure !== null) {
      const { run: number, details, scenario } = failure
      expect.fail(`run ${number}:\n${details.slice(0, 6).join('\n')}\n${JSON.stringify(scenario)}`)
    }
    expect(counters.hostile).toBeGreaterThan(runs)
  })

  for (const [number, mutant] of mutants.entries()) {
    it(`kills the mutant: ${mutant.name}`, { timeout: 600_000 }, async () => {
      const library = await mutated(mutant, `hostile-${number}`)
      const { runs: tries, killedBy: properties } = mutant
      const options = { runs: tries, seed: 20, shrink: false, properties }
      const { failure } = await campaign(hostile, library, options)
      expect(failure, 'it survived').not.toBeNull()
      const known = failure!.properties.filter((property) => properties.includes(property))
      expect(known, `it broke ${failure!.details.slice(0, 3).join('; ')}`).not.toEqual([])
    })
  }
})
