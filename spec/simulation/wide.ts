import fc from 'fast-check'
import {
  passing,
  type RecordPlan,
  type Scenario,
  type StreamPlan,
  serene,
  stormy,
} from './scenario.ts'

// Paced sources that put a few records into each of many partitions: what the gate has to let in beyond one
// next request, and must not let in without a limit.

/** Small batches, so that a few records more or less decide whether the gate is open. */
const wideConfig = fc.record({
  batchSize: fc.constantFrom(200, 400),
  // Mostly far less than a batch for each partition.
  maxRequestSize: fc.constantFrom(1048576, 400, 1000),
  // So small that half of it is no more than a few buffers, or so large that it is no bound.
  bufferMemory: fc.constantFrom(33554432, 33554432, 16384, 65536),
  // What lingers for seconds is sent by the gate, or by nobody before the faults end.
  lingerMs: fc.constantFrom(0, 5, 40, 2000),
})

const wideStream: fc.Arbitrary<StreamPlan> = fc
  .record({
    kind: fc.constantFrom<StreamPlan['kind']>('paced', 'paced', 'pacedAsync', 'pacedFail'),
    count: fc.integer({ min: 40, max: 160 }),
    /** By how many partitions each record is away from the one before it; 0: all to one partition. */
    stride: fc.constantFrom(1, 1, 3, 7, 0),
    bytes: fc.constantFrom(10, 10, 40, 90),
    end: fc.constantFrom<StreamPlan['end']>('complete', 'complete', 'unsubscribe', 'error'),
    endAt: fc.integer({ min: 0, max: 500 }),
  })
  .map(({ count, stride, bytes, ...stream }) => ({
    ...stream,
    records: Array.from({ length: count }, (_, index): RecordPlan => {
      // Some records are larger, so that some batches are fuller than others.
      const size = index % 11 === 0 ? bytes + 30 : bytes
      return { at: 0, partition: index * stride, bytes: size, serializeMs: 0 }
    }),
  }))

export const wide: fc.Arbitrary<Scenario> = fc
  .tuple(
    fc.oneof(stormy, passing, serene),
    wideConfig,
    fc.integer({ min: 12, max: 40 }),
    fc.array(wideStream, { minLength: 1, maxLength: 2, size: 'max' }),
  )
  .map(([storm, config, partitions, wideStreams]) => ({
    ...storm,
    partitions,
    config: {
      ...storm.config,
      ...config,
      deliveryTimeoutMs: Math.max(5000, storm.config.deliveryTimeoutMs),
      maxMessageBytes: 1048588,
      compression: 'none' as const,
      compressMs: undefined,
      partitioner: undefined,
    },
    // The streams of the storm go on beside them, slow ones among them.
    streams: [
      ...wideStreams.map((stream) => ({
        ...stream,
        records: stream.records.map((record) => ({
          ...record,
          partition: record.partition! % partitions,
        })),
      })),
      ...storm.streams.slice(0, 1),
    ],
  }))
