// npm run test:sim -- [--regime NAME] [--runs N] [--seed S]: a campaign of one regime of the simulation, storms by
// default. Without --seed, another one every time; the seed is printed.

import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

/** Of each regime its spec, and the variable that says how many times its runs it has. */
const regimes = {
  storms: ['simulation', 'SIM_RUNS', 1],
  hours: ['hours', 'HOURS_RUNS', 1],
  secured: ['secured', 'SECURED_RUNS', 1],
  starts: ['starts', 'STARTS_RUNS', 1],
  home: ['home', 'HOME_RUNS', 1],
  transactions: ['transactions', 'TRANSACTIONS_RUNS', 1],
  consuming: ['consuming', 'CONSUMING_RUNS', 1],
  hostile: ['hostile', 'SIM_RUNS', 10],
  border: ['border', 'SIM_RUNS', 20],
  slices: ['slices', 'SIM_RUNS', 20],
  wide: ['wide', 'SIM_RUNS', 20],
  alone: ['alone', 'SIM_RUNS', 20],
  doubt: ['doubt', 'SIM_RUNS', 40],
  racks: ['racks', 'SIM_RUNS', 80],
  busy: ['busy', 'SIM_RUNS', 80],
}

const { values } = parseArgs({
  options: {
    regime: { type: 'string', default: 'storms' },
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string' },
  },
})
const regime = regimes[values.regime]
if (regime === undefined) {
  const names = Object.keys(regimes).join(', ')
  console.error(`no regime is called '${values.regime}': there are ${names}`)
  process.exit(1)
}
const [spec, variable, times] = regime
const seed = values.seed ?? String(Date.now() % 2 ** 31)
console.log(`seed ${seed}, ${values.runs} runs of ${values.regime}`)
const file = `spec/simulation/${spec}-spec.ts`
const { status } = spawnSync('npx', ['vitest', 'run', file, '-t', 'keeps? every property'], {
  stdio: 'inherit',
  env: { ...process.env, [variable]: String(times * Number(values.runs)), SIM_SEED: seed },
})
process.exit(status ?? 1)
