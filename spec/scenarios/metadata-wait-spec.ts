import { describe, expect, it } from 'vitest'
import { murmur2, toPartition } from '../../lib/partitioners/murmur2.ts'
import { VirtualStage } from './virtual-stage.ts'

// What a record waits for before it has a partition, request by request, in virtual time.

const record = { topic: 'u', value: 'x' }

describe('a topic that becomes known', () => {
  it('by the second answer has cost two requests, and none for a third record', () => {
    const stage = new VirtualStage()
    const questions = stage.arrivals('Metadata')
    const producer = stage.producer({ 'linger.ms': 0 })
    const results = stage.deliverOn(producer, [record])
    stage.clock.runUntil(50)
    expect([questions.length, results]).toEqual([1, []])

    stage.cluster.createTopic('u')
    stage.clock.runUntil(1000)
    expect(results).toMatchObject([{ status: 'fulfilled', metadata: { topic: 'u', offset: 0 } }])
    expect(questions).toHaveLength(2)

    const more = stage.deliverOn(producer, [record, record])
    stage.clock.runUntil(2000)
    expect(more).toMatchObject([{ metadata: { offset: 1 } }, { metadata: { offset: 2 } }])
    expect(questions).toHaveLength(2)
  })
})

describe('a topic that brokers cannot describe for a while', () => {
  // A quota on topic creation, a controller election, a start.
  it.each(['THROTTLING_QUOTA_EXCEEDED', 'NOT_CONTROLLER', 'COORDINATOR_NOT_AVAILABLE'] as const)(
    'with %s is requested again until they can, without another record',
    (code) => {
      const stage = new VirtualStage({ topics: { u: {} } })
      stage.cluster.on('Metadata', { nth: 1, times: 2 }).reply(code)
      const results = stage.deliverOn(stage.producer({ 'linger.ms': 0 }), [record])
      stage.clock.runUntil(2000)
      expect(results).toMatchObject([{ status: 'fulfilled', metadata: { offset: 0 } }])
    },
  )
})

describe('a topic that brokers refuse', () => {
  function refused(code: 'INVALID_TOPIC_EXCEPTION' | 'TOPIC_AUTHORIZATION_FAILED') {
    const stage = new VirtualStage({ topics: { u: {} } })
    const producer = stage.producer({ 'linger.ms': 0 })
    stage.cluster.on('Metadata', { nth: 1 }).reply(code)
    const questions = stage.arrivals('Metadata')
    const first = stage.deliverOn(producer, [record, record])
    stage.clock.runUntil(1000)
    expect(questions).toHaveLength(1)
    const failed = { status: 'rejected', error: { code, persisted: 'no' } }
    expect(first).toMatchObject([failed, failed])
    return { stage, producer, questions }
  }

  it('for an invalid name fails the next record at once, without another request', () => {
    const { stage, producer, questions } = refused('INVALID_TOPIC_EXCEPTION')
    const next = stage.deliverOn(producer, [record])
    stage.clock.runUntil(1000) // no time passes
    expect(next).toMatchObject([{ error: { code: 'INVALID_TOPIC_EXCEPTION' } }])
    stage.clock.runUntil(10_000)
    expect(questions).toHaveLength(1)
  })

  it('for lack of authorization is requested again by the next record, which may succeed', () => {
    const { stage, producer, questions } = refused('TOPIC_AUTHORIZATION_FAILED')
    const next = stage.deliverOn(producer, [record])
    expect(next).toEqual([])
    stage.clock.runUntil(2000)
    expect(next).toMatchObject([{ status: 'fulfilled', metadata: { offset: 0 } }])
    expect(questions).toHaveLength(2)
  })

  it('for lack of authorization fails each waiting record, as often as it is refused', () => {
    const { stage, producer, questions } = refused('TOPIC_AUTHORIZATION_FAILED')
    stage.cluster.on('Metadata', { nth: 1, times: 2 }).reply('TOPIC_AUTHORIZATION_FAILED')
    for (const asked of [2, 3]) {
      const next = stage.deliverOn(producer, [record])
      stage.clock.runUntil(stage.clock.now() + 1000)
      expect(next).toMatchObject([{ error: { code: 'TOPIC_AUTHORIZATION_FAILED' } }])
      expect(questions).toHaveLength(asked)
    }
  })
})

