import { describe, expect, it } from 'vitest'
import type { Regime } from './campaign.ts'
import { type HoursScenario, securedHours } from './hours-scenario.ts'
import { hoursRegime } from './hours-world.ts'
import { everyPropertyIn } from './kept.ts'
import { eachIsKilled } from './kills.ts'
import type { Mutant } from './mutants.ts'

// The hours once more, on clusters that ask who we are: sessions end in the middle of everything, passwords
// change, and for some time nobody is let in. Every property holds; a record may be refused, but only while
// nobody is let in.

const runs = Number(process.env['SECURED_RUNS'] ?? 200)
const seed = Number(process.env['SIM_SEED'] ?? 1)

const secured: Regime<HoursScenario> = { scenarios: securedHours, run: hoursRegime.run }

const mutants: readonly Mutant[] = [
  {
    name: 'a session is never renewed',
    file: 'wire/session.ts',
    find: 'return now >= this.#renewAt',
    replace: 'return now >= this.#renewAt && this.isWanted',
    killedBy: ['the protocol is kept'],
    runs: 200,
  },
  {
    name: 'a session is renewed while requests are in flight',
    file: 'wire/connection.ts',
    find: '!this.#session.isWanted || this.inFlight > 0) return',
    replace: '!this.#session.isWanted) return',
    killedBy: ['the protocol is kept'],
    runs: 400,
  },
  {
    name: 'a request is sent before the login is over',
    file: 'wire/connection.ts',
    find: "    if (this.#mechanism === null) {\n      this.#move('ready')",
    replace: "    if (this.#mechanism !== null) {\n      this.#move('ready')",
    killedBy: ['the protocol is kept'],
    runs: 50,
  },
  {
    name: 'a password is used again after it was refused',
    file: 'security/secret.ts',
    find: '    given = source()',
    replace: '    given = (source as any).memo ??= source()',
    killedBy: ['faults that heal do not fail records'],
    runs: 200,
  },
]

describe('hours on clusters that ask who we are', () => {
  it(`keep every property in ${runs} runs of seed ${seed}`, { timeout: 1_200_000 }, async () => {
    const counters = await everyPropertyIn(secured, { runs, seed })
    expect(counters).toMatchObject({ rotate: expect.any(Number), lockOut: expect.any(Number) })
  })

  eachIsKilled('secured', mutants, secured)
})
