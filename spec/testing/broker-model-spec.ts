import { describe, expect, it } from 'vitest'
import { errorCode, errorCodes } from '../../lib/errors/error-codes.ts'
import { zeroUuid } from '../../lib/protocol/defaults.ts'
import type { RequestInput } from '../../lib/protocol/message.ts'
import { ApiVersions } from '../../lib/protocol/messages/api-versions.ts'
import { Fetch } from '../../lib/protocol/messages/fetch.ts'
import { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import { ListOffsets } from '../../lib/protocol/messages/list-offsets.ts'
import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { readBatches } from '../../lib/records/batch-reader.ts'
import { releases } from '../../lib/testing/releases.ts'
import { batch } from '../support/batches.ts'
import { brokers } from '../support/mock-brokers.ts'

const software = { clientSoftwareName: 'spec', clientSoftwareVersion: '1.0' }

describe('ApiVersions', () => {
  it.each([0, 1, 2, 3, 4, 5])(
    'v%i lists the supported APIs, Produce from version 0 on',
    (version) => {
      const { errorCode: code, apiKeys } = brokers().ask(1, ApiVersions, version, software)
      const ranges = apiKeys.map(({ apiKey, minVersion, maxVersion }) => [
        apiKey,
        minVersion,
        maxVersion,
      ])
      expect([code, ranges]).toEqual([
        0,
        [
          [0, 0, 13],
          [1, 4, 18],
          [2, 1, 11],
          [3, 0, 13],
          [10, 0, 6],
          [17, 0, 1],
          [18, 0, 5],
          [22, 0, 5],
          [24, 0, 5],
          [25, 0, 4],
          [26, 0, 5],
          [28, 0, 6],
          [36, 0, 2],
          [65, 0, 0],
        ],
      ])
    },
  )

  it('lists the finalized features, and those whose lowest level is 0 from v4 on', () => {
    const { ask } = brokers({ release: releases['4.1'] })
    const names = (version: number) => {
      const answer = ask(1, ApiVersions, version, software)
      expect(
        answer.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]),
      ).toEqual([
        ['metadata.version', 27],
        ['group.version', 1],
        ['transaction.version', 2],
        ['eligible.leader.replicas.version', 1],
      ])
      return answer.supportedFeatures.map(({ name }) => name)
    }
    expect(names(3)).toEqual(['metadata.version'])
    expect(names(4)).toContain('kraft.version')
    const old = brokers({ release: releases['2.4'] }).ask(1, ApiVersions, 3, software)
    expect([old.finalizedFeatures, old.finalizedFeaturesEpoch]).toEqual([[], -1n])
  })

  it('refuses a client without a name from v3 on', () => {
    const { ask, model } = brokers()
    const nameless = ask(1, ApiVersions, 3, { ...software, clientSoftwareName: '' })
    expect(errorCode(nameless.errorCode).name).toBe('INVALID_REQUEST')
    expect(model.violations).toHaveLength(1)
  })
})

