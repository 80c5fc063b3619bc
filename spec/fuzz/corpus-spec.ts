import { expect, it, vi } from 'vitest'
import { replay } from './campaign.ts'

// Findings that were fixed, run again: each failed before. A case is determined by its dice, which
// are thrown as answers arrive, so a client that sends other requests makes another case of it.
// Each finding also has its own spec with the fixed code. This one shows that the fuzzer would find
// it, and costs some milliseconds.

// The pause before a reader asks again.
vi.mock('node:timers/promises', () => ({ setTimeout: () => Promise.resolve() }))

it.each<[target: string, seed: number, number: number, found: string]>([
  ['clients', 1, 6, 'a throttle of 2^31 ms took a broker away for 24 days'],
  ['clients', 1, 31, 'a producer id below 0 was believed, and all that was sent under it refused'],
  [
    'clients',
    1,
    884,
    'throttles added up, and a swallowed request kept its connection for an hour',
  ],
  ['readers', 1, 479, 'a partition that the next broker did not list was a RangeError'],
  ['readers', 2, 79, 'the same, in a read from an offset on'],
])('%s, seed %i, case %i: %s', async (target, seed, number) => {
  await expect(replay(target, seed, number)).resolves.toBeUndefined()
})
