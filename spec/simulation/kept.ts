import { expect } from 'vitest'
import { type Campaign, campaign, type Regime } from './campaign.ts'
import { original } from './library.ts'

/** Fails with the first scenario that breaks a property of the library; else gives what was counted. */
export async function everyPropertyIn<S>(
  regime: Regime<S>,
  { runs, seed, shrink = true }: { runs: number; seed: number; shrink?: boolean },
): Promise<Campaign<S>['counters']> {
  const begin = process.cpuUsage().user
  const { counters, failure } = await campaign(regime, await original(), { runs, seed, shrink })
  const seconds = (process.cpuUsage().user - begin) / 1e6
  console.log(`${seconds.toFixed(0)} s of processor time;`, counters)
  if (failure !== null) {
    const { run, details, scenario } = failure
    const told = details.slice(0, 6).join('\n')
    expect.fail(`seed ${seed}, run ${run}:\n${told}\n${JSON.stringify(scenario)}`)
  }
  return counters
}
