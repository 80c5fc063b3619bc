import { describe, expect, it } from 'vitest'
import { busyRegime } from './busy-world.ts'
import { everyPropertyIn } from './kept.ts'
import { eachIsKilled } from './kills.ts'
import { busyMutants } from './mutants-busy.ts'

// However long something else keeps the event loop, an answer that has come in time is believed.

const runs = Math.ceil(Number(process.env['SIM_RUNS'] ?? 20_000) / 80)
const seed = Number(process.env['SIM_SEED'] ?? 1)

describe('on an event loop that something else keeps', () => {
  it(`keeps every property in ${runs} runs of seed ${seed}`, { timeout: 3_600_000 }, async () => {
    const counters = await everyPropertyIn(busyRegime, { runs, seed })
    for (const reached of ['records', 'waited', 'pastTheTimeout'])
      expect(counters[reached], reached).toBeGreaterThan(0)
  })

  eachIsKilled('busy', busyMutants, busyRegime)
})
