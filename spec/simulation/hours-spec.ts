import { describe, expect, it } from 'vitest'
import { hoursRegime } from './hours-world.ts'
import { everyPropertyIn } from './kept.ts'

// The second regime: producers that live for hours, in virtual time. `HOURS_RUNS` and `SIM_SEED` draw
// other runs.

const runs = Number(process.env['HOURS_RUNS'] ?? 1000)
const seed = Number(process.env['SIM_SEED'] ?? 1)

/** What a campaign of some size must reach; otherwise it proves less than it claims. */
const sometimes = [
  'retried',
  'epochBumped',
  'stop',
  'restart',
  'pause',
  'deaf',
  'move',
  'cut',
  'refuse',
  'late',
  'flush',
  'ask',
  'grow',
  'remake',
  'forget',
] as const

describe('hours of outages, pauses, growth, recreated topics and brokers that forget producers', () => {
  it(`keep every property in ${runs} runs of seed ${seed}`, { timeout: 1_200_000 }, async () => {
    const counters = await everyPropertyIn(hoursRegime, { runs, seed })
    if (runs >= 500) expect(sometimes.filter((counter) => !counters[counter])).toEqual([])
  })
})
