import { describe, expect, it } from 'vitest'
import { consumingRegime } from './consuming-world.ts'
import { everyPropertyIn } from './kept.ts'

// The regime of consume-transform-produce, in virtual time. `CONSUMING_RUNS` and `SIM_SEED` draw other
// runs.

const runs = Number(process.env['CONSUMING_RUNS'] ?? 800)
const seed = Number(process.env['SIM_SEED'] ?? 1)

/** What a campaign of some size must reach; otherwise it proves less than it claims. */
const sometimes = [
  'emitted',
  'twin',
  'rebalance',
  'fence',
  'again',
  'fail',
  'leave',
  'coordinator',
  'leader',
  'restart',
  'pause',
  'reply',
  'cut',
  'hang',
  'slow',
  'protocol',
  'networkFaults',
  'FENCED',
  'ABORTED',
  'INIT_TIMEOUT',
  'TRANSACTION_TOO_LARGE',
] as const

describe('exactlyOnce, whatever happens to programs, groups, ids and brokers', () => {
  it(`keeps every property in ${runs} runs of seed ${seed}`, { timeout: 1_200_000 }, async () => {
    const counters = await everyPropertyIn(consumingRegime, { runs, seed })
    if (runs >= 500) expect(sometimes.filter((counter) => !counters[counter])).toEqual([])
  })
})
