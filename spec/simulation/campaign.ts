import fc from 'fast-check'
import { scenarios } from './draw.ts'
import type { Library } from './library.ts'
import type { Scenario } from './scenario.ts'
import { run } from './world.ts'

// Many runs, drawn from one seed, until one breaks a property; that run is then shrunk.

export interface CampaignOptions {
  readonly runs: number
  readonly seed: number
  /** Whether a failing scenario is shrunk, as far as `shrinkingRunsMax` more runs get. */
  readonly shrink: boolean
  /** Only these properties are checked; absent: all. */
  readonly properties?: readonly string[]
}

/** A scenario of hundreds of events would be tried in thousands of forms, for minutes; the first shrink it most. */
const shrinkingRunsMax = 500

/** What is drawn, and what is done with it. */
export interface Regime<S> {
  readonly scenarios: fc.Arbitrary<S>
  readonly run: (scenario: S, library: Library) => Promise<Outcome>
}

export interface Outcome {
  readonly violations: readonly { readonly property: string; readonly detail: string }[]
  readonly counters: Counters
}

type Counters = Readonly<Partial<Record<string, number>>>

export interface Campaign<S> {
  readonly counters: Counters
  /** Null if every run kept every property. */
  readonly failure: Failure<S> | null
}

export interface Failure<S> {
  readonly scenario: S
  /** The broken property; `threw` if the library threw. */
  readonly properties: readonly string[]
  readonly details: readonly string[]
  /** After how many runs. */
  readonly run: number
}

/** Three seconds of faults, then healing: many records at once, and every part of the public API. */
export const storms: Regime<Scenario> = { scenarios, run }

class Broken extends Error {
  readonly properties: readonly string[]
  readonly details: readonly string[]

  constructor(violations: readonly { readonly property: string; readonly detail: string }[]) {
    super(violations.map(({ property, detail }) => `${property}: ${detail}`).join('\n'))
    this.properties = [...new Set(violations.map(({ property }) => property))]
    this.details = violations.map(({ property, detail }) => `${property}: ${detail}`)
  }
}

export async function campaign<S>(
  { scenarios: drawn, run: perform }: Regime<S>,
  library: Library,
  options: CampaignOptions,
): Promise<Campaign<S>> {
  const { runs: numRuns, seed, shrink, properties: only } = options
  const counters: Partial<Record<string, number>> = {}
  let shrinking = false
  let shrinkingRuns = 0
  const property = fc.asyncProperty(drawn, async (scenario) => {
    if (shrinking) shrinkingRuns += 1
    if (shrinkingRuns > shrinkingRunsMax) return
    const { violations: all, counters: counted } = await perform(scenario, library)
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

function add(total: Partial<Record<string, number>>, counted: Counters): void {
  for (const [name, count = 0] of Object.entries(counted)) total[name] = (total[name] ?? 0) + count
}
