// What Kafka releases announce about themselves, and where their answers differ from the newest: as
// observed on 2.1.1, 2.4.1, 2.5.1, 2.8.2, 3.0.2, 3.4.1, 3.7.2, 3.9.1, 4.0.2, 4.1.2, 4.2.1, 4.3.1 and 4.4.0,
// each with one broker in its default configuration. The ranges of FindCoordinator and of the transaction
// APIs come from their definitions. Read by the answers, through BrokerSettings.

import type { ApiName, VersionRange } from './served-apis.ts'

/** A Kafka release that the mock brokers can imitate. */
export type KafkaVersion =
  | '2.1'
  | '2.4'
  | '2.5'
  | '2.8'
  | '3.0'
  | '3.4'
  | '3.7'
  | '3.9'
  | '4.0'
  | '4.1'
  | '4.2'
  | '4.3'
  | '4.4'

export interface Release {
  readonly versions: Readonly<Record<ApiName, VersionRange>>
  /** The finalised features, with their levels. */
  readonly features: Readonly<Record<string, number>>
  /** Further supported features, from level 0 on, with their newest levels. */
  readonly otherFeatures?: Readonly<Record<string, number>>
  /** Whether the refusal of a too new ApiVersions lists the supported versions (KIP-511). */
  readonly refusesWithVersions: boolean
  /** Whether there is an epoch of the features; otherwise they are not mentioned. */
  readonly hasFeatureEpoch: boolean
  /** Whether the first batch of an unknown producer is refused unless it begins at 0 (before KIP-360). */
  readonly refusesUnknownProducers: boolean
  /** Whether a broker that has just started refuses the first InitProducerId. */
  readonly loadsIdentitiesLate: boolean
  /**
   * What a broker that has just started does not know yet when it is asked first: topics that exist, and up to
   * some releases not even the brokers. Null: such a broker is not reached before it knows them.
   */
  readonly learnsLate: 'brokers' | 'topics' | null
  /** `message.max.bytes`, if nothing else is set. */
  readonly messageMaxBytes: number
  /**
   * Whether a leader asks the coordinator if a partition is in the transaction (KIP-890, since 3.6).
   * Before, it accepted every batch, and a late one could leave a transaction open forever.
   */
  readonly verifiesTransactions: boolean
  /** `message.timestamp.after.max.ms`, if nothing else is set: how far ahead a record may be (KIP-1030). */
  readonly aheadMsMax: number
  /** The error for a topic that is being created on demand. */
  readonly beingCreated: 'LEADER_NOT_AVAILABLE' | 'UNKNOWN_TOPIC_OR_PARTITION'
}

type Newest = readonly [
  produce: number,
  fetch: number,
  listOffsets: number,
  metadata: number,
  findCoordinator: number,
  apiVersions: number,
  initProducerId: number,
]

/** The newest AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, TxnOffsetCommit. */
type NewestOfTransactions = readonly [number, number, number, number]

const since21 = {
  refusesWithVersions: false,
  hasFeatureEpoch: false,
  refusesUnknownProducers: true,
  loadsIdentitiesLate: false,
  learnsLate: 'brokers',
  verifiesTransactions: false,
  messageMaxBytes: 1_000_012,
  aheadMsMax: Number.POSITIVE_INFINITY,
  beingCreated: 'LEADER_NOT_AVAILABLE',
} as const
const since24 = { ...since21, refusesWithVersions: true, learnsLate: 'topics' } as const
const since25 = { ...since24, refusesUnknownProducers: false, messageMaxBytes: 1_048_588 }
const since28 = { ...since25, hasFeatureEpoch: true }
const since30 = {
  ...since28,
  beingCreated: 'UNKNOWN_TOPIC_OR_PARTITION',
  learnsLate: 'brokers',
} as const
const since37 = {
  ...since30,
  loadsIdentitiesLate: true,
  learnsLate: null,
  verifiesTransactions: true,
}
const kraft = { 'kraft.version': 1 }
const since40 = { ...since37, otherFeatures: kraft, aheadMsMax: 3_600_000 }

const at40 = { 'metadata.version': 25, 'group.version': 1, 'transaction.version': 2 }
const at41 = { ...at40, 'metadata.version': 27, 'eligible.leader.replicas.version': 1 }
const at42 = { ...at41, 'metadata.version': 29, 'share.version': 1, 'streams.version': 1 }
const at43 = { ...at42, 'metadata.version': 30 }
const at44 = { ...at43, 'metadata.version': 33, 'share.version': 2 }

