// npm run fuzz -- [--cases N] [--seed S] [--only TARGET]: a campaign of the fuzzer. Without --seed,
// it draws a new seed every time, which it prints. Targets: messages, streams, brokers, clients,
// readers.

import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string' },
    only: { type: 'string' },
  },
})
const seed = values.seed ?? String(Date.now() % 2 ** 31)
console.log(`seed ${seed}, ${values.cases} cases`)
const { status } = spawnSync('npx', ['vitest', 'run', 'spec/fuzz'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    FUZZ_CASES: values.cases,
    FUZZ_SEED: seed,
    ...(values.only === undefined ? {} : { FUZZ_ONLY: values.only }),
  },
})
process.exit(status ?? 1)