describe('Metadata', () => {
  const of = (...names: string[]) => names.map((name) => ({ name }))

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])(
    'v%i lists brokers and leaders',
    (version) => {
      const { ask, model } = brokers()
      model.state.broker(2).port = 9092
      model.state.moveLeader('t', 0, 3)

      const { brokers: nodes, topics } = ask(1, Metadata, version, { topics: of('t') })

      expect(nodes.map(({ nodeId, port }) => [nodeId, port])).toEqual([
        [1, 0],
        [2, 9092],
        [3, 0],
      ])
      expect(topics).toHaveLength(1)
      expect(topics[0]).toMatchObject({
        errorCode: 0,
        name: 't',
        topicId: version >= 10 ? model.state.topic('t')!.id : zeroUuid,
      })
      const leaders = topics[0]!.partitions.map(({ leaderId, leaderEpoch }) => [
        leaderId,
        leaderEpoch,
      ])
      expect(leaders).toEqual([
        [3, version >= 7 ? 1 : -1],
        [2, version >= 7 ? 0 : -1],
      ])
    },
  )

  it('lists all topics for null, or for an empty list in v0, and no topics for an empty list otherwise', () => {
    const { ask } = brokers()
    const names = (version: number, topics: RequestInput<typeof Metadata>['topics']) =>
      ask(1, Metadata, version, { topics }).topics.map(({ name }) => name)

    expect(names(0, [])).toEqual(['t', 'u'])
    expect(names(1, null)).toEqual(['t', 'u'])
    expect(names(1, [])).toEqual([])
  })

  it('finds topics by id from v12 on', () => {
    const { ask, model } = brokers()
    const known = model.state.topic('u')!.id
    const topics = [known, 'nobodyHasThisId0000000'].map((topicId) => ({ topicId, name: null }))

    const answered = ask(1, Metadata, 12, { topics }).topics

    expect(answered.map(({ name }) => name)).toEqual(['u', null])
    expect(answered.map((topic) => errorCode(topic.errorCode).name)).toEqual([
      'NONE',
      'UNKNOWN_TOPIC_ID',
    ])
  })

  it.each([
    ['x', 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['not a topic', 'INVALID_TOPIC_EXCEPTION'],
    ['..', 'INVALID_TOPIC_EXCEPTION'],
  ])('has no topic %s: %s', (name, error) => {
    const { ask, model } = brokers()
    const [topic] = ask(1, Metadata, 9, { topics: of(name) }).topics
    expect([errorCode(topic!.errorCode).name, topic!.partitions]).toEqual([error, []])
    expect(model.state.topics).toHaveLength(2)
  })

  it('creates an unknown topic if it may, and lists it the next time', () => {
    const { ask } = brokers({ autoCreateTopics: true, defaultPartitions: 3 })
    const errors = (allowAutoTopicCreation: boolean, name: string) => {
      const [topic] = ask(1, Metadata, 9, { topics: of(name), allowAutoTopicCreation }).topics
      return [errorCode(topic!.errorCode).name, topic!.partitions.length]
    }
    expect(errors(false, 'x')).toEqual(['UNKNOWN_TOPIC_OR_PARTITION', 0])
    expect(errors(false, 'x')).toEqual(['UNKNOWN_TOPIC_OR_PARTITION', 0])
    expect(errors(true, 'x')).toEqual(['UNKNOWN_TOPIC_OR_PARTITION', 0])
    expect(errors(true, 'x')).toEqual(['NONE', 3])
  })

  it('leaves out brokers that are down or hidden, and lists partitions without a leader', () => {
    const { ask, model } = brokers()
    model.state.stopBroker(1, false)
    model.state.broker(3).hidden = true

    const { brokers: nodes, controllerId, topics } = ask(2, Metadata, 9, { topics: of('t') })

    expect([nodes.map(({ nodeId }) => nodeId), controllerId]).toEqual([[2], 2])
    const [first, second] = topics[0]!.partitions
    expect(errorCode(first!.errorCode).name).toBe('LEADER_NOT_AVAILABLE')
    expect(first).toMatchObject({ leaderId: -1, isrNodes: [2, 3], offlineReplicas: [1] })
    expect(second).toMatchObject({ errorCode: 0, leaderId: 2 })
  })
})

describe('Metadata of topics', () => {
  const told = (topics: readonly { name: string | null; topicId?: string }[], version = 12) => {
    const { ask, model } = brokers()
    model.state.createTopic('__consumer_offsets')
    const byId = topics.map((one) =>
      one.topicId === 'of u' ? { ...one, topicId: model.state.topic('u')!.id } : one,
    )
    const answer = ask(1, Metadata, version, { topics: byId, allowAutoTopicCreation: false })
    return answer.topics.map(({ errorCode: code, name, isInternal }) => [
      errorCode(code).name,
      name,
      isInternal,
    ])
  }

  it('leaves out topics requested by name if one is requested by id', () => {
    const u = ['NONE', 'u', false]
    expect(told([{ name: 't' }, { name: null, topicId: 'of u' }])).toEqual([u])
    expect(told([{ name: 'wrong', topicId: 'of u' }])).toEqual([u])
  })

  it('lists each topic once, and says which are internal', () => {
    expect(told([{ name: 't' }, { name: '__consumer_offsets' }, { name: 't' }])).toEqual([
      ['NONE', 't', false],
      ['NONE', '__consumer_offsets', true],
    ])
  })

  it('is refused before v12 if a topic is requested by id', () => {
    const { ask, model } = brokers()
    const topics = [{ name: 't', topicId: model.state.topic('t')!.id }, { name: 'u' }]
    const answer = ask(1, Metadata, 10, { topics, allowAutoTopicCreation: false })
    expect(answer.topics.map(({ errorCode: code }) => errorCode(code).name)).toEqual([
      'INVALID_REQUEST',
      'INVALID_REQUEST',
    ])
    expect(model.violations).toHaveLength(1)
  })
})

