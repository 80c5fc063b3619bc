import { describe, expect, it } from 'vitest'
import type { Regime } from './campaign.ts'
import { type HoursScenario, startingHours } from './hours-scenario.ts'
import { hoursRegime } from './hours-world.ts'
import { everyPropertyIn } from './kept.ts'
import { eachIsKilled } from './kills.ts'
import { startsMutants } from './mutants-starts.ts'

// The hours once more, on brokers of seven releases that have just started, and are started again in the middle of
// everything: who asks first is told of no topics, of no brokers, or that producer ids are still loading, and the
// next requests meet other refusals of a start. Nothing of it costs a record.

const runs = Number(process.env['STARTS_RUNS'] ?? 300)
const seed = Number(process.env['SIM_SEED'] ?? 1)

const starting: Regime<HoursScenario> = { scenarios: startingHours, run: hoursRegime.run }

describe('hours of brokers that have just started', () => {
  it(`keep every property in ${runs} runs of seed ${seed}`, { timeout: 1_200_000 }, async () => {
    const counters = await everyPropertyIn(starting, { runs, seed })
    for (const one of ['started', 'retried', 'remake'])
      expect(counters[one], one).toBeGreaterThan(0)
  })

  eachIsKilled('starts', startsMutants, starting)
})
