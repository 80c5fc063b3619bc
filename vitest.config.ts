import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { SlowFirst } from './spec/sequence.ts'

const lib = (path: string) => fileURLToPath(new URL(`./lib/${path}`, import.meta.url))

// Files that take long, or that check the whole process: its handles, its memory, its warnings. Each of these has its
// own process; the others share modules and processes, because loading the modules once for each file takes longer
// than most files.
const alone = [
  'spec/simulation/**/*-spec.ts',
  'spec/kafka/**/*-spec.ts',
  'spec/fuzz/**/*-spec.ts',
  'spec/{operators/watermark,producer/engine,producer/events,stages/serialize,wire/transport}-spec.ts',
  'spec/scenarios/{metadata,nothing-left-open,source-ends,unsubscribe,watching}-spec.ts',
  'spec/testing/{hostile-broker,mock-cluster,topic-reader}-spec.ts',
  'spec/guides/samples-spec.ts', // samples listen to channels of the process and never unsubscribe
]

// The specs that depend most on the broker, run once more on mock brokers of the oldest release.
const oldest = [
  'spec/scenarios/{acknowledged,bootstrap-names,broker-outage,buffer-full,changing-topics}-spec.ts',
  'spec/scenarios/{close-at-once,close-without-topic,compression,fatal,feedback}-spec.ts',
  'spec/scenarios/{flush-and-close,forgotten-producer,fresh-metadata,headers,input-order}-spec.ts',
  'spec/scenarios/{leader-move,metadata-wait,metrics,one-result,placing,possibly-stored}-spec.ts',
  'spec/scenarios/{racks,rebootstrap,record-fails,second-address,storage-errors}-spec.ts',
  'spec/scenarios/{subscribe,throttling,topic-lifetime}-spec.ts',
]

export default defineConfig({
  resolve: {
    alias: [
      { find: /^to-kafka$/, replacement: lib('index.ts') },
      { find: /^to-kafka\/stages$/, replacement: lib('stages.ts') },
      { find: /^to-kafka\/testing$/, replacement: lib('testing.ts') },
      { find: /^to-kafka\/lz4$/, replacement: lib('lz4.ts') },
      { find: /^to-kafka\/opentelemetry$/, replacement: lib('opentelemetry.ts') },
    ],
  },
  test: {
    // By default, vitest leaves one core free, which is half of a machine with two.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: SlowFirst },
    // The specs with a real Kafka that wait for time to pass, in parallel.
    maxConcurrency: 10,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'alone', include: alone } },
      {
        extends: true,
        test: { name: 'together', include: ['spec/**/*-spec.ts'], exclude: alone, isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'oldest',
          include: oldest,
          env: { MOCK_KAFKA_VERSION: '2.1' },
          isolate: false,
        },
      },
    ],
  },
})
