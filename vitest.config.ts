import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { SlowFirst } from './spec/sequence.ts'

const lib = (path: string) => fileURLToPath(new URL(`./lib/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^to-kafka$/, replacement: lib('index.ts') },
      { find: /^to-kafka\/stages$/, replacement: lib('stages.ts') },
      { find: /^to-kafka\/testing$/, replacement: lib('testing.ts') },
    ],
  },
  test: {
    // Vitest leaves one core free, which is half of a machine that has two.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: SlowFirst },
    include: ['spec/**/*-spec.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
