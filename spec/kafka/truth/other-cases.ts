// Requests that read or ask: ApiVersions, Metadata, InitProducerId, ListOffsets, Fetch,
// FindCoordinator, and bytes that are not a request.

import { ApiVersions } from '../../../lib/protocol/messages/api-versions.ts'
import { FindCoordinator } from '../../../lib/protocol/messages/find-coordinator.ts'
import { InitProducerId } from '../../../lib/protocol/messages/init-producer-id.ts'
import { Metadata } from '../../../lib/protocol/messages/metadata.ts'
import { Produce } from '../../../lib/protocol/messages/produce.ts'
import { servedApis } from '../../../lib/testing/served-apis.ts'
import { batch, int } from '../../support/batches.ts'
import type { RawClient } from '../../support/raw-client.ts'
import {
  ab,
  type Case,
  ending,
  fetched,
  header,
  nameOf,
  offsetOf,
  type Place,
  send,
} from './ask.ts'

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)
const nobodysId = 'nobodyHasThisId000000w'
const served: readonly number[] = Object.values(servedApis).map(({ key }) => key)

async function each<T>(all: readonly T[], ask: (one: T) => Promise<unknown>): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const item of all) answers.push(await ask(item))
  return answers
}

async function versionsOf(raw: RawClient, version: number, name = 'a', software = '1') {
  const body = { clientSoftwareName: name, clientSoftwareVersion: software }
  const answer = await raw.ask(ApiVersions, version, body)
  const ranges = answer.apiKeys.filter(({ apiKey }) => served.includes(apiKey))
  return [
    nameOf(answer.errorCode),
    ranges.map(({ apiKey, minVersion, maxVersion }) => [apiKey, minVersion, maxVersion]),
    answer.supportedFeatures.toSorted(byName),
    answer.finalizedFeatures.toSorted(byName),
    answer.finalizedFeaturesEpoch >= 0n,
  ]
}

const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1)

interface Asked {
  readonly name: string | null
  readonly topicId?: string
}

async function described(raw: RawClient, version: number, topics: readonly Asked[]) {
  const body = {
    topics,
    ...(version >= 4 ? { allowAutoTopicCreation: false } : {}),
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  }
  const answer = await raw.ask(Metadata, version, body)
  const found = answer.topics.map(({ errorCode: code, name, topicId, isInternal, partitions }) => [
    nameOf(code),
    name,
    topicId === nobodysId,
    isInternal,
    partitions.length,
    partitions
      .slice(0, 2)
      .map(({ leaderId, leaderEpoch, errorCode }) => [leaderId, leaderEpoch, nameOf(errorCode)]),
  ])
  return [answer.brokers.length, nameOf(answer.errorCode), found.sort()]
}

async function idOf(raw: RawClient, { topic }: Place): Promise<string> {
  const topics = [{ name: topic }]
  return (await raw.ask(Metadata, 12, { topics, allowAutoTopicCreation: false })).topics[0]!.topicId
}

async function identity(
  raw: RawClient,
  version: number,
  producerId: bigint,
  producerEpoch: number,
) {
  const body = { transactionalId: null, transactionTimeoutMs: 1000, producerId, producerEpoch }
  const answer = await raw.ask(
    InitProducerId,
    version,
    version < 3 ? { ...body, producerId: -1n, producerEpoch: -1 } : body,
  )
  return [nameOf(answer.errorCode), answer.producerId >= 0n, answer.producerEpoch]
}

async function coordinator(raw: RawClient, version: number) {
  const body = version < 4 ? { key: 'nobody' } : { coordinatorKeys: ['nobody', 'nothing'] }
  const answer = await raw.ask(FindCoordinator, version, { keyType: 0, ...body } as never)
  const { errorCode: code, errorMessage, nodeId, host, port, coordinators } = answer
  const all = coordinators.map((found) => [
    nameOf(found.errorCode),
    found.errorMessage,
    found.nodeId,
  ])
  return [nameOf(code), errorMessage, nodeId, host, port, all]
}

