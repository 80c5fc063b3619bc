import { MockCluster, SimulatedCluster } from 'to-kafka/testing'
import { describe, expect, it } from 'vitest'
import { errorCode } from '../../lib/errors/error-codes.ts'
import { ApiVersions } from '../../lib/protocol/messages/api-versions.ts'
import { type KafkaVersion, releases } from '../../lib/testing/releases.ts'
import { batch, int } from '../support/batches.ts'
import { brokers } from '../support/mock-brokers.ts'
import { RawClient } from '../support/raw-client.ts'

const versions = Object.keys(releases) as KafkaVersion[]

describe('a cluster of a release', () => {
  it.each(versions)('%s announces its versions', async (version) => {
    await using cluster = await MockCluster.start({ version })
    const raw = new RawClient(cluster.bootstrapServers)
    const { apiKeys } = await raw.ask(ApiVersions, 0, {})
    await raw.end()
    const { Produce, ApiVersions: own } = releases[version].versions
    expect(apiKeys.find(({ apiKey }) => apiKey === 0)).toMatchObject({ maxVersion: Produce[1] })
    expect(apiKeys.find(({ apiKey }) => apiKey === 18)).toMatchObject({ maxVersion: own[1] })
  })

  it('keeps the versions of an API that is given as undefined', async () => {
    const versions = { Fetch: undefined, Produce: [0, 7] } as const
    await using cluster = await MockCluster.start({ version: '2.4', versions })
    const raw = new RawClient(cluster.bootstrapServers)
    const { apiKeys } = await raw.ask(ApiVersions, 0, {})
    await raw.end()
    const [, newestFetch] = releases['2.4'].versions.Fetch
    expect(apiKeys.find(({ apiKey }) => apiKey === 0)).toMatchObject({ maxVersion: 7 })
    expect(apiKeys.find(({ apiKey }) => apiKey === 1)).toMatchObject({ maxVersion: newestFetch })
  })

  it.each([
    ['2.1', []],
    ['2.4', [{ apiKey: 18, minVersion: 0, maxVersion: 3 }]],
    ['4.4', [{ apiKey: 18, minVersion: 0, maxVersion: 5 }]],
  ] as const)('%s refuses a newer ApiVersions in v0, with its own list', async (version, list) => {
    await using cluster = await MockCluster.start({ version })
    const raw = new RawClient(cluster.bootstrapServers)
    raw.write(int(4, 11), int(2, 18), int(2, 99), int(4, 7), int(2, -1), int(1, 0))
    const answer = await raw.answer(ApiVersions, 0)
    await raw.end()
    expect([errorCode(answer.errorCode).name, answer.apiKeys]).toEqual([
      'UNSUPPORTED_VERSION',
      list,
    ])
  })

  it.each([
    ['2.4', 'UNKNOWN_PRODUCER_ID'],
    ['2.8', 'NONE'],
  ] as const)('%s answers a producer that begins with a later number: %s', (version, error) => {
    const { produce } = brokers({ release: releases[version] })
    const late = { records: [{}], producerId: 1, producerEpoch: 0, baseSequence: 5 }
    expect(errorCode(produce(late, { version: 7 }).errorCode).name).toBe(error)
  })

  it('2.4 accepts batches of 1000012 bytes by default', () => {
    const around = batch({ records: [{ value: Buffer.alloc(900_000) }] }).byteLength - 900_000
    const { produce } = brokers({ release: releases['2.4'] })
    const sized = (bytes: number) => ({ records: [{ value: Buffer.alloc(bytes - around) }] })
    const errors = [1_000_012, 1_000_013].map(
      (bytes) => produce(sized(bytes), { version: 8 }).errorCode,
    )
    expect(errors.map((code) => errorCode(code).name)).toEqual(['NONE', 'MESSAGE_TOO_LARGE'])
  })

  it.each([
    ['3.9', ['metadata.version', 'kraft.version'], 1],
    ['4.1', ['kraft.version', 'share.version'], 4],
  ] as const)(
    '%s supports %j, and not all of it is finalized',
    async (version, names, finalised) => {
      await using cluster = await MockCluster.start({ version })
      const raw = new RawClient(cluster.bootstrapServers)
      const client = { clientSoftwareName: 'spec', clientSoftwareVersion: '1' }
      const { supportedFeatures, finalizedFeatures } = await raw.ask(ApiVersions, 4, client)
      await raw.end()
      expect(supportedFeatures.map(({ name }) => name)).toEqual(expect.arrayContaining([...names]))
      expect(finalizedFeatures).toHaveLength(finalised)
    },
  )

  it('has to be a known one', async () => {
    const wrong = { version: '2.2' as KafkaVersion }
    const why = "'2.2' is not among the releases of Kafka that a cluster can be like"
    await expect(MockCluster.start(wrong)).rejects.toThrow(why)
    expect(() => new SimulatedCluster(wrong)).toThrow(why)
  })
})
