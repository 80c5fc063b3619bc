import { Subject } from 'rxjs'
import { KafkaProducer, type SendResult, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { VirtualStage } from './virtual-stage.ts'

// A hundred thousand records may arrive, be placed, fail or be withdrawn at the same moment. Each
// turn of the event loop handles a share of them. A step of the virtual clock is like a turn of
// Node's event loop.

const many = 10_000
const value = (index: number) => String(index)
const numberOf = (result: SendResult) =>
  Number(result.status === 'fulfilled' ? result.metadata.record.value : result.record.value)
const inOrder = Array.from({ length: many }, (_, index) => index)

/** Runs everything, one step after another; returns the largest increase of `count` in one step. */
function mostInAStep({ clock }: VirtualStage, count: () => number, until = 60_000): number {
  let most = 0
  for (let before = count(); clock.step(until); before = count()) {
    most = Math.max(most, count() - before)
  }
  return most
}

describe('many records at once', () => {
  it('that a subscriber pushes inside a result enter in shares, one for each turn, once and in order', () => {
    const stage = new VirtualStage()
    const producer = stage.producer()
    const source = new Subject<{ topic: string; value: string }>()
    const results: SendResult[] = []
    source.pipe(toKafkaSettled(producer)).subscribe((result) => {
      results.push(result)
      if (results.length > 1) return
      for (let index = 1; index < many; index += 1) source.next({ topic: 't', value: value(index) })
    })
    source.next({ topic: 't', value: value(0) })
    const most = mostInAStep(stage, () => results.length)
    expect(results.map(numberOf)).toEqual(inOrder)
    expect(most).toBeLessThanOrEqual(4_096)
  })

  it('that waited for a topic are placed in shares, one for each turn, once and in order', () => {
    const stage = new VirtualStage()
    let placed = 0
    const producer = stage.producer({
      'partitioner.class': () => {
        placed += 1
        return 0
      },
    })
    const records = inOrder.map((index) => ({ topic: 't', value: value(index) }))
    const results = stage.deliverOn(producer, records)
    expect(mostInAStep(stage, () => placed)).toBe(2_048)
    expect(placed).toBe(many)
    expect(results.map(numberOf)).toEqual(inOrder)
  })

  it('that wait for memory get it in shares, one for each turn, once and in order', () => {
    const stage = new VirtualStage()
    const producer = stage.producer({ 'buffer.memory': 16_384, 'batch.size': 1024 })
    const records = inOrder.map((index) => ({ topic: 't', value: value(index) }))
    const results = stage.deliverOn(producer, records)
    expect(mostInAStep(stage, () => results.length)).toBeLessThanOrEqual(4_096)
    expect(results.map(numberOf)).toEqual(inOrder)
  })

  it('of as many partitions are sent in requests of at most 512 batches', () => {
    const stage = new VirtualStage({ topics: { t: { partitions: many } }, requestsMax: many })
    const producer = stage.producer()
    const records = inOrder.map((partition) => ({ topic: 't', partition, value: value(partition) }))
    const results = stage.deliverOn(producer, records)
    mostInAStep(stage, () => results.length)
    expect(results.map(numberOf).sort((one, other) => one - other)).toEqual(inOrder)
    const sizes = stage.cluster.requests
      .filter(({ api }) => api === 'Produce')
      .map(({ body }) => {
        const { topicData } = body as never as { topicData: { partitionData: unknown[] }[] }
        return topicData.reduce((sum, { partitionData }) => sum + partitionData.length, 0)
      })
    expect(Math.max(...sizes)).toBe(512)
    expect(sizes.reduce((sum, size) => sum + size)).toBe(many)
  })
})

describe('many records that are dropped because their stream is unsubscribed', () => {
  function left(config: object, count = many) {
    const stage = new VirtualStage()
    const dropped: string[] = []
    const interceptor = {
      onAcknowledgement: (_: unknown, error: { code: string } | null) =>
        dropped.push(error?.code ?? 'acknowledged'),
    }
    const settings = { 'bootstrap.servers': stage.cluster.bootstrapServers, ...config }
    const producer = new KafkaProducer(
      { ...settings, 'interceptor.classes': [interceptor as never] },
      { runtime: stage.runtime },
    )
    const source = new Subject<{ topic: string; value: string }>()
    const stream = source.pipe(toKafkaSettled(producer)).subscribe()
    for (let index = 0; index < count; index += 1) {
      source.next({ topic: 'absent', value: value(index) })
    }
    return { stage, producer, stream, dropped }
  }

  it('are reported to interceptors in shares, each once, and close() waits for that', async () => {
    const { stage, producer, stream, dropped } = left({})
    stream.unsubscribe()
    expect(dropped).toHaveLength(2_048)
    let isClosed = false
    const closed = producer.close().then(() => {
      isClosed = true
    })
    expect(mostInAStep(stage, () => dropped.length)).toBe(2_048)
    await closed
    expect(isClosed).toBe(true)
    expect(dropped).toEqual(inOrder.map(() => 'DISCARDED'))
  })

  it('may all wait for a promise of a serializer, in any number', () => {
    const { stream, dropped } = left({ 'value.serializer': () => new Promise(() => {}) }, 200_000)
    expect(() => stream.unsubscribe()).not.toThrow()
    expect(dropped).toHaveLength(2_048)
  })
})
