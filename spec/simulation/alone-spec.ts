import { describe, expect, it } from 'vitest'
import { alone } from './alone.ts'
import { campaign } from './campaign.ts'
import { everyPropertyIn } from './kept.ts'
import { eachIsKilled } from './kills.ts'
import { aloneMutants } from './mutants-alone.ts'
import { edited } from './mutate.ts'
import { tiny } from './slices.ts'

const runs = Math.ceil(Number(process.env['SIM_RUNS'] ?? 20_000) / 20)
const seed = Number(process.env['SIM_SEED'] ?? 1)

describe('a stream with its own producer, whatever fails', () => {
  it(`keeps every property in ${runs} runs of seed ${seed}`, { timeout: 3_600_000 }, async () => {
    await everyPropertyIn(alone, { runs, seed })
  })

  it(`leaves no gap in ${runs} runs in slices`, { timeout: 3_600_000 }, async () => {
    const library = await edited('alone-slices', tiny)
    const properties = ["a stream's own producer leaves no gap in a partition"]
    const { failure } = await campaign(alone, library, { runs, seed, shrink: true, properties })
    expect(failure?.details, JSON.stringify(failure?.scenario)).toBeUndefined()
  })

  eachIsKilled('alone', aloneMutants, alone)
})