describe('InitProducerId', () => {
  it.each([0, 1, 2, 3, 4, 5])(
    'v%i gives every client its own id, whatever it had before',
    (version) => {
      const { ask } = brokers()
      const mine = version >= 3 ? { producerId: 77n, producerEpoch: 3 } : {}
      const body = { transactionalId: null, transactionTimeoutMs: 1, ...mine }
      const ids = [1, 2, 1].map((broker) => ask(broker, InitProducerId, version, body))
      expect(ids).toMatchObject([
        { errorCode: 0, producerId: 0n, producerEpoch: 0 },
        { errorCode: 0, producerId: 1n, producerEpoch: 0 },
        { errorCode: 0, producerId: 2n, producerEpoch: 0 },
      ])
    },
  )
})

describe('InitProducerId with an incomplete identity', () => {
  it.each([
    [-1n, 5],
    [4242n, -1],
  ])('is refused: %s with the epoch %s', (producerId, producerEpoch) => {
    const { ask, model } = brokers()
    const body = { transactionalId: null, transactionTimeoutMs: 1, producerId, producerEpoch }
    expect(errorCode(ask(1, InitProducerId, 4, body).errorCode).name).toBe('INVALID_REQUEST')
    expect(model.violations).toHaveLength(1)
  })
})

describe('a broker that has just started', () => {
  const body = { transactionalId: null, transactionTimeoutMs: 1 }

  it('has no producer id for the first request, also after a restart', () => {
    const { ask, model } = brokers({ justStarted: true })
    const first = (broker: number) => ask(broker, InitProducerId, 1, body).errorCode
    const late = errorCodes.COORDINATOR_LOAD_IN_PROGRESS.code
    expect([first(1), first(1), first(2), first(2)]).toEqual([late, 0, late, 0])
    model.state.stopBroker(1, true)
    model.state.startBroker(1)
    expect([first(1), first(1), first(2)]).toEqual([late, 0, 0])
  })

  it('lists no topics for the first request, up to 3.4, and in some releases no brokers', () => {
    const { ask, model } = brokers({ justStarted: true, release: releases['2.1'] })
    const unknown = errorCodes.UNKNOWN_TOPIC_OR_PARTITION.code
    const told = () => {
      const {
        brokers: named,
        topics,
        controllerId,
      } = ask(1, Metadata, 7, { topics: [{ name: 't' }] })
      return [named.length, controllerId, topics[0]!.errorCode]
    }
    expect([told(), told()]).toEqual([
      [0, -1, unknown],
      [3, 1, 0],
    ])
    model.state.stopBroker(1, true)
    model.state.startBroker(1)
    expect(told()).toEqual([0, -1, unknown])

    const later = brokers({ justStarted: true, release: releases['2.8'] })
    const { brokers: named, topics } = later.ask(1, Metadata, 7, { topics: null })
    expect([named.length, topics]).toEqual([3, []])
  })

  it('refuses the first records for an unknown topic, up to 3.4', () => {
    for (const [release, first] of [
      ['3.4', 'UNKNOWN_TOPIC_OR_PARTITION'],
      ['3.7', 'NONE'],
    ] as const) {
      const { produce } = brokers({ justStarted: true, release: releases[release] })
      const codes = [0, 1].map(
        () => produce({ records: [{ value: 'a' }] }, { version: 9 }).errorCode,
      )
      expect(codes).toEqual([errorCodes[first].code, 0])
    }
  })

  it('has a producer id before Kafka 3.7', () => {
    const { ask } = brokers({ justStarted: true, release: releases['3.4'] })
    expect(ask(1, InitProducerId, 1, body).errorCode).toBe(0)
  })
})

