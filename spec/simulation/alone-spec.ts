import { describe, it } from 'vitest'
import { alone } from './alone.ts'
import { everyPropertyIn } from './kept.ts'
import { eachIsKilled } from './kills.ts'
import { aloneMutants } from './mutants-alone.ts'

const runs = Math.ceil(Number(process.env['SIM_RUNS'] ?? 20_000) / 20)
const seed = Number(process.env['SIM_SEED'] ?? 1)

describe('a stream with its own producer, whatever fails', () => {
  it(`keeps every property in ${runs} runs of seed ${seed}`, { timeout: 3_600_000 }, async () => {
    await everyPropertyIn(alone, { runs, seed })
  })

  eachIsKilled('alone', aloneMutants, alone)
})
