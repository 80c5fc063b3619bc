import { expect, it, vi } from 'vitest'
import { campaign } from './campaign.ts'

// What brokers, clients and writers of topics may send. `npm run fuzz -- --cases N --seed S` runs
// others; a finding prints its seed, its case and its input.

// The pause before a reader asks again.
vi.mock('node:timers/promises', () => ({ setTimeout: () => Promise.resolve() }))

const cases = Number(process.env['FUZZ_CASES'] ?? 200_000)
const seed = Number(process.env['FUZZ_SEED'] ?? 1)

it(`withstands ${cases} cases of seed ${seed}`, { timeout: 36_000_000 }, async () => {
  const figures = await campaign(seed, cases)
  console.table(figures)
  expect(figures.filter(({ outcomes }) => outcomes < 10)).toEqual([])
})

it('refuses an unknown target, instead of running nothing', async () => {
  await expect(campaign(1, 1, 'reader')).rejects.toThrow(
    "no target is called 'reader': there are messages, streams, brokers, clients, readers",
  )
})
