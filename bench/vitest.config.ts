// How `npm run bench:kafka` and `bench:transactions` run kafka.ts and transactions-kafka.ts: once, with nothing in
// parallel, printing during the run.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['bench/kafka.ts', 'bench/transactions-kafka.ts'],
    testTimeout: 3_600_000,
    disableConsoleIntercept: true,
  },
})
