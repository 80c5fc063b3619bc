import { describe, expect, it } from 'vitest'
import { outageRegime } from './busy-outages.ts'
import { busyRegime } from './busy-world.ts'
import { everyPropertyIn } from './kept.ts'
import { eachIsKilled } from './kills.ts'
import { busyMutants, outageMutants } from './mutants-busy.ts'

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

// Nor does anything stand still while brokers stop and leaders move, whatever the order of answers and timers.

describe('on such an event loop, while brokers stop and leaders move', () => {
  it(`keeps every property in ${runs} runs of seed ${seed}`, { timeout: 3_600_000 }, async () => {
    const counters = await everyPropertyIn(outageRegime, { runs, seed })
    for (const reached of ['records', 'retried'])
      expect(counters[reached], reached).toBeGreaterThan(0)
  })

  eachIsKilled('outages', outageMutants, outageRegime)
})
