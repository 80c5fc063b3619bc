// npm run test:sim -- [--runs N] [--seed S]: a campaign of the simulation. Without --seed, another
// one every time; the seed is printed.

import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '100000' }, seed: { type: 'string' } },
})
const seed = values.seed ?? String(Date.now() % 2 ** 31)
console.log(`seed ${seed}, ${values.runs} runs`)
const { status } = spawnSync('npx', ['vitest', 'run', 'spec/simulation/simulation-spec.ts'], {
  stdio: 'inherit',
  env: { ...process.env, SIM_RUNS: values.runs, SIM_SEED: seed },
})
process.exit(status ?? 1)
