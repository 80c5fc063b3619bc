import fc from 'fast-check'
import { scenarios } from './draw.ts'
import type { Counter } from './history.ts'
import type { Library } from './library.ts'
import type { Scenario } from './scenario.ts'
import { run } from './world.ts'

// Many runs, drawn from one seed: until one breaks a property, which is then shrunk.

export interface CampaignOptions {
  readonly runs: number
  readonly seed: number
  /** Whether a scenario that fails is made as small as possible. */
  readonly shrink: boolean
  /** How runs are drawn; absent: as draw.ts says. */
  readonly from?: fc.Arbitrary<Scenario>
  /** Only these are looked at; absent: all. */
  readonly properties?: readonly string[]
}

export interface Campaign {
  readonly counters: Readonly<Partial<Record<Counter, number>>>
  /** Null where every run kept every property. */
  readonly failure: Failure | null
}

export interface Failure {
  readonly scenario: Scenario
  /** What it breaks; `threw` where the library did. */
  readonly properties: readonly string[]
  readonly details: readonly string[]
  /** After how many runs. */
  readonly run: number
}

class Broken extends Error {
  readonly properties: readonly string[]
  readonly details: readonly string[]

  constructor(violations: readonly { readonly property: string; readonly detail: string }[]) {
    super(violations.map(({ property, detail }) => `${property}: ${detail}`).join('\n'))
    this.properties = [...new Set(violations.map(({ property }) => property))]
    this.details = violations.map(({ property, detail }) => `${property}: ${detail}`)
  }
}

export async function campaign(library: Library, options: CampaignOptions): Promise<Campaign> {
  const { runs: numRuns, seed, shrink, properties: only, from = scenarios } = options
  const counters: Partial<Record<Counter, number>> = {}
  let shrinking = false
  const property = fc.asyncProperty(from, async (scenario) => {
    const { violations: all, counters: counted } = await run(scenario, library)
    if (!shrinking) add(counters, counted)
    const violations = all.filter(({ property }) => only?.includes(property) ?? true)
    if (violations.length === 0) return
    shrinking = true
    throw new Broken(violations)
  })
  const result = await fc.check(property, { numRuns, seed, endOnFailure: !shrink })
  if (!result.failed) return { counters, failure: null }
  const [scenario] = result.counterexample!
  const broken = result.errorInstance
  const { properties, details } =
    broken instanceof Broken
      ? broken
      : { properties: ['threw'], details: [String((broken as Error)?.stack ?? broken)] }
  return { counters, failure: { scenario, properties, details, run: result.numRuns } }
}

function add(
  total: Partial<Record<Counter, number>>,
  counted: Partial<Record<Counter, number>>,
): void {
  for (const [name, count] of Object.entries(counted) as [Counter, number][]) {
    total[name] = (total[name] ?? 0) + count
  }
}
