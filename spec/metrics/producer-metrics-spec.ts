import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProducerMetrics } from '../../lib/metrics/producer-metrics.ts'
import type { BatchFacts } from '../../lib/observer.ts'
import { FakeClock } from '../support/fake-runtime.ts'
import { batch } from './facts.ts'

function stage() {
  const clock = new FakeClock()
  const gauges = { available: 1000, waiting: 0 }
  const metrics = new ProducerMetrics({
    clock,
    clientId: 'me',
    version: '1.2.3',
    samples: 2,
    windowMs: 30_000,
    gauges: {
      bufferBytes: 1000,
      availableBytes: () => gauges.available,
      waitingRecords: () => gauges.waiting,
    },
  })
  const of = (group: string, tag?: string) =>
    Object.fromEntries(
      metrics
        .snapshot()
        .filter((one) => one.group === group)
        .filter(({ tags }) => tag === undefined || Object.values(tags).includes(tag))
        .map(({ name, value }) => [name, value]),
    )
  return {
    clock,
    gauges,
    metrics,
    client: () => of('producer-metrics'),
    topic: (name: string) => of('producer-topic-metrics', name),
    node: (id: number) => of('producer-node-metrics', `node-${id}`),
  }
}

describe('ProducerMetrics', () => {
  it('begins with zeros, and NaN for averages of nothing', () => {
    const { client, topic, node } = stage()
    expect(client()).toMatchObject({
      'record-send-total': 0,
      'record-send-rate': 0,
      'batch-size-avg': NaN,
      'request-latency-max': NaN,
      'metadata-age': NaN,
      'connection-count': 0,
      'requests-in-flight': 0,
      'buffer-total-bytes': 1000,
      'buffer-available-bytes': 1000,
    })
    expect([topic('t'), node(1)]).toEqual([{}, {}])
  })

  it('has its client id, its start time and the number of metrics', () => {
    const { metrics, clock } = stage()
    const startedAt = clock.timestamp()
    clock.advance(5000)
    const snapshot = metrics.snapshot()
    const told = (name: string) => snapshot.find((one) => one.name === name)?.value
    expect(told('version')).toBe('1.2.3')
    expect(told('start-time-ms')).toBe(startedAt)
    expect(told('count')).toBe(snapshot.length)
    expect(new Set(snapshot.map(({ tags }) => tags['client-id']))).toEqual(new Set(['me']))
  })

  it('is sorted by group and name, then by topic or broker, each metric once', () => {
    const { metrics } = stage()
    for (const node of [10, 9, -1]) metrics.connecting(node)
    metrics.sent(9, [batch({ topic: 'b' }), batch({ topic: 'a' }), batch({ topic: 'b' })])
    const snapshot = metrics.snapshot()
    const keys = snapshot.map(({ group, name, tags }) => `${group} ${name} ${tags['topic'] ?? ''}`)
    expect(keys).toEqual([...keys].sort())
    const nodes = snapshot.filter(({ name, tags }) => name === 'request-rate' && tags['node-id'])
    expect(nodes.map(({ tags }) => tags['node-id'])).toEqual(['node--1', 'node-9', 'node-10'])
    const all = snapshot.map(({ group, name, tags }) => JSON.stringify([group, name, tags]))
    expect(new Set(all).size).toBe(all.length)
  })

  it('is a snapshot: what happens later changes nothing in it', () => {
    const { metrics, client } = stage()
    const before = metrics.snapshot()
    const copy = structuredClone(before)
    metrics.sent(1, [batch()])
    expect(before).toEqual(copy)
    expect(client()['record-send-total']).toBe(1)
  })

  it('counts the records of each attempt, by producer and by topic', () => {
    const { metrics, clock, client, topic } = stage()
    clock.advance(70_000)
    metrics.sent(1, [
      batch({ count: 3, size: 161, createdAt: 69_990 }),
      batch({ topic: 'u', count: 1, size: 81, createdAt: 69_960 }),
    ])
    metrics.sent(2, [batch({ count: 3, size: 161, createdAt: 69_940, attempts: 2 })])
    expect(client()).toMatchObject({
      'record-send-total': 7,
      'record-send-rate': 7 / 30,
      'records-per-request-avg': 3.5,
      'batch-size-avg': (161 + 81 + 161) / 3,
      'batch-size-max': 161,
      'record-queue-time-avg': (10 + 40 + 60) / 3,
      'record-queue-time-max': 60,
    })
    expect(topic('t')).toMatchObject({ 'record-send-total': 6, 'byte-total': 322 })
    expect(topic('u')).toMatchObject({ 'record-send-total': 1, 'byte-total': 81 })
  })

  it('measures compression without the header of the batch: compressed by uncompressed', () => {
    const { metrics, client, topic } = stage()
    metrics.sent(1, [batch({ size: 61 + 30, rawSize: 61 + 120 }), batch()])
    expect(client()['compression-rate-avg']).toBe((0.25 + 1) / 2)
    metrics.sent(1, [batch({ topic: 'u', size: 61 + 30, rawSize: 61 + 120 })])
    expect(topic('u')['compression-rate']).toBe(0.25)
  })

  it("measures the largest record of each batch, as Java's record-size", () => {
    const { metrics, client } = stage()
    metrics.sent(1, [batch({ largestRecord: 10 }), batch({ largestRecord: 30 })])
    expect(client()).toMatchObject({ 'record-size-avg': 20, 'record-size-max': 30 })
  })

  it('counts retries, failures and splits, by record and by batch', () => {
    const { metrics, client, topic } = stage()
    metrics.sent(1, [batch({ count: 5 })])
    metrics.retried(batch({ count: 5 }))
    metrics.failed(batch({ count: 5 }), 'DELIVERY_TIMEOUT')
    metrics.split()
    expect(client()).toMatchObject({
      'record-retry-total': 5,
      'record-error-total': 5,
      'batch-split-total': 1,
      'batch-split-rate': 1 / 30,
    })
    expect(topic('t')).toMatchObject({ 'record-retry-total': 5, 'record-error-total': 5 })
  })

  it('counts a record that fails before it is in a batch only for the producer', () => {
    const { metrics, client, topic } = stage()
    metrics.refused('t', 'METADATA_TIMEOUT')
    metrics.failed(batch({ topic: 'never-sent' }), 'DELIVERY_TIMEOUT')
    expect(client()['record-error-total']).toBe(2)
    expect([topic('t'), topic('never-sent')]).toEqual([{}, {}])
  })

  it.each(['CLOSED', 'DISCARDED', 'SIBLING_FAILED', 'INVALID_RECORD', 'PARTITIONER_FAILED'])(
    'does not count a failure with %s, and neither does Java',
    (code) => {
      const { metrics, client } = stage()
      metrics.refused('t', code)
      metrics.failed(batch(), code)
      expect(client()['record-error-total']).toBe(0)
    },
  )

  it('counts requests and answers, for each broker and in total', () => {
    const { metrics, clock, client, node } = stage()
    clock.advance(1000)
    metrics.requested(1, 'Metadata', 40)
    metrics.requested(1, 'Produce', 1000)
    metrics.requested(2, 'Produce', 3000)
    metrics.answered(1, 'Metadata', 200, 90)
    metrics.answered(1, 'Produce', 50, 8)
    metrics.answered(2, 'Produce', 60, 12)
    expect(client()).toMatchObject({
      'request-total': 3,
      'request-rate': 3 / 30,
      'request-size-avg': 4040 / 3,
      'request-size-max': 3000,
      'outgoing-byte-total': 4040,
      'outgoing-byte-rate': 4040 / 30,
      'response-total': 3,
      'incoming-byte-total': 310,
      'network-io-total': 6,
      'network-io-rate': 6 / 30,
      'request-latency-avg': 10,
      'request-latency-max': 12,
    })
    expect(node(1)).toMatchObject({
      'request-total': 2,
      'outgoing-byte-total': 1040,
      'response-total': 2,
      'incoming-byte-total': 250,
      'request-latency-avg': 8,
    })
    expect(node(2)).toMatchObject({ 'request-total': 1, 'request-latency-max': 12 })
  })

  it('counts the requests in flight, without those that are answered or given up', () => {
    const { metrics, client } = stage()
    for (let i = 0; i < 3; i += 1) metrics.requested(1, 'Produce', 10)
    expect(client()['requests-in-flight']).toBe(3)
    metrics.answered(1, 'Produce', 10, 1)
    metrics.unanswered()
    expect(client()['requests-in-flight']).toBe(1)
  })

  it('counts the open connections, and those opened and closed', () => {
    const { metrics, client } = stage()
    metrics.connecting(1)
    metrics.connecting(2)
    metrics.connected()
    expect(client()).toMatchObject({ 'connection-count': 2, 'connection-creation-total': 1 })
    metrics.disconnected()
    expect(client()).toMatchObject({ 'connection-count': 1, 'connection-close-total': 1 })
  })

  it('averages throttling over all answers, in any order of reports', () => {
    const { metrics, client } = stage()
    metrics.answered(1, 'Metadata', 10, 1)
    expect(client()).toMatchObject({
      'produce-throttle-time-avg': 0,
      'produce-throttle-time-max': 0,
    })
    metrics.throttled(1, 300)
    metrics.answered(1, 'Produce', 10, 1)
    metrics.answered(1, 'Produce', 10, 1)
    expect(client()).toMatchObject({
      'produce-throttle-time-avg': 100,
      'produce-throttle-time-max': 300,
    })
  })

  it('reports the age of metadata in seconds', () => {
    const { metrics, clock, client } = stage()
    metrics.refreshed()
    clock.advance(2500)
    expect(client()['metadata-age']).toBe(2.5)
  })

  it('measures waits in nanoseconds, and their share of the time', () => {
    const { metrics, clock, client } = stage()
    clock.advance(10_000)
    metrics.waitedForMemory(3000, false)
    metrics.waitedForMemory(6000, true)
    metrics.waitedForMetadata(20)
    metrics.flushed(7)
    expect(client()).toMatchObject({
      'bufferpool-wait-time-ns-total': 9e9,
      'bufferpool-wait-ratio': 0.3,
      'buffer-exhausted-total': 1,
      'buffer-exhausted-rate': 1 / 30,
      'metadata-wait-time-ns-total': 20e6,
      'flush-time-ns-total': 7e6,
    })
  })

  it('reads the state of the buffer when it is read', () => {
    const { gauges, client } = stage()
    gauges.available = 300
    gauges.waiting = 7
    expect(client()).toMatchObject({ 'buffer-available-bytes': 300, 'waiting-threads': 7 })
  })

  it('forgets what is older than its windows, except the totals', () => {
    const { metrics, clock, client } = stage()
    metrics.sent(1, [batch({ count: 9 })])
    clock.advance(60_000)
    expect(client()).toMatchObject({
      'record-send-rate': 0,
      'record-send-total': 9,
      'batch-size-max': NaN,
    })
  })

  it('has totals that are the sums of all reports, whatever they were', () => {
    const facts = fc.record({
      topic: fc.constantFrom('a', 'b'),
      count: fc.integer({ min: 1, max: 50 }),
      size: fc.integer({ min: 62, max: 5000 }),
    })
    const requests = fc.array(fc.array(facts, { minLength: 1, maxLength: 4 }), { maxLength: 12 })
    fc.assert(
      fc.property(requests, fc.nat(40_000), (all, pause) => {
        const { metrics, clock, client, topic } = stage()
        for (const batches of all) {
          metrics.sent(1, batches.map(batch))
          clock.advance(pause)
        }
        const batches = all.flat()
        expect(client()['record-send-total']).toBe(sum(batches, 'count'))
        for (const name of new Set(batches.map((one) => one.topic))) {
          const own = batches.filter((one) => one.topic === name)
          expect(topic(name)).toMatchObject({
            'record-send-total': sum(own, 'count'),
            'byte-total': sum(own, 'size'),
          })
        }
      }),
    )
  })
})

function sum(batches: readonly Partial<BatchFacts>[], field: 'count' | 'size'): number {
  return batches.reduce((total, one) => total + (one[field] ?? 0), 0)
}
