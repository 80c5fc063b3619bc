import { expect, it } from 'vitest'
import { campaign, type Regime } from './campaign.ts'
import type { Mutant } from './mutants.ts'
import { mutated } from './mutate.ts'

// A property that nothing can break proves nothing. Each deliberate bug is found, by its property, within a
// stated number of runs. `MUTANT='part of a name'` runs only some.

const only = process.env['MUTANT']

/** A spec for each of them. `list` names the folder of their copies: files run beside each other. */
export function eachIsKilled<S>(list: string, mutants: readonly Mutant[], regime: Regime<S>): void {
  for (const [number, mutant] of mutants.entries()) kills(mutant, `${list}-${number}`, regime)
}

function kills<S>(mutant: Mutant, folder: string, regime: Regime<S>): void {
  const isLeftOut = only !== undefined && !mutant.name.includes(only)
  it.skipIf(isLeftOut)(mutant.name, { timeout: 600_000 }, async () => {
    const library = await mutated(mutant, folder)
    const { runs, seed = 20, killedBy: properties } = mutant
    const { failure } = await campaign(regime, library, { runs, seed, shrink: false, properties })
    if (process.env['SHOW'])
      console.log(mutant.name, '→', failure?.run, failure?.details.slice(0, 3))
    expect(failure, 'it survived').not.toBeNull()
    const known = failure!.properties.filter((property) => mutant.killedBy.includes(property))
    expect(known, `it broke ${failure!.details.slice(0, 3).join('; ')}`).not.toEqual([])
  })
}
