import { describe, expect, it } from 'vitest'
import { campaign, type Regime, storms } from './campaign.ts'
import { hoursRegime } from './hours-world.ts'
import { type Mutant, mutants } from './mutants.ts'
import { hoursMutants } from './mutants-hours.ts'
import { mutated } from './mutate.ts'

// A property that nothing can break proves nothing. Each deliberate bug is found, by the property
// that is there for it, within a stated number of runs.

const only = process.env['MUTANT']

describe('the simulation kills the mutant', () => {
  for (const [number, mutant] of mutants.entries()) kills(mutant, number, storms)
})

describe('the simulation of hours kills the mutant', () => {
  for (const [number, mutant] of hoursMutants.entries()) kills(mutant, 2000 + number, hoursRegime)
})

function kills<S>(mutant: Mutant, number: number, regime: Regime<S>): void {
  const isLeftOut = only !== undefined && !mutant.name.includes(only)
  it.skipIf(isLeftOut)(mutant.name, { timeout: 600_000 }, async () => {
    const library = await mutated(mutant, number)
    const { runs, seed = 20, killedBy: properties } = mutant
    const { failure } = await campaign(regime, library, { runs, seed, shrink: false, properties })
    if (process.env['SHOW'])
      console.log(mutant.name, '→', failure?.run, failure?.details.slice(0, 3))
    expect(failure, 'it survived').not.toBeNull()
    const known = failure!.properties.filter((property) => mutant.killedBy.includes(property))
    expect(known, `it broke ${failure!.details.slice(0, 3).join('; ')}`).not.toEqual([])
  })
}
