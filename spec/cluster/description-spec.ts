import { describe, expect, it } from 'vitest'
import { metadataRequest, describe as read } from '../../lib/cluster/description.ts'
import { zeroUuid } from '../../lib/protocol/defaults.ts'
import { decodeRequest, decodeResponse, encodeRequest } from '../../lib/protocol/headers.ts'
import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { answerTo } from '../support/fake-broker.ts'

type Body = Parameters<typeof answerTo<typeof Metadata>>[1]

/** What a body contains after it went over the wire in `version`. */
const over = (version: number, body: Body, asked: string[]) => {
  const bytes = answerTo({ api: Metadata, version, correlationId: 1 }, body).subarray(4)
  return read(decodeResponse(Metadata, version, bytes).body, version, asked)
}

const partition = (partitionIndex: number, leaderId: number, leaderEpoch = 3) => ({
  errorCode: 0,
  partitionIndex,
  leaderId,
  leaderEpoch,
  replicaNodes: [],
  isrNodes: [],
})
const topic = (name: string | null, partitions: ReturnType<typeof partition>[], errorCode = 0) => ({
  errorCode,
  name,
  partitions,
})
const brokers = [{ nodeId: 1, host: 'b1', port: 9092 }]
const unknown = (name: string) => ({ name, id: zeroUuid, error: 3, partitions: [] })
const versions = Array.from({ length: Metadata.versions[1] + 1 }, (_, version) => version)

describe('the Metadata request', () => {
  it.each(versions)('can be written in version %i', (version) => {
    const question = metadataRequest({ topics: ['a', 'b'], partial: false })
    const facts = { correlationId: 1, clientId: null }
    const bytes = Buffer.concat(encodeRequest(Metadata, version, facts, question)).subarray(4)
    const { body } = decodeRequest(bytes, () => Metadata)

    expect(body.topics?.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(body.allowAutoTopicCreation).toBe(true)
  })
})

describe('the Metadata response', () => {
  it.each(versions)('names the leader of each partition in version %i', (version) => {
    const body = { brokers, topics: [topic('t', [partition(1, 2), partition(0, 1)])] }

    expect(over(version, body, ['t'])).toMatchObject({
      brokers: [{ id: 1, host: 'b1', port: 9092 }],
      clusterId: null,
      topics: [
        {
          name: 't',
          id: zeroUuid,
          error: 0,
          // Before version 9, epochs cannot be trusted; before version 7, there are none.
          partitions: [1, 2].map((leaderId) => ({ leaderId, leaderEpoch: version >= 9 ? 3 : -1 })),
        },
      ],
    })
  })

  it('makes a requested topic that it leaves out unknown', () => {
    expect(over(12, { brokers, topics: [] }, ['t']).topics).toEqual([unknown('t')])
  })

  it('has no effect on topics that were not requested', () => {
    const body = { brokers, topics: [topic('x', [partition(0, 1)]), topic(null, [], 100)] }
    expect(over(12, body, []).topics).toEqual([])
  })

  it('makes a topic without partitions one that is being created', () => {
    const [told] = over(12, { brokers, topics: [topic('t', [])] }, ['t']).topics
    expect(told).toMatchObject({ error: 5, partitions: [] })
  })

  it('gives a topic with an error no partitions', () => {
    const [told] = over(12, { brokers, topics: [topic('t', [partition(0, 1)], 29)] }, ['t']).topics
    expect(told).toMatchObject({ error: 29, partitions: [] })
  })

  it('may have impossible partition numbers without harm', () => {
    const body = { brokers, topics: [topic('t', [partition(-1, 1), partition(2 ** 31 - 1, 1)])] }
    const [told] = over(12, body, ['t']).topics
    expect(told?.partitions).toEqual([
      { leaderId: -1, leaderEpoch: -1 },
      { leaderId: -1, leaderEpoch: -1 },
    ])
  })
})
