// What brokers of each release say about themselves in ApiVersions, with their default settings.
// The table was written from their answers, and not from lib/testing/releases.ts, which it checks.
// releases-spec.ts compares a real broker with its row, and the mock brokers with all rows.

import type { KafkaErrorName } from '../../lib/errors/error-codes.ts'
import type { VersionRange } from '../../lib/testing/served-apis.ts'
import { isBefore } from './kafka-release.ts'

export interface ReleaseRow {
  readonly Produce: VersionRange
  readonly InitProducerId: VersionRange
  readonly Metadata: VersionRange
  readonly Fetch: VersionRange
  readonly ListOffsets: VersionRange
  readonly ApiVersions: VersionRange
  /** The list in the answer to an ApiVersions that is too new: empty before KIP-511. */
  readonly refusal: readonly string[]
  /** The finalized features, with their levels. */
  readonly features: Readonly<Record<string, number>>
}

const at40 = { 'metadata.version': 25, 'group.version': 1, 'transaction.version': 2 }
const at41 = { ...at40, 'metadata.version': 27, 'eligible.leader.replicas.version': 1 }
const at42 = { ...at41, 'metadata.version': 29, 'streams.version': 1, 'share.version': 1 }
const at43 = { ...at42, 'metadata.version': 30 }
const at44 = { ...at42, 'metadata.version': 33, 'share.version': 2 }

/** The releases that every run of the specs asks, in addition to the newest. */
export const releasesOfEachRun: readonly string[] = ['2.1.1', '3.9.1', '4.0.2']

/** By release: Produce, InitProducerId, Metadata, Fetch, ListOffsets, ApiVersions; refusal; features. */
export const releaseTable: Readonly<Record<string, ReleaseRow>> = {
  '2.1.1': row(['0-7', '0-1', '0-7', '0-10', '0-4', '0-2'], [], {}),
  '2.4.1': row(['0-8', '0-2', '0-9', '0-11', '0-5', '0-3'], ['18:0-3'], {}),
  '2.5.1': row(['0-8', '0-3', '0-9', '0-11', '0-5', '0-3'], ['18:0-3'], {}),
  '2.8.2': row(['0-9', '0-4', '0-11', '0-12', '0-6', '0-3'], ['18:0-3'], {}),
  '3.0.2': row(['0-9', '0-4', '0-11', '0-12', '0-7', '0-3'], ['18:0-3'], {}),
  '3.4.1': row(['0-9', '0-4', '0-12', '0-13', '0-7', '0-3'], ['18:0-3'], { 'metadata.version': 8 }),
  '3.7.2': row(['0-10', '0-4', '0-12', '0-16', '0-8', '0-3'], ['18:0-3'], {
    'metadata.version': 19,
  }),
  '3.9.1': row(['0-11', '0-5', '0-12', '0-17', '0-9', '0-4'], ['18:0-4'], {
    'metadata.version': 21,
  }),
  '4.0.2': row(['0-12', '0-5', '0-13', '4-17', '1-10', '0-4'], ['18:0-4'], at40),
  '4.1.2': row(['0-13', '0-5', '0-13', '4-18', '1-10', '0-4'], ['18:0-4'], at41),
  '4.2.1': row(['0-13', '0-5', '0-13', '4-18', '1-11', '0-4'], ['18:0-4'], at42),
  '4.3.1': row(['0-13', '0-5', '0-13', '4-18', '1-11', '0-4'], ['18:0-4'], at43),
  '4.4.0': row(['0-13', '0-5', '0-13', '4-18', '1-11', '0-5'], ['18:0-5'], at44),
}

/** The first answers of a broker that has just started. */
export interface FirstAnswers {
  /** For a producer without a transactional id. */
  readonly InitProducerId: KafkaErrorName
  /** For a transactional id: the topic of transactions is created for it. */
  readonly FindCoordinator: KafkaErrorName
}

/** By release, from the first one with these answers on. */
const firstAnswers: readonly (readonly [since: string, answers: FirstAnswers])[] = [
  ['2.1', { InitProducerId: 'NONE', FindCoordinator: 'COORDINATOR_NOT_AVAILABLE' }],
  [
    '3.7',
    {
      InitProducerId: 'COORDINATOR_LOAD_IN_PROGRESS',
      FindCoordinator: 'COORDINATOR_NOT_AVAILABLE',
    },
  ],
]

/** The first answers of a broker of this release. */
export function firstAnswersOf(version: string): FirstAnswers {
  return firstAnswers.findLast(([since]) => !isBefore(version, since))![1]
}

function row(
  ranges: readonly [string, string, string, string, string, string],
  refusal: readonly string[],
  features: Readonly<Record<string, number>>,
): ReleaseRow {
  const [produce, initProducerId, metadata, fetch, listOffsets, apiVersions] = ranges
  return {
    Produce: rangeOf(produce),
    InitProducerId: rangeOf(initProducerId),
    Metadata: rangeOf(metadata),
    Fetch: rangeOf(fetch),
    ListOffsets: rangeOf(listOffsets),
    ApiVersions: rangeOf(apiVersions),
    refusal,
    features,
  }
}

function rangeOf(printed: string): VersionRange {
  const [min = -1, max = -1] = printed.split('-').map(Number)
  return [min, max]
}
