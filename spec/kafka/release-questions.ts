// What a broker, real or mock, says about itself: requested as bytes, in every version of
// ApiVersions that it has and in one that no broker has; and answers that differ between old and
// new releases.

import { ApiVersions } from '../../lib/protocol/messages/api-versions.ts'
import { FindCoordinator } from '../../lib/protocol/messages/find-coordinator.ts'
import { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { servedApis, type VersionRange } from '../../lib/testing/served-apis.ts'
import { batch, int } from '../support/batches.ts'
import { RawClient } from '../support/raw-client.ts'
import type { FirstAnswers, ReleaseRow } from './release-table.ts'
import { nameOf, send } from './truth/ask.ts'

const served = Object.entries(servedApis)
const newer = 99

/** The row of the table for this broker. */
export async function rowOf(address: string): Promise<ReleaseRow> {
  const newest = await newestOf(address)
  const { apiKeys, features } = await answerTo(address, newest)
  const range = (name: keyof typeof servedApis): VersionRange => {
    const { key } = servedApis[name]
    const found = apiKeys.find(({ apiKey }) => apiKey === key)
    return [found?.minVersion ?? -1, found?.maxVersion ?? -1]
  }
  return {
    Produce: range('Produce'),
    InitProducerId: range('InitProducerId'),
    Metadata: range('Metadata'),
    Fetch: range('Fetch'),
    ListOffsets: range('ListOffsets'),
    ApiVersions: range('ApiVersions'),
    refusal: (await refusal(address)).list,
    features,
  }
}

/** What it says about the APIs that the mock brokers support, by version of ApiVersions. */
export async function everythingOf(address: string): Promise<unknown> {
  const newest = await newestOf(address)
  const answers: unknown[] = []
  for (let version = 0; version <= newest; version++) {
    answers.push((await answerTo(address, version)).whole)
  }
  return { answers, refusal: await refusal(address) }
}

/**
 * What old releases answer differently: `partition` of `topic` is led by this broker, and no other
 * partition is.
 */
export async function otherwiseOf(address: string, topic: string, partition: number) {
  const raw = new RawClient(address)
  const place = { topic, partition, named: (name: string) => name, deleteBefore: async () => {} }
  const topics = [{ name: 'on-demand' }]
  const made = await raw.ask(Metadata, 5, { topics, allowAutoTopicCreation: true })
  const sizes: Record<number, string> = {}
  for (const bytes of [1_000_012, 1_000_013, 1_048_588, 1_048_589]) {
    const value = Buffer.alloc(bytes - around)
    sizes[bytes] = (await send(raw, place, { records: [{ value }] }, { version: 7 })).error
  }
  const late = { records: [{}], producerId: 4711, producerEpoch: 0, baseSequence: 5 }
  const unknownProducer = (await send(raw, place, late, { version: 7 })).error
  await raw.end()
  return { beingCreated: nameOf(made.topics[0]!.errorCode), sizes, unknownProducer }
}

/** Its first answer to a request for a producer id, and for the transaction coordinator. */
export async function startOf(address: string): Promise<FirstAnswers> {
  const raw = new RawClient(address)
  const identity = { transactionalId: null, transactionTimeoutMs: 60_000 }
  const { errorCode: identified } = await raw.ask(InitProducerId, 1, identity)
  const found = await raw.ask(FindCoordinator, 1, { key: 'first', keyType: 1 })
  await raw.end()
  return { InitProducerId: nameOf(identified), FindCoordinator: nameOf(found.errorCode) }
}

/** The bytes of a batch of one large record in addition to its value. */
const around = batch({ records: [{ value: Buffer.alloc(900_000) }] }).byteLength - 900_000

async function newestOf(address: string): Promise<number> {
  const { apiKeys } = await answerTo(address, 0)
  return apiKeys.find(({ apiKey }) => apiKey === ApiVersions.key)?.maxVersion ?? 0
}

async function answerTo(address: string, version: number) {
  const raw = new RawClient(address)
  const client = { clientSoftwareName: 'spec', clientSoftwareVersion: '1' }
  const answer = await raw.ask(ApiVersions, version, client)
  await raw.end()
  const { apiKeys, finalizedFeatures, finalizedFeaturesEpoch, supportedFeatures } = answer
  const known = apiKeys.filter(({ apiKey }) => served.some(([, { key }]) => key === apiKey))
  const features = finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel])
  const whole = {
    ...answer,
    apiKeys: known.sort((one, other) => one.apiKey - other.apiKey),
    finalizedFeatures: byName(finalizedFeatures),
    supportedFeatures: byName(supportedFeatures),
    // It counts events in the cluster.
    finalizedFeaturesEpoch: finalizedFeaturesEpoch > 0n ? 'some' : finalizedFeaturesEpoch,
  }
  return { apiKeys, features: Object.fromEntries(features), whole }
}

async function refusal(address: string) {
  const raw = new RawClient(address)
  raw.write(int(4, 11), int(2, ApiVersions.key), int(2, newer), int(4, 0), int(2, -1), int(1, 0))
  const { errorCode, apiKeys } = await raw.answer(ApiVersions, 0)
  await raw.end()
  const list = apiKeys.map(
    ({ apiKey, minVersion: min, maxVersion: max }) => `${apiKey}:${min}-${max}`,
  )
  return { error: nameOf(errorCode), list }
}

function byName<T extends { readonly name: string }>(list: readonly T[]): T[] {
  return [...list].sort((one, other) => (one.name < other.name ? -1 : 1))
}
