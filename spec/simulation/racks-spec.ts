import { describe, expect, it } from 'vitest'
import { everyPropertyIn } from './kept.ts'
import { eachIsKilled } from './kills.ts'
import { racksMutants } from './mutants-racks.ts'
import { racksRegime } from './racks-world.ts'

// KIP-1123: records without a key stay in their producer's rack while a partition there has a leader, and
// otherwise go to any other partition, wherever leaders move and whichever brokers are up.

const runs = Math.ceil(Number(process.env['SIM_RUNS'] ?? 20_000) / 80)
const seed = Number(process.env['SIM_SEED'] ?? 1)

describe('a rack-aware producer', () => {
  it(`keeps every property in ${runs} runs of seed ${seed}`, { timeout: 3_600_000 }, async () => {
    const counters = await everyPropertyIn(racksRegime, { runs, seed })
    for (const reached of ['near', 'anywhere', 'moved', 'brownouts'])
      expect(counters[reached], reached).toBeGreaterThan(0)
  })

  eachIsKilled('racks', racksMutants, racksRegime)
})
