import { expect } from 'vitest'
import { type Campaign, campaign, type Regime } from './campaign.ts'
import { original } from './library.ts'

/** Fails with the first scenario that breaks a property of the library; otherwise returns the counters. */
export async function everyPropertyIn<S>(
  regime: Regime<S>,
  { runs, seed }: { runs: number; seed: number },
): Promise<Campaign<S>['counters']> {
  const begin = process.cpuUsage().user
  const { counters, failure } = await campaign(regime, await original(), {
    runs,
    seed,
    shrink: true,
  })
  const seconds = (process.cpuUsage().user - begin) / 1e6
  console.log(`${seconds.toFixed(0)} s of processor time;`, counters)
  if (failure !== null) {
    const { run, details, scenario } = failure
    const told = details.slice(0, 6).join('\n')
    expect.fail(`seed ${seed}, run ${run}:\n${told}\n${JSON.stringify(scenario)}`)
  }
  return counters
}