describe('Fetch', () => {
  interface Asking {
    readonly version?: number
    readonly broker?: number
    readonly partition?: number
    readonly epoch?: number
    readonly sessionId?: number
    readonly maxBytes?: number
    readonly partitionMaxBytes?: number
  }

  /** Reads `t-0`, which contains the batches a, b and c, from `offset` on. */
  function fetch(offset: bigint, asking: Asking = {}) {
    const mock = brokers()
    for (const value of ['a', 'b', 'c']) mock.produce({ records: [{ value }] })
    const { version = 12, broker = 1, partition = 0, epoch = -1, sessionId = 0 } = asking
    const { maxBytes = 1e6, partitionMaxBytes = 1e6 } = asking
    const asked = { partition, fetchOffset: offset, partitionMaxBytes, currentLeaderEpoch: epoch }
    const topics = [{ topic: 't', topicId: mock.model.state.topic('t')!.id, partitions: [asked] }]
    const body = {
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes,
      sessionId,
      topics,
      forgottenTopicsData: [],
    }
    return { ...mock, body, response: mock.ask(broker, Fetch, version, body) }
  }

  function valuesOf({ response }: ReturnType<typeof fetch>) {
    const { errorCode: code, records } = response.responses[0]!.partitions[0]!
    expect(code).toBe(0)
    return readBatches(records!).flatMap((read) =>
      read.records.map(({ offset, value }) => `${offset}${Buffer.from(value!)}`),
    )
  }

  function errorIn({ response }: ReturnType<typeof fetch>) {
    return errorCode(response.responses[0]!.partitions[0]!.errorCode).name
  }

  it.each([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18])('v%i reads a log', (version) => {
    const fetched = fetch(1n, { version })
    expect(valuesOf(fetched)).toEqual(['1b', '2c'])
    expect(fetched.response.responses[0]!.partitions[0]).toMatchObject({
      highWatermark: 3n,
      lastStableOffset: 3n,
    })
    const other = fetch(0n, { version, broker: 2 })
    expect(errorIn(other)).toBe('NOT_LEADER_OR_FOLLOWER')
    const { currentLeader } = other.response.responses[0]!.partitions[0]!
    expect(currentLeader.leaderId).toBe(version >= 12 ? 1 : -1)
  })

  it('returns at least one batch, and more within both limits', () => {
    const size = batch({ records: [{ value: 'a' }] }).byteLength
    expect(valuesOf(fetch(0n, { maxBytes: 1 }))).toEqual(['0a'])
    expect(valuesOf(fetch(0n, { partitionMaxBytes: 1 }))).toEqual(['0a'])
    expect(valuesOf(fetch(0n, { maxBytes: 2 * size }))).toEqual(['0a', '1b'])
  })

  it.each<[string, bigint, Asking, string]>([
    ['before the log', -1n, {}, 'OFFSET_OUT_OF_RANGE'],
    ['beyond the log', 4n, {}, 'OFFSET_OUT_OF_RANGE'],
    ['from nowhere', 0n, { partition: 5 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['under a future leader epoch', 0n, { epoch: 1 }, 'UNKNOWN_LEADER_EPOCH'],
  ])('refuses to read %s', (_, offset, where, error) => {
    expect(errorIn(fetch(offset, where))).toBe(error)
  })

  it('refuses a read with an old leader epoch', () => {
    const { model, ask, body } = fetch(0n, { epoch: 0 })
    model.state.moveLeader('t', 0, 1)
    const [partition] = ask(1, Fetch, 12, body).responses[0]!.partitions
    expect(errorCode(partition!.errorCode).name).toBe('FENCED_LEADER_EPOCH')
  })

  it('does not support fetch sessions', () => {
    const { response } = fetch(0n, { sessionId: 5 })
    expect(errorCode(response.errorCode).name).toBe('FETCH_SESSION_ID_NOT_FOUND')
  })

  it('waits if there is too little data, unless there is an error', () => {
    const { react, body, produce } = fetch(3n)
    const waiting = react(1, Fetch, 12, body)
    expect(waiting.waitMs).toBe(500)
    expect(react(2, Fetch, 12, body).waitMs).toBe(0)

    produce({ records: [{ value: 'd' }] })
    expect(waiting.again().waitMs).toBe(0)
    expect(react(1, Fetch, 12, { ...body, minBytes: 1e6 }).waitMs).toBe(500)
  })
})

describe('ListOffsets', () => {
  function offsetOf(timestamp: bigint, version = 7) {
    const { ask, produce } = brokers()
    produce({ records: [{ timestamp: 10 }, { timestamp: 30 }] })
    produce({ records: [{ timestamp: 20 }] })
    const partitions = [{ partitionIndex: 0, timestamp }]
    const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: 't', partitions }] }
    const [partition] = ask(1, ListOffsets, version, body).topics[0]!.partitions
    expect(partition!.errorCode).toBe(0)
    return [partition!.offset, partition!.timestamp]
  }

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])(
    'v%i finds the end, the beginning and a time',
    (version) => {
      expect(offsetOf(-1n, version)).toEqual([3n, -1n])
      expect(offsetOf(-2n, version)).toEqual([0n, -1n])
      expect(offsetOf(15n, version)).toEqual([1n, 30n])
    },
  )

  it('finds the newest record, and nothing in an empty log', () => {
    expect(offsetOf(-3n)).toEqual([1n, 30n])
    expect(offsetOf(31n)).toEqual([-1n, -1n])
  })

  it('is answered only by the leader', () => {
    const { ask } = brokers()
    const partitions = [0, 7].map((partitionIndex) => ({ partitionIndex, timestamp: -1n }))
    const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: 't', partitions }] }
    const errors = ask(2, ListOffsets, 7, body).topics[0]!.partitions
    expect(errors.map((partition) => errorCode(partition.errorCode).name)).toEqual([
      'NOT_LEADER_OR_FOLLOWER',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ])
  })
})
