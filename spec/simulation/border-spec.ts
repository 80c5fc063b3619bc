import { describe, expect, it } from 'vitest'
import { borderRegime } from './border-world.ts'
import { everyPropertyIn } from './kept.ts'

const runs = Math.ceil(Number(process.env['SIM_RUNS'] ?? 20_000) / 20)
const seed = Number(process.env['SIM_SEED'] ?? 1)

describe('a producer, whatever the code of a record does', () => {
  it(`keeps every property in ${runs} runs of seed ${seed}`, { timeout: 3_600_000 }, async () => {
    const counters = await everyPropertyIn(borderRegime, { runs, seed })
    expect(counters['records']).toBeGreaterThan(runs)
  })
})
