import { describe, expect, it } from 'vitest'
import { everyPropertyIn } from './kept.ts'
import { transactionsRegime } from './transactions-world.ts'

// The regime of transactions, in virtual time. `TRANSACTIONS_RUNS` and `SIM_SEED` draw other runs.

const runs = Number(process.env['TRANSACTIONS_RUNS'] ?? 800)
const seed = Number(process.env['SIM_SEED'] ?? 1)

/** What a campaign of some size reaches, or it proves less than it says. */
const sometimes = [
  'committed',
  'aborted',
  'unknown',
  'left',
  'operator',
  'function',
  'writable',
  'coordinator',
  'leader',
  'restart',
  'pause',
  'reply',
  'cut',
  'hang',
  'slow',
  'fence',
  'protocol',
  'close',
  'networkFaults',
  'FENCED',
  'ABORTED',
  'COMMIT_UNKNOWN',
  'TRANSACTION_TIMEOUT',
  'PRODUCER_FAILED',
  'INIT_TIMEOUT',
] as const

describe('transactions, whatever coordinators, leaders, networks and other producers do', () => {
  it(`keep every property in ${runs} runs of seed ${seed}`, { timeout: 1_200_000 }, async () => {
    const counters = await everyPropertyIn(transactionsRegime, { runs, seed })
    if (runs >= 500) expect(sometimes.filter((counter) => !counters[counter])).toEqual([])
  })
})