/** The API does not exist yet. */
const none: VersionRange = [0, -1]

/** By version, oldest first. */
export const releases: Readonly<Record<KafkaVersion, Release>> = {
  '2.1': { ...since21, versions: ranges([7, 10, 4, 7, 2, 2, 1], [1, 1, 1, 2]), features: {} },
  '2.4': { ...since24, versions: ranges([8, 11, 5, 9, 3, 3, 2], [1, 1, 1, 2]), features: {} },
  '2.5': { ...since25, versions: ranges([8, 11, 5, 9, 3, 3, 3], [1, 1, 1, 3]), features: {} },
  '2.8': { ...since28, versions: ranges([9, 12, 6, 11, 3, 3, 4], [3, 3, 3, 3]), features: {} },
  '3.0': {
    ...since30,
    hasFeatureEpoch: false,
    versions: ranges([9, 12, 7, 11, 4, 3, 4], [3, 3, 3, 3]),
    features: {},
  },
  '3.4': { ...since30, versions: ranges([9, 13, 7, 12, 4, 3, 4], [3, 3, 3, 3]), features: only(8) },
  '3.7': {
    ...since37,
    versions: ranges([10, 16, 8, 12, 4, 3, 4], [4, 3, 3, 3]),
    features: only(19),
  },
  '3.9': {
    ...since37,
    versions: ranges([11, 17, 9, 12, 6, 4, 5], [5, 4, 4, 4]),
    features: only(21),
    otherFeatures: kraft,
  },
  '4.0': {
    ...since40,
    versions: since4([12, 17, 10, 13, 6, 4, 5], [5, 4, 5, 5]),
    features: at40,
    otherFeatures: { ...kraft, 'eligible.leader.replicas.version': 1 },
  },
  '4.1': {
    ...since40,
    versions: since4([13, 18, 10, 13, 6, 4, 5], [5, 4, 5, 5]),
    features: at41,
    otherFeatures: { ...kraft, 'share.version': 1 },
  },
  '4.2': { ...since40, versions: since4([13, 18, 11, 13, 6, 4, 5], [5, 4, 5, 5]), features: at42 },
  '4.3': { ...since40, versions: since4([13, 18, 11, 13, 6, 4, 5], [5, 4, 5, 5]), features: at43 },
  '4.4': { ...since40, versions: since4([13, 18, 11, 13, 6, 5, 5], [5, 4, 5, 6]), features: at44 },
}

/** The default of the mock brokers. */
export const newestRelease: KafkaVersion = '4.4'

/** Versions from 0 on. */
function ranges(
  newest: Newest,
  ofTransactions: NewestOfTransactions,
): Record<ApiName, VersionRange> {
  const [produce, fetch, listOffsets, metadata, findCoordinator, apiVersions, initProducerId] =
    newest
  const [addPartitions, addOffsets, endTxn, offsetCommit] = ofTransactions
  return {
    Produce: [0, produce],
    Fetch: [0, fetch],
    ListOffsets: [0, listOffsets],
    Metadata: [0, metadata],
    FindCoordinator: [0, findCoordinator],
    SaslHandshake: [0, 1],
    // v1 came in 2.2, v2 in 2.5, like v3 of InitProducerId.
    SaslAuthenticate: [0, Math.min(initProducerId - 1, 2)],
    ApiVersions: [0, apiVersions],
    InitProducerId: [0, initProducerId],
    AddPartitionsToTxn: [0, addPartitions],
    AddOffsetsToTxn: [0, addOffsets],
    EndTxn: [0, endTxn],
    TxnOffsetCommit: [0, offsetCommit],
    // Came in 3.0, like v4 of FindCoordinator.
    DescribeTransactions: findCoordinator < 4 ? none : [0, 0],
    GetTelemetrySubscriptions: [0, 0],
    PushTelemetry: [0, 0],
  }
}

/** Kafka 4 dropped the oldest (KIP-896), but announces those of Produce because of librdkafka. */
function since4(
  newest: Newest,
  ofTransactions: NewestOfTransactions,
): Record<ApiName, VersionRange> {
  const all = ranges(newest, ofTransactions)
  return { ...all, Fetch: [4, all.Fetch[1]], ListOffsets: [1, all.ListOffsets[1]] }
}

function only(metadataVersion: number): Readonly<Record<string, number>> {
  return { 'metadata.version': metadataVersion }
}
