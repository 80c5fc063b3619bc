// How `npm run bench:kafka` runs bench/kafka.ts: once, with nothing beside it, printing as it goes.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['bench/kafka.ts'],
    testTimeout: 3_600_000,
    disableConsoleIntercept: true,
  },
})
