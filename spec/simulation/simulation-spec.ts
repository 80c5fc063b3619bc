import { describe, expect, it } from 'vitest'
import { campaign, storms } from './campaign.ts'
import type { Counter } from './history.ts'
import { original } from './library.ts'
import { eagerRatio } from './mutants.ts'
import { edited } from './mutate.ts'
import { regressions } from './regressions.ts'
import { healedAt, type Scenario } from './scenario.ts'
import { run } from './world.ts'

// The whole client against the broker model in virtual time. `npm run test:sim -- --runs N --seed S`
// draws other runs; a failure prints its seed and the shrunk scenario, which can be kept as it is
// among the regressions.

const runs = Number(process.env['SIM_RUNS'] ?? 12_000)
const seed = Number(process.env['SIM_SEED'] ?? 1)

/** What a campaign of some size reaches, or it proves less than it says. */
const sometimes: readonly Counter[] = [
  'retry',
  'split',
  'expiry',
  'epochBump',
  'fiveInFlight',
  'fullBuffer',
  'metadataTimeout',
  'leaderHint',
  'rebootstrap',
  'disconnect',
  'zombie',
  'possiblyPersisted',
  'duplicateInLog',
  'abandonedStream',
  'failedStream',
  'asyncSerializer',
  'threads',
  'flush',
  'earlyClose',
  'networkFaults',
  'brokerFaults',
  'inputOrder',
  'heldForTurn',
  'gateClosed',
  'leftWhilePulling',
  'writables',
  'writeWaited',
  'aborted',
  'keyed',
  'roundRobin',
  'keptAway',
  'discarded',
  'withdrawn',
  'tooManyWait',
  'undelivered',
  'partitionsFor',
  'astray',
  'lateTopic',
  'besideOthers',
  'lz4',
]

describe('a producer, whatever brokers, leaders and networks do', () => {
  it(`keeps every property in ${runs} runs of seed ${seed}`, { timeout: 3_600_000 }, async () => {
    const begin = performance.now()
    const { counters, failure } = await campaign(storms, await original(), {
      runs,
      seed,
      shrink: true,
    })
    const perSecond = Math.round((1000 * (counters['runs'] ?? 0)) / (performance.now() - begin))
    console.log(`${perSecond} runs a second, healed at ${healedAt} ms;`, counters)

    if (failure !== null) {
      const { run: number, details, scenario } = failure
      expect.fail(
        `seed ${seed}, run ${number}:\n${details.slice(0, 6).join('\n')}\n${JSON.stringify(scenario)}`,
      )
    }
    if (runs >= 5_000) expect(sometimes.filter((counter) => !counters[counter])).toEqual([])
  })

  it('keeps every property if batches compress so well that they are filled far beyond batch.size', {
    timeout: 3_600_000,
  }, async () => {
    const library = await edited('eager-ratio', [eagerRatio])
    const { failure } = await campaign(storms, library, { runs: runs / 5, seed, shrink: true })
    if (failure === null) return
    const { run: number, details, scenario } = failure
    expect.fail(`run ${number}:\n${details.slice(0, 6).join('\n')}\n${JSON.stringify(scenario)}`)
  })

  it('gives the same trace for the same scenario', async () => {
    const library = await original()
    for (const { scenario } of regressions) {
      const [first, second] = [await run(scenario, library), await run(scenario, library)]
      expect(second.trace).toBe(first.trace)
    }
  })
})

describe('faults that the simulation once found', () => {
  for (const { story, scenario } of regressions) {
    it(story, async () => {
      const { violations } = await run(scenario as Scenario, await original())
      expect(violations).toEqual([])
    })
  }
})