const questions: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(
    range(0, 4).map((version) => [`ApiVersions v${version}`, (raw) => versionsOf(raw, version)]),
  ),
  'odd names of a client': (raw) =>
    each(['', 'a b', 'a_b', 'a+b', '-a', 'a-', 'a.b-c', 'ä'], (name) => versionsOf(raw, 3, name)),
  'odd versions of a client': (raw) =>
    each(['', '1 2', '1.0', '1+b'], (software) => versionsOf(raw, 3, 'a', software)),
  'ApiVersions for another': async (raw) => {
    const { clusterId, brokers } = await raw.ask(Metadata, 12, { topics: [] })
    const { nodeId } = brokers[0]!
    const named = { clientSoftwareName: 'a', clientSoftwareVersion: '1' }
    const asIf = [
      { clusterId, nodeId },
      { clusterId: 'another', nodeId },
      { clusterId, nodeId: nodeId + 1 },
      { clusterId, nodeId: -1 },
      { clusterId: null, nodeId },
      { clusterId: null, nodeId: nodeId + 1 },
    ]
    return each(asIf, async (meant) => {
      const { errorCode: code, apiKeys } = await raw.ask(ApiVersions, 5, { ...named, ...meant })
      return [nameOf(code), apiKeys.length > 0]
    })
  },
  'ApiVersions to come': async (raw) => {
    raw.write(int(4, 11), header(18, 99), int(1, 0))
    const { errorCode: code, apiKeys } = await raw.answer(ApiVersions, 0)
    return [nameOf(code), apiKeys]
  },
  ...Object.fromEntries(
    range(1, 13).map(
      (version) =>
        [
          `Metadata v${version}`,
          (raw, { topic }) =>
            each(
              [[topic], [`${topic}-not`], ['not a topic', '..', ''], [topic, topic], []],
              (names) =>
                described(
                  raw,
                  version,
                  names.map((name) => ({ name })),
                ),
            ),
        ] satisfies [string, Case],
    ),
  ),
  'a name of 249 characters, and of 250': (raw) =>
    each([249, 250], (length) => described(raw, 9, [{ name: 'n'.repeat(length) }])),
  ...Object.fromEntries(
    [10, 11, 12, 13].map(
      (version) =>
        [
          `Metadata v${version} by id`,
          async (raw, place) => {
            const topicId = await idOf(raw, place)
            const asks: Asked[][] = [
              [{ name: place.topic, topicId }],
              [{ name: 'other', topicId }],
              [{ name: `${place.topic}-not`, topicId: nobodysId }],
            ]
            const unnamed: Asked[][] = [
              [{ name: null, topicId }, { name: `${place.topic}-not` }],
              [{ name: null, topicId: nobodysId }],
              [
                { name: null, topicId },
                { name: null, topicId },
              ],
            ]
            const all = version < 12 ? [...asks, [{ name: null, topicId }]] : [...asks, ...unnamed]
            return each(all, (topics) => described(raw, version, topics))
          },
        ] satisfies [string, Case],
    ),
  ),
  FindCoordinator: (raw) => each(range(0, 6), (version) => coordinator(raw, version)),
}

const places: Readonly<Record<string, Case>> = {
  'producer ids': async (raw) => {
    const ids = [
      [-1n, -1],
      [-1n, 5],
      [4242n, -1],
      [4242n, 0],
      [0n, -1],
      [-2n, 0],
      [-2n, -1],
    ] as const
    const first = await identity(raw, 4, -1n, -1)
    // The mock has loaded them by the second request; Kafka takes some time.
    while ((await identity(raw, 4, -1n, -1))[0] === 'COORDINATOR_LOAD_IN_PROGRESS') {}
    const inEach = await each(range(0, 5), (version) => identity(raw, version, -1n, -1))
    return [first, inEach, await each(ids, ([id, epoch]) => identity(raw, 4, id, epoch))]
  },
  ListOffsets: async (raw, place) => {
    await send(raw, place, { records: [{ timestamp: 10 }, { timestamp: 30 }] })
    await send(raw, place, { records: [{ timestamp: 20 }] })
    const times = [-1n, -2n, -3n, -4n, -5n, -6n, -7n, 0n, 15n, 31n]
    return each([1, 2, 4, 6, 7, 8, 9, 10, 11], (version) =>
      each(times, (timestamp) => offsetOf(raw, place, timestamp, version)),
    )
  },
  'ListOffsets of what is not there': (raw, place) =>
    each(
      [
        { ...place, partition: 9999 },
        { ...place, topic: `${place.topic}-not` },
      ],
      (nowhere) => offsetOf(raw, nowhere, -1n),
    ),
  'a log whose beginning is deleted': async (raw, place) => {
    await send(raw, place, { records: [{ timestamp: 10 }, { timestamp: 30 }, { timestamp: 20 }] })
    await send(raw, place, { records: [{ timestamp: 40 }] })
    await place.deleteBefore(2)
    const times = [-1n, -2n, -3n, -4n, 0n, 10n, 25n]
    return [
      await each(times, (timestamp) => offsetOf(raw, place, timestamp, 8)),
      await each([0, 1, 2, 3, 4, 5], (offset) => fetched(raw, place, { offset })),
      await send(raw, place, ab),
    ]
  },
  Fetch: async (raw, place) => {
    for (let times = 0; times < 3; times += 1) await send(raw, place, ab)
    const size = batch(ab).byteLength
    const asks = [
      { offset: 0 },
      { offset: 3, epoch: 0 },
      { offset: 0, bytes: 1 },
      { offset: 0, bytes: size },
      { offset: 0, bytes: 2 * size },
      { offset: 6 },
      { offset: 7 },
      { offset: -1 },
      { offset: 0, epoch: 5 },
      { offset: 0, partition: 9999 },
    ]
    return each(asks, (how) => fetched(raw, place, how))
  },
  'Fetch in each version': async (raw, place) => {
    await send(raw, place, ab)
    return each(range(4, 12), (version) =>
      each([0, 9], (offset) => fetched(raw, place, { offset, version })),
    )
  },
}

const ends: Readonly<Record<string, Case>> = {
  'acks=0 and an error': async (raw, { topic }) => {
    const partitionData = [{ index: 9999, records: [batch(ab)] }]
    raw.send(Produce, 9, { acks: 0, timeoutMs: 1, topicData: [{ name: topic, partitionData }] })
    await raw.closed
    return raw.unread
  },
  'Produce v2': ending(int(4, 10), header(0, 2)),
  'an unknown API': ending(int(4, 10), header(999, 0)),
  'a version to come': ending(int(4, 10), header(3, 99)),
  'a body that ends early': ending(int(4, 12), header(3, 1), int(2, 0)),
  'a negative size': ending(int(4, -1)),
  'a size beyond the limit': ending(Buffer.from('GET / HTTP/1.1\r\n\r\n')),
}

export const otherCases: Readonly<Record<string, Case>> = { ...questions, ...places, ...ends }
