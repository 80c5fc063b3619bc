import { describe, expect, it } from 'vitest'
import { VirtualStage } from './virtual-stage.ts'

// What a record waits for before it is placed, request by request, in virtual time.

const record = { topic: 'u', value: 'x' }

describe('a topic that comes to be known', () => {
  it('by the second answer has cost two questions, and a third record none', () => {
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

describe('metadata that is older than metadata.max.age.ms', () => {
  it('is used all the same while it is asked for anew', () => {
    const stage = new VirtualStage({ brokers: 3, topics: { u: { partitions: 3 } } })
    const everywhere = [0, 1, 2].map((partition) => ({ ...record, partition }))
    const producer = stage.producer({ 'linger.ms': 0, 'metadata.max.age.ms': 60_000 })
    stage.deliverOn(producer, everywhere)
    stage.clock.runUntil(1000)
    const refresh = stage.cluster.on('Metadata').hang()
    stage.clock.runUntil(70_000)

    const late = stage.deliverOn(producer, everywhere)
    stage.clock.runUntil(70_050)

    // The broker that is asked answers nothing else meanwhile: requests are answered in order.
    expect(refresh.hits).toBe(1)
    expect(late).toMatchObject([{ metadata: { offset: 1 } }, { metadata: { offset: 1 } }])
  })
})

describe('a topic that was idle for metadata.max.idle.ms', () => {
  it('is forgotten, and asked about once more by its next record', () => {
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
