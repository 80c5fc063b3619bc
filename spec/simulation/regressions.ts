import type { Scenario } from './scenario.ts'

// Scenarios that once failed in a campaign, as it printed them, and the cause.

const calmConfig: Scenario['config'] = {
  lingerMs: 0,
  batchSize: 1,
  bufferMemory: 33554432,
  maxInFlight: 5,
  acks: 'all',
  idempotent: false,
  retries: 2147483647,
  requestTimeoutMs: 200,
  deliveryTimeoutMs: 1200,
  maxBlockMs: 300,
  maxRequestSize: 1048576,
  metadataMaxAgeMs: 300000,
  compression: 'none',
  maxMessageBytes: 1048588,
}

const calm: Omit<Scenario, 'streams' | 'config'> = {
  brokers: 1,
  partitions: 1,
  faults: [],
  tape: [],
  flushAt: null,
  close: null,
  brokenForever: false,
}

const record = { at: 0, partition: 0, bytes: 700, serializeMs: 0 }

export const regressions: readonly { readonly story: string; readonly scenario: Scenario }[] = [
  {
    story: 'a record after the close fails with CLOSED, even if everything has already stopped',
    scenario: {
      ...calm,
      config: { ...calmConfig, maxBlockMs: 0 },
      streams: [
        {
          kind: 'settled',
          records: [
            { ...record, at: 1, bytes: 0 },
            { ...record, partition: null },
          ],
          end: 'complete',
          endAt: 0,
        },
      ],
      close: { at: 0, timeout: -1 },
    },
  },
  {
    story: 'a record larger than batch.size stays alone, even if its buffer has a few bytes left',
    scenario: {
      ...calm,
      config: { ...calmConfig, batchSize: 200 },
      streams: [
        {
          kind: 'settled',
          records: [{ ...record, bytes: 111 }, { ...record, bytes: 3 }, record],
          end: 'complete',
          endAt: 0,
        },
        { kind: 'settled', records: [record], end: 'complete', endAt: 0 },
      ],
    },
  },
  {
    story: 'a flush waits for a record that has failed and is not reported yet',
    scenario: {
      ...calm,
      config: { ...calmConfig, maxBlockMs: 0 },
      streams: [
        {
          kind: 'settled',
          records: [{ ...record, at: 1, serializeMs: 1 }, record],
          end: 'complete',
          endAt: 0,
        },
      ],
      flushAt: 0,
    },
  },
  {
    story: 'a flush that begins after a batch was split waits for its parts, and ends',
    scenario: {
      ...calm,
      partitions: 2,
      config: { ...calmConfig, batchSize: 16384, maxMessageBytes: 400 },
      streams: [{ kind: 'settled', records: [record, record], end: 'complete', endAt: 0 }],
      flushAt: 15,
    },
  },
  {
    story: 'a split keeps within buffer.memory',
    scenario: {
      ...calm,
      brokers: 3,
      config: {
        ...calmConfig,
        batchSize: 16384,
        bufferMemory: 8192,
        maxBlockMs: 5000,
        maxMessageBytes: 400,
      },
      streams: [
        {
          kind: 'settled',
          records: [
            record,
            { ...record, at: 44, bytes: 0 },
            record,
            record,
            { ...record, bytes: 89 },
            record,
            { ...record, bytes: 10, serializeMs: 1 },
            { ...record, bytes: 16 },
            record,
          ],
          end: 'complete',
          endAt: 0,
        },
      ],
      tape: [0, 216],
    },
  },
  {
    story: "a batch whose first attempt may still arrive is not reported with persisted 'no'",
    scenario: {
      ...calm,
      brokers: 3,
      config: { ...calmConfig, idempotent: true },
      streams: [
        {
          kind: 'settled',
          records: [
            { ...record, bytes: 0 },
            { ...record, partition: null, bytes: 10 },
            { ...record, bytes: 10 },
            record,
          ],
          end: 'complete',
          endAt: 0,
        },
      ],
      faults: [
        { kind: 'delay', nth: 2, ms: 1500 },
        { kind: 'reply', nth: 4, times: 1, error: 'INVALID_RECORD', appended: false },
      ],
      close: { at: 243, timeout: 100 },
    },
  },
  {
    story: 'no batch follows the first one under an identity until the log has it',
    scenario: {
      ...calm,
      config: { ...calmConfig, idempotent: true, deliveryTimeoutMs: 60000, maxBlockMs: 5000 },
      streams: [
        {
          kind: 'settled',
          records: [record, record, record, record],
          end: 'complete',
          endAt: 0,
        },
      ],
      faults: [
        { kind: 'reply', nth: 1, times: 1, error: 'NOT_LEADER_OR_FOLLOWER', appended: false },
      ],
    },
  },
  {
    story: 'a paced stream continues when the stream that it waited behind is unsubscribed',
    scenario: {
      ...calm,
      brokers: 2,
      config: { ...calmConfig, deliveryTimeoutMs: 60000, maxBlockMs: 60000 },
      streams: [
        { kind: 'paced', records: [record], end: 'unsubscribe', endAt: 6 },
        { kind: 'paced', records: [record], end: 'complete', endAt: 0 },
      ],
      tape: [236],
    },
  },
  {
    story: 'a record that is refused in input order, behind waiting records, does not block them',
    scenario: {
      ...calm,
      partitions: 3,
      config: { ...calmConfig, maxBlockMs: 0, maxWaiting: 1 },
      streams: [
        {
          kind: 'ownedSettled',
          records: [record, record, record],
          end: 'complete',
          endAt: 0,
          maxOutstanding: 1,
        },
      ],
    },
  },
  {
    story: 'a failure that a stream held when it was unsubscribed is an event',
    scenario: {
      ...calm,
      config: calmConfig,
      streams: [
        {
          kind: 'fail',
          records: [
            { ...record, at: 97, bytes: 10 },
            { ...record, partition: null, bytes: 10 },
          ],
          end: 'unsubscribe',
          endAt: 98,
        },
        { kind: 'paced', records: [record], end: 'complete', endAt: 0 },
      ],
      tape: [0, 0, 0, 0, 236],
      close: { at: 0, timeout: -1 },
    },
  },
  {
    story: 'a failure that waits for its turn is an event before its producer has closed',
    scenario: {
      ...calm,
      brokers: 2,
      partitions: 3,
      config: calmConfig,
      streams: [
        {
          kind: 'settled',
          records: [
            { ...record, at: 1, bytes: 0 },
            { ...record, partition: null, bytes: 0 },
          ],
          end: 'discard',
          endAt: 2,
          maxOutstanding: 3,
        },
      ],
      close: { at: 0, timeout: -1 },
    },
  },
]
