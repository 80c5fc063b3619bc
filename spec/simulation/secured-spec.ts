import { describe, expect, it } from 'vitest'
import type { Regime } from './campaign.ts'
import { type HoursScenario, securedHours, tlsHours } from './hours-scenario.ts'
import { hoursRegime } from './hours-world.ts'
import { everyPropertyIn } from './kept.ts'
import { eachIsKilled } from './kills.ts'
import { securedMutants, tlsMutants } from './mutants-secured.ts'

// The hours once more, on clusters that require a login: sessions end at any moment, passwords change, and
// for some time every login is refused. Then with TLS: brokers restart, handshakes take long, or fail for
// some time, at once or when the connection seems ready. Every property holds; a record may be refused, but
// only while logins are.

const runs = Number(process.env['SECURED_RUNS'] ?? 200)
const tlsRuns = Number(process.env['SECURED_RUNS'] ?? 60)
const seed = Number(process.env['SIM_SEED'] ?? 1)

const secured: Regime<HoursScenario> = { scenarios: securedHours, run: hoursRegime.run }
const byTls: Regime<HoursScenario> = { scenarios: tlsHours, run: hoursRegime.run }

describe('hours on clusters with SASL', () => {
  it(`keep every property in ${runs} runs of seed ${seed}`, { timeout: 1_200_000 }, async () => {
    const counters = await everyPropertyIn(secured, { runs, seed })
    expect(counters).toMatchObject({ rotate: expect.any(Number), lockOut: expect.any(Number) })
  })

  eachIsKilled('secured', securedMutants, secured)
})

describe('hours with TLS', () => {
  it(`keep every property in ${tlsRuns} runs of seed ${seed}`, { timeout: 1_200_000 }, async () => {
    const counters = await everyPropertyIn(byTls, { runs: tlsRuns, seed })
    for (const one of ['renewed', 'refusedEarly', 'refusedLate', 'refusedByTls'])
      expect(counters[one], one).toBeGreaterThan(0)
  })

  eachIsKilled('tls', tlsMutants, byTls)
})