describe('a partition that a topic does not have', () => {
  it('is waited for, for exactly max.block.ms', () => {
    const stage = new VirtualStage({ topics: { u: { partitions: 2 } } })
    const results = stage.deliver([{ ...record, partition: 2 }])
    stage.clock.runUntil(59_999)
    expect(results).toEqual([])
    stage.clock.runUntil(60_000)
    expect(results).toMatchObject([{ error: { code: 'METADATA_TIMEOUT', limitMs: 60_000 } }])
  })
})

describe('metadata that is older than metadata.max.age.ms', () => {
  const everywhere = [0, 1, 2].map((partition) => ({ ...record, partition }))

  function aged() {
    const stage = new VirtualStage({ brokers: 3, topics: { u: { partitions: 3 } } })
    const producer = stage.producer({ 'linger.ms': 0, 'metadata.max.age.ms': 60_000 })
    stage.deliverOn(producer, everywhere)
    stage.clock.runUntil(1000)
    return { stage, producer }
  }

  it('places no record after a pause; the record waits for the metadata, which is requested at once', () => {
    const { stage, producer } = aged()
    const refresh = stage.cluster.on('Metadata').delay(500)
    stage.clock.runUntil(70_000)

    const late = stage.deliverOn(producer, everywhere)
    stage.clock.runUntil(70_499)
    expect([refresh.hits, late]).toEqual([1, []])
    stage.clock.runUntil(70_600)
    expect(late).toMatchObject([1, 1, 1].map((offset) => ({ metadata: { offset } })))
  })

  it('is still used while it is refreshed, if the producer has not paused', () => {
    const { stage, producer } = aged()
    // Some request is always outstanding: the one to the third partition is not answered.
    stage.cluster.on('Produce', { broker: stage.cluster.leaderOf('u', 2), times: 100 }).hang()
    stage.deliverOn(producer, [{ ...record, partition: 2 }])
    stage.clock.runUntil(55_000)
    const refresh = stage.cluster.on('Metadata').hang()
    stage.clock.runUntil(70_000)

    const late = stage.deliverOn(producer, everywhere.slice(0, 2))
    stage.clock.runUntil(70_100)

    // The broker answers nothing else meanwhile, because requests are answered in order.
    expect(refresh.hits).toBe(1)
    expect(late.length).toBeGreaterThan(0)
  })

  it('is refreshed before a keyed record is placed, so a topic that has grown gets it in the right partition', () => {
    const { stage, producer } = aged()
    stage.cluster.addPartitions('u', 9)
    stage.clock.runUntil(70_000)
    const keyed = Array.from({ length: 100 }, (_, index) => ({
      topic: 'u',
      key: `k${index}`,
      value: 'v',
    }))
    const results = stage.deliverOn(producer, keyed)
    stage.clock.runUntil(71_000)
    expect(results).toHaveLength(100)
    for (const result of results) {
      if (result.status === 'rejected') throw result.error
      const { partition, record } = result.metadata
      expect(partition).toBe(toPartition(murmur2(record.key as string), 12))
    }
  })
})

describe('a topic that was idle for metadata.max.idle.ms', () => {
  it('is forgotten, and requested once more for its next record', () => {
    const stage = new VirtualStage({ topics: { t: {}, u: {} } })
    const config = { 'linger.ms': 0, 'metadata.max.idle.ms': 60_000, 'metadata.max.age.ms': 50_000 }
    const producer = stage.producer(config)
    stage.deliverOn(producer, [record])
    for (let ms = 10_000; ms <= 220_000; ms += 10_000) {
      stage.clock.runUntil(ms)
      stage.deliverOn(producer, [{ topic: 't', value: 'busy' }])
    }
    stage.clock.runUntil(221_000)
    const asked = () =>
      stage.cluster.requests.flatMap(({ api, body }) =>
        api === 'Metadata' ? [topicsOf(body).join()] : [],
      )
    const before = asked()
    expect(before.at(-1)).toBe('t')

    const late = stage.deliverOn(producer, [record])
    stage.clock.runUntil(222_000)

    expect(late).toMatchObject([{ status: 'fulfilled', metadata: { offset: 1 } }])
    const since = asked().slice(before.length)
    expect(since.map((topics) => topics.split(',').includes('u'))).toEqual([true])
  })
})

function topicsOf(body: unknown): (string | null)[] {
  const { topics } = body as { topics: readonly { name: string | null }[] | null }
  return topics?.map(({ name }) => name) ?? []
}
