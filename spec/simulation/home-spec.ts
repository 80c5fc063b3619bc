import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Regime, storms } from './campaign.ts'
import {
  type HoursScenario,
  hours,
  securedHours,
  startingHours,
  tlsHours,
} from './hours-scenario.ts'
import { hoursRegime } from './hours-world.ts'
import { everyPropertyIn } from './kept.ts'
import { eachIsKilled } from './kills.ts'
import { homeMutants } from './mutants-home.ts'
import type { Scenario } from './scenario.ts'
import type { TransactionsScenario } from './transactions-scenario.ts'
import { transactionsRegime } from './transactions-world.ts'

// Bootstrap servers that are named as the brokers are: a connection to one of them goes on as the broker's, in hours
// of every kind, in storms and with transactions. In all other regimes each broker is connected to by itself.

const runs = Number(process.env['HOME_RUNS'] ?? 300)
const seed = Number(process.env['SIM_SEED'] ?? 1)

const atHome: Regime<HoursScenario> = {
  scenarios: fc
    .oneof(hours, securedHours, tlsHours, startingHours)
    .map((scenario) => ({ ...scenario, isAtHome: true })),
  run: hoursRegime.run,
}
const stormsAtHome: Regime<Scenario> = {
  scenarios: storms.scenarios.map((scenario) => ({ ...scenario, isAtHome: true })),
  run: storms.run,
}
const transactionsAtHome: Regime<TransactionsScenario> = {
  scenarios: transactionsRegime.scenarios.map((scenario) => ({ ...scenario, isAtHome: true })),
  run: transactionsRegime.run,
}

describe('bootstrap servers named as the brokers are', () => {
  it(`keep every property in ${runs} runs of hours of seed ${seed}`, {
    timeout: 3_600_000,
  }, async () => {
    const counters = await everyPropertyIn(atHome, { runs, seed })
    for (const one of ['retried', 'started', 'rotate'])
      expect(counters[one], one).toBeGreaterThan(0)
  })

  it(`keep every property in ${2 * runs} storms of seed ${seed}`, {
    timeout: 3_600_000,
  }, async () => {
    await everyPropertyIn(stormsAtHome, { runs: 2 * runs, seed })
  })

  it(`keep every property in ${runs / 2} runs of transactions of seed ${seed}`, {
    timeout: 3_600_000,
  }, async () => {
    await everyPropertyIn(transactionsAtHome, { runs: Math.ceil(runs / 2), seed })
  })

  eachIsKilled('home', homeMutants, atHome)
})
