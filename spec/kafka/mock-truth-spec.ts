// The same bytes are sent to the mock cluster and to a real Apache Kafka, and the answers have to
// be the same: error codes, messages, offsets, what is appended and what ends the connection. If
// the mock is stricter on purpose, truth/stricter.ts says why, and the answers have to differ.
// `KAFKA_VERSION` names the release of both; no case uses a version that it does not have. Skipped,
// with a notice, if no real Kafka can run; with REQUIRE_KAFKA=1 that is a failure.

import { type KafkaVersion, MockCluster } from 'to-kafka/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { releases } from '../../lib/testing/releases.ts'
import { type ApiName, servedApis } from '../../lib/testing/served-apis.ts'
import { int } from '../support/batches.ts'
import { RawClient } from '../support/raw-client.ts'
import { brokerVersion } from './kafka-release.ts'
import { type KafkaRing, openRing, ringIsSkipped } from './kafka-ring.ts'
import type { Case, Place } from './truth/ask.ts'
import { header } from './truth/ask.ts'
import { otherCases } from './truth/other-cases.ts'
import { produceCases } from './truth/produce-cases.ts'
import { stricter } from './truth/stricter.ts'
import { transactionCases } from './truth/transaction-cases.ts'

const cases: Readonly<Record<string, Case>> = {
  ...produceCases,
  ...otherCases,
  ...transactionCases,
}
const titles = Object.keys(cases)
/** The release under test, and its newest version of each API: no case uses a newer one. */
const version = (brokerVersion?.match(/^\d+\.\d+/)?.[0] ?? '4.4') as KafkaVersion
const newest = Object.fromEntries(
  Object.entries(releases[version].versions).map(([api, [, last]]) => [api, last]),
)
const special = {
  stamped: { 'message.timestamp.type': 'LogAppendTime' },
  compact: { 'cleanup.policy': 'compact' },
  small: { 'max.message.bytes': '200' },
} as const

// A cluster of the user has other settings and more brokers; this spec is about a fresh one.
const foreign = process.env['KAFKA_BOOTSTRAP_SERVERS'] !== undefined
const skipped = foreign || (await ringIsSkipped()) !== null

describe.skipIf(skipped)('the mock cluster behaves as Kafka does with', () => {
  let mock: MockCluster
  let ring: KafkaRing

  beforeAll(async () => {
    const topics = Object.entries(special).map(([name, configs]) => {
      return { name, partitions: 2, configs }
    })
    ring = await openRing([{ name: 'truth', partitions: titles.length }, ...topics])
    mock = await MockCluster.start({
      version,
      justStarted: true,
      topics: {
        [ring.topic('truth')]: { partitions: titles.length },
        [ring.topic('stamped')]: { partitions: 2, timestampType: 'LogAppendTime' },
        [ring.topic('compact')]: { partitions: 2, cleanupPolicy: 'compact' },
        [ring.topic('small')]: { partitions: 2, maxMessageBytes: 200 },
      },
    })
  }, 120_000)

  afterAll(async () => {
    await mock?.close()
    await ring?.stop()
  })

  async function ask(title: string, address: string, deleteBefore: Place['deleteBefore']) {
    const raw = new RawClient(address, newest)
    const place = {
      topic: ring.topic('truth'),
      partition: titles.indexOf(title),
      named: (name: string) => ring.topic(name),
      deleteBefore,
    }
    try {
      return await cases[title]!(raw, place)
    } finally {
      await raw.end()
    }
  }

  async function theirs(title: string): Promise<unknown> {
    const address = ring.bootstrapServers.split(',')[0]!
    return ask(title, address, (offset) =>
      deleteRecords(address, ring.topic('truth'), titles.indexOf(title), offset),
    )
  }

  async function ours(title: string): Promise<unknown> {
    return ask(title, mock.bootstrapServers, async (offset) => {
      mock.deleteRecords(ring.topic('truth'), titles.indexOf(title), offset)
    })
  }

  it.each(titles)('%s', async (title) => {
    const [expected, found] = [await theirs(title), await ours(title)]
    if (stricter[title] === undefined) expect(found).toEqual(expected)
    else expect(found, `${title} is no stricter: ${stricter[title]}`).not.toEqual(expected)
  })

  it('ends the connection, as Kafka does, if a version is above the newest', async () => {
    const all = Object.entries(newest).filter(([api]) => api !== 'ApiVersions')
    for (const address of [ring.bootstrapServers.split(',')[0]!, mock.bootstrapServers]) {
      for (const [api, last] of all) {
        const raw = new RawClient(address)
        raw.write(int(4, 10), header(servedApis[api as ApiName].key, last + 1))
        await raw.closed
        expect(raw.unread, `${api} v${last + 1} at ${address}`).toBe(0)
      }
    }
  })

  it('answers hundreds of requests, and lists the cases in which it is stricter', () => {
    expect(mock.requests.length).toBeGreaterThan(300)
    expect(Object.keys(stricter).filter((title) => cases[title] === undefined)).toEqual([])
  })
})

/** DeleteRecords v1, which is not a message of this package. */
async function deleteRecords(address: string, topic: string, partition: number, offset: number) {
  const raw = new RawClient(address)
  const name = Buffer.from(topic)
  const topics = Buffer.concat([
    int(2, name.length),
    name,
    int(4, 1),
    int(4, partition),
    int(8, offset),
  ])
  const request = Buffer.concat([header(21, 1), int(4, 1), topics, int(4, 10_000)])
  raw.write(int(4, request.length), request)
  const answer = await raw.bytes((await raw.bytes(4)).readInt32BE(0))
  await raw.end()
  if (answer.readInt16BE(answer.length - 2) !== 0)
    throw new Error(`DeleteRecords: ${answer.toString('hex')}`)
}
