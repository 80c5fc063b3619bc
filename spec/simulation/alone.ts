import fc from 'fast-check'
import { type Regime, storms } from './campaign.ts'
import { beyond, type FaultPlan, type Scenario, type StreamPlan, stormy } from './scenario.ts'

// A regime of its own: each stream of a storm has its own producer and fails at the first record that does,
// and more records fail. Many are given at once, one partition of a request is refused, and now and then a
// record is larger than the buffer.

interface Change {
  /** Only one partition, so that more records are behind a failed one. */
  readonly isNarrow: boolean
  /** All records within three milliseconds. */
  readonly isBurst: boolean
  /** Records that are larger than the buffer: of which stream, which one, and how large. */
  readonly large: readonly (readonly [stream: number, index: number, bytes: number])[]
  /** The batch that is refused: of which request, and of which partition. Null: none. */
  readonly refused: { readonly nth: number; readonly partition: number } | null
}

const change: fc.Arbitrary<Change> = fc.record({
  isNarrow: fc.boolean(),
  isBurst: fc.boolean(),
  large: fc.array(fc.tuple(fc.nat(2), fc.nat(23), fc.constantFrom(3000, 9000)), { maxLength: 2 }),
  refused: fc.option(fc.record({ nth: fc.integer({ min: 1, max: 6 }), partition: fc.nat(2) }), {
    freq: 3,
  }),
})

export const alone: Regime<Scenario> = {
  ...storms,
  scenarios: fc.tuple(stormy, change).map(([storm, one]) => changed(storm, one)),
}

function changed(storm: Scenario, one: Change): Scenario {
  const { config, partitions, streams, faults } = storm
  const { isNarrow, large, refused } = one
  return {
    ...storm,
    partitions: isNarrow ? 1 : partitions,
    config: large.length === 0 ? config : { ...config, ...smallBuffer },
    faults: [...faults.map((fault) => (isNarrow ? narrowed(fault) : fault)), ...refusals(refused)],
    streams: streams.map((stream, number) => streamOf(stream, number, one)),
  }
}

const smallBuffer = { bufferMemory: 2500, maxRequestSize: 1048576 }

function narrowed(fault: FaultPlan): FaultPlan {
  return 'partition' in fault ? { ...fault, partition: 0 } : fault
}

function refusals(refused: Change['refused']): FaultPlan[] {
  if (refused === null) return []
  return [{ kind: 'reply', ...refused, times: 1, error: 'INVALID_RECORD', appended: false }]
}

function streamOf(
  stream: StreamPlan,
  number: number,
  { isNarrow, isBurst, large }: Change,
): StreamPlan {
  const isThere = (partition: number | null) => partition !== null && partition !== beyond
  const records = stream.records.map((record, index) => ({
    ...record,
    at: isBurst ? record.at % 3 : record.at,
    partition: isNarrow && isThere(record.partition) ? 0 : record.partition,
    bytes: large.find(([of, at]) => of === number && at === index)?.[2] ?? record.bytes,
  }))
  return { ...stream, kind: 'owned', records }
}
