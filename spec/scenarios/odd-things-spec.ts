import type { ProducerRecord, SendResult } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { VirtualStage } from './virtual-stage.ts'

// Names that objects have by default, memory that is shared or may be resized, and a topic that is
// recreated under unacknowledged records.

const statusesOf = (results: readonly SendResult[]) => results.map(({ status }) => status)

describe('a topic', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '0', '-', 'x'.repeat(249)])(
    'may be named %s, and so may a key and a header',
    (topic) => {
      const stage = new VirtualStage({ topics: {} })
      stage.cluster.createTopic(topic, { partitions: 2 })
      const producer = stage.producer({ 'linger.ms': 0 })
      const headers = [
        { key: '__proto__', value: 'h' },
        { key: 'constructor', value: '1' },
      ]
      const results = stage.deliverOn(producer, [{ topic, key: '__proto__', value: 'v', headers }])
      stage.clock.runUntil(1000)
      expect(statusesOf(results)).toEqual(['fulfilled'])
      const [record] = stage.cluster.records(topic)
      expect(record).toMatchObject({ keyText: '__proto__', valueText: 'v' })
      expect(record!.headers.map(({ key }) => key)).toEqual(['__proto__', 'constructor'])
      const sent = producer.metrics().filter(({ name }) => name === 'record-send-total')
      expect(sent.map(({ tags, value }) => [tags['topic'], value])).toContainEqual([topic, 1])
    },
  )
})

describe('a value', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(40_000)).fill(7)
  const buffer = Reflect.construct(ArrayBuffer, [40_000, { maxByteLength: 80_000 }])
  const resizable = new Uint8Array(buffer).fill(8)

  it.each(['none', 'gzip', 'snappy'] as const)(
    'may be in shared or resizable memory (%s)',
    (codec) => {
      const stage = new VirtualStage()
      const given = [shared, resizable, shared.subarray(1, 5), resizable.subarray(39_990)]
      const results = stage.deliver(
        given.map((value) => ({ topic: 't', value, headers: { h: value.subarray(0, 9) } })),
        { 'compression.type': codec },
      )
      stage.clock.runUntil(1000)
      expect(statusesOf(results)).toEqual(given.map(() => 'fulfilled'))
      const stored = stage.cluster.records('t').map(({ value }) => Buffer.from(value!))
      expect(stored).toEqual(given.map((value) => Buffer.from(value)))
    },
  )
})

describe('unacknowledged records (acks=0)', () => {
  // The broker can only close the connection. The next request may be sent before new metadata has
  // arrived.
  it('reach a recreated topic, except those of at most two requests', () => {
    const stage = new VirtualStage()
    const producer = stage.producer({ acks: 0, 'linger.ms': 0 })
    const record = (value: string): ProducerRecord => ({ topic: 't', value })
    stage.deliverOn(producer, [record('before')])
    stage.clock.runUntil(1000)
    stage.cluster.deleteTopic('t')
    stage.clock.runUntil(2000)
    stage.cluster.createTopic('t')
    for (const value of ['lost', 'a', 'b', 'c']) {
      stage.deliverOn(producer, [record(value)])
      stage.clock.runUntil(stage.clock.now() + 1000)
    }
    const stored = stage.cluster.records('t').map(({ valueText }) => valueText)
    expect(stored.slice(-2)).toEqual(['b', 'c'])
    expect(stored).not.toContain('lost')
  })
})
