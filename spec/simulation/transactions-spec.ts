import { describe, expect, it } from 'vitest'
import { campaign } from './campaign.ts'
import { original } from './library.ts'
import { transactionsRegime } from './transactions-world.ts'

// The regime of transactions, in virtual time. `TRANSACTIONS_RUNS` and `SIM_SEED` draw other runs. What fails
// is not shrunk, for that takes long here: it prints the scenario as it was drawn.

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
  'INIT_TIMEOUT',
] as const

describe('transactions, whatever coordinators, leaders, networks and other producers do', () => {
  it(`keep every property in ${runs} runs of seed ${seed}`, { timeout: 1_200_000 }, async () => {
    const begin = process.cpuUsage().user
    const { counters, failure } = await campaign(transactionsRegime, await original(), {
      runs,
      seed,
      shrink: false,
    })
    const seconds = (process.cpuUsage().user - begin) / 1e6
    console.log(`${seconds.toFixed(0)} s of processor time;`, counters)

    if (failure !== null) {
      const { run: number, details, scenario } = failure
      expect.fail(
        `seed ${seed}, run ${number}:\n${details.slice(0, 6).join('\n')}\n${JSON.stringify(scenario)}`,
      )
    }
    if (runs >= 500) expect(sometimes.filter((counter) => !counters[counter])).toEqual([])
  })
})
