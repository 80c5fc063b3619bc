import { describe, expect, it } from 'vitest'
import { doubtRegime, overtakingRegime } from './doubt.ts'
import { everyPropertyIn } from './kept.ts'
import { eachIsKilled } from './kills.ts'
import { doubtMutants, overtakingMutants } from './mutants-doubt.ts'

const runs = Math.ceil(Number(process.env['SIM_RUNS'] ?? 20_000) / 40)
const seed = Number(process.env['SIM_SEED'] ?? 1)

describe('a producer whose answers are lost while records fail for good', () => {
  it(`keeps every property in ${runs} runs of seed ${seed}`, { timeout: 3_600_000 }, async () => {
    const counters = await everyPropertyIn(doubtRegime, { runs, seed })
    expect(counters['epochBump']).toBeGreaterThan(0)
    expect(counters['possiblyPersisted']).toBeGreaterThan(0)
  })

  eachIsKilled('doubt', doubtMutants, doubtRegime)
})

describe('a producer whose topic is recreated while batches are repeated', () => {
  it(`keeps every property in ${runs} runs of seed ${seed}`, { timeout: 3_600_000 }, async () => {
    const counters = await everyPropertyIn(overtakingRegime, { runs, seed })
    expect(counters['retried']).toBeGreaterThan(0)
    expect(counters['remake']).toBeGreaterThan(0)
  })

  eachIsKilled('overtaking', overtakingMutants, overtakingRegime)
})
