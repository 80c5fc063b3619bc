// What a producer reports to its listeners. Each kind of event is caused by a broker, faulty or
// not; in virtual time, so that it is the same every time.

import diagnostics from 'node:diagnostics_channel'
import { config, Subscriber } from 'rxjs'
import type { ProducerEvent } from 'to-kafka'
import { describe, expect, it, vi } from 'vitest'
import { EventSource } from '../../lib/producer/events.ts'
import { Herald } from '../../lib/producer/herald.ts'
import { eventsOf, published } from '../support/overheard.ts'
import { passTime } from '../support/pass-time.ts'
import { VirtualStage } from './virtual-stage.ts'

const records = (count: number, more: { partition?: number; value?: string } = {}) =>
  Array.from({ length: count }, (_, index) => ({
    topic: 't',
    partition: 0,
    value: `${index}`,
    ...more,
  }))

/** One batch for each record, one after the other. */
const singly = { 'linger.ms': 0, 'batch.size': 1 } as const

describe('a connection', () => {
  it('is reported when it is ready and when it ends, with a negative id for a bootstrap server', () => {
    const stage = new VirtualStage()
    const producer = stage.producer({ 'connections.max.idle.ms': 500 })
    const events = eventsOf(producer, 'connected', 'disconnected')
    stage.deliverOn(producer, records(1))
    stage.clock.runUntil(100)

    const address = stage.cluster.bootstrapServers
    const connected = [-1, 1].map((node) => ({ type: 'connected', node, address }))
    expect(events).toEqual(expect.arrayContaining(connected))

    stage.clock.runUntil(2_000)
    const idle = events.filter(({ type }) => type === 'disconnected')
    const ended = { type: 'disconnected', address, cause: null, wasReady: true }
    expect(idle).toHaveLength(2)
    expect(idle).toEqual(expect.arrayContaining([-1, 1].map((node) => ({ ...ended, node }))))
  })

  it('that is lost has its reason, and one that was never established says so', () => {
    const stage = new VirtualStage()
    const producer = stage.producer({ 'reconnect.backoff.ms': 50 })
    stage.deliverOn(producer, records(1))
    stage.clock.runUntil(100)
    const events = eventsOf(producer, 'disconnected')
    stage.cluster.stopBroker(1)
    stage.deliverOn(producer, records(1))
    stage.clock.runUntil(1_000)

    const lost = events.filter(({ wasReady }) => wasReady)
    const refused = events.filter(({ wasReady }) => !wasReady)
    expect(lost.map(({ node }) => node)).toContain(1)
    expect(refused.length).toBeGreaterThan(0)
    for (const { cause } of events) expect(cause).toMatchObject({ name: 'ConnectionError' })
  })

  it('is reported on its channel from the attempt to the end, by producer', () => {
    const messages = published('to-kafka:connection')
    const stage = new VirtualStage()
    stage.cluster.on('Produce').throttle(20)
    const producer = stage.producer({ 'client.id': 'me' })
    stage.deliverOn(producer, records(1))
    stage.clock.runUntil(100)
    void producer.close()
    stage.clock.runUntil(200)

    const types = messages.filter(({ node }) => node === 1).map(({ type }) => type)
    expect(types).toEqual(['connecting', 'connected', 'throttled', 'disconnected'])
    for (const { clientId } of messages) expect(clientId).toBe('me')
  })
})

describe('a broker that', () => {
  it('throttles is reported, with the time', () => {
    const stage = new VirtualStage()
    stage.cluster.on('Produce').throttle(70)
    const producer = stage.producer()
    const events = eventsOf(producer, 'throttled')
    stage.deliverOn(producer, records(1))
    stage.clock.runUntil(1_000)
    expect(events).toEqual([{ type: 'throttled', node: 1, ms: 70 }])
  })

  it('refuses a batch temporarily is reported for each attempt, with the batch', () => {
    const stage = new VirtualStage()
    stage.cluster.on('Produce', { nth: 1, times: 2 }).reply('NOT_ENOUGH_REPLICAS')
    const producer = stage.producer()
    const events = eventsOf(producer, 'retried')
    const results = stage.deliverOn(producer, records(3))
    stage.clock.runUntil(5_000)

    const batch = { type: 'retried', topic: 't', partition: 0, count: 3 }
    expect(events).toMatchObject(
      [1, 2].map((attempts) => ({ ...batch, attempts, cause: { code: 'NOT_ENOUGH_REPLICAS' } })),
    )
    expect(events[0]!.size).toBe(events[0]!.rawSize)
    expect(events[1]!.ageMs).toBeGreaterThan(events[0]!.ageMs)
    expect(results.map(({ status }) => status)).toEqual(Array(3).fill('fulfilled'))
  })

  it('cuts the connection is reported before the requests in flight are retried', () => {
    const stage = new VirtualStage()
    stage.cluster.on('Produce', { nth: 1 }).closeAfterAppend()
    const producer = stage.producer()
    const events = eventsOf(producer, 'retried', 'disconnected')
    stage.deliverOn(producer, records(1))
    stage.clock.runUntil(5_000)
    // The connection of the bootstrap server is no longer needed, and is closed too.
    expect(events.filter((one) => one.type === 'retried' || one.node === 1)).toMatchObject([
      { type: 'disconnected', wasReady: true },
      { type: 'retried', attempts: 1, cause: { name: 'ConnectionError' } },
    ])
  })

  it('finds a batch too large is reported with the parts', () => {
    const stage = new VirtualStage()
    stage.cluster.on('Produce', { nth: 1 }).reply('MESSAGE_TOO_LARGE')
    const producer = stage.producer()
    const events = eventsOf(producer, 'split', 'retried')
    const results = stage.deliverOn(producer, records(4))
    stage.clock.runUntil(5_000)
    expect(events).toMatchObject([{ type: 'split', topic: 't', partition: 0, count: 4, parts: 2 }])
    expect(results).toHaveLength(4)
  })
})

describe('a leader that moves', () => {
  it('is reported from the hint in a refusal', () => {
    const stage = new VirtualStage({ brokers: 2 })
    const producer = stage.producer()
    const events = eventsOf(producer, 'leaderChanged')
    stage.deliverOn(producer, records(1))
    stage.clock.runUntil(100)
    expect(events).toEqual([])
    stage.cluster.moveLeader('t', 0, 2)
    stage.deliverOn(producer, records(1))
    stage.clock.runUntil(1_000)
    expect(events).toEqual([{ type: 'leaderChanged', topic: 't', partition: 0, from: 1, to: 2 }])
  })

  it('is reported from metadata, also if there is no leader for a while', () => {
    const stage = new VirtualStage({ brokers: 2, versions: { Produce: [0, 9] } })
    const producer = stage.producer()
    const events = eventsOf(producer, 'leaderChanged')
    stage.deliverOn(producer, records(1))
    stage.clock.runUntil(100)
    stage.cluster.moveLeader('t', 0, -1)
    stage.deliverOn(producer, records(1))
    stage.clock.runUntil(1_000)
    stage.cluster.moveLeader('t', 0, 2)
    stage.clock.runUntil(5_000)
    const moved = { type: 'leaderChanged', topic: 't', partition: 0 }
    expect(events).toEqual([
      { ...moved, from: 1, to: -1 },
      { ...moved, from: -1, to: 2 },
    ])
  })
})

describe('the producer id', () => {
  it('is reported when a broker gives it, and its next epoch after a batch has failed', () => {
    const stage = new VirtualStage()
    const producer = stage.producer(singly)
    const events = eventsOf(producer, 'identified', 'epochBumped')
    stage.deliverOn(producer, records(1))
    stage.clock.runUntil(100)
    expect(events).toEqual([{ type: 'identified', producerId: expect.any(String), epoch: 0 }])
    const { producerId } = events[0]!

    stage.cluster.on('Produce', { nth: 1 }).reply('INVALID_RECORD')
    stage.deliverOn(producer, records(2))
    stage.clock.runUntil(1_000)
    expect(events.slice(1)).toEqual([{ type: 'epochBumped', producerId, epoch: 1 }])
  })

  it('is not reported without idempotence', () => {
    const stage = new VirtualStage()
    const producer = stage.producer({ 'enable.idempotence': false })
    const events = eventsOf(producer, 'identified', 'epochBumped')
    stage.deliverOn(producer, records(1))
    stage.clock.runUntil(100)
    expect(events).toEqual([])
  })
})

describe('the buffer', () => {
  const small = { 'buffer.memory': 2048, 'batch.size': 1024 } as const
  const large = (count: number) => records(count, { value: 'x'.repeat(300) })

  it('is reported full once, and free when no record waits any more', () => {
    const stage = new VirtualStage()
    const producer = stage.producer(small)
    const events = eventsOf(producer, 'bufferFull', 'bufferFree')
    const results = stage.deliverOn(producer, large(40))
    expect(results).toEqual([])
    stage.clock.runUntil(10_000)
    expect(results.map(({ status }) => status)).toEqual(Array(40).fill('fulfilled'))
    expect(events).toEqual([{ type: 'bufferFull' }, { type: 'bufferFree' }])
  })

  it('is also reported free when the waiting records are refused', () => {
    const stage = new VirtualStage()
    const producer = stage.producer({ ...small, 'max.block.ms': 200 })
    stage.deliverOn(producer, large(1))
    stage.clock.runUntil(100)
    const events = eventsOf(producer, 'bufferFull', 'bufferFree')
    stage.cluster.pauseBroker(1)
    stage.deliverOn(producer, large(40))
    stage.clock.runUntil(150)
    expect(events).toEqual([{ type: 'bufferFull' }])
    stage.clock.runUntil(1_000)
    expect(events).toEqual([{ type: 'bufferFull' }, { type: 'bufferFree' }])
  })
})

describe('the channels', () => {
  it('report each request from its start to its end, also lost ones', () => {
    const messages = published('to-kafka:request')
    const stage = new VirtualStage()
    stage.cluster.on('Produce', { nth: 1 }).closeBeforeAppend()
    stage.deliver(records(1))
    stage.clock.runUntil(5_000)

    const apis = (type: string) =>
      messages.filter((one) => one.type === type).map(({ node, api }) => `${node} ${api}`)
    expect(apis('end').sort()).toEqual(apis('start').sort())
    const produces = messages.filter(({ api }) => api === 'Produce')
    expect(produces).toMatchObject([
      { type: 'start', node: 1 },
      { type: 'end', node: 1, bytes: 0, error: { name: 'ConnectionError' } },
      { type: 'start', node: 1 },
      { type: 'end', node: 1, ms: 2, error: null },
    ])
    for (const { bytes } of produces.slice(2)) expect(bytes).toBeGreaterThan(20)
  })

  it('report each batch: sent, retried, acknowledged, or failed', () => {
    const messages = published('to-kafka:batch')
    const stage = new VirtualStage()
    stage.cluster.on('Produce', { nth: 1 }).reply('NOT_ENOUGH_REPLICAS')
    stage.cluster.on('Produce', { nth: 3 }).reply('INVALID_RECORD')
    const producer = stage.producer({ 'client.id': 'me' })
    stage.deliverOn(producer, records(2))
    stage.clock.runUntil(5_000)
    stage.deliverOn(producer, records(1))
    stage.clock.runUntil(10_000)
    const batch = { clientId: 'me', topic: 't', partition: 0 }
    expect(messages).toMatchObject([
      { ...batch, type: 'sent', node: 1, count: 2, attempts: 1 },
      { ...batch, type: 'retried', count: 2, attempts: 1 },
      { ...batch, type: 'sent', count: 2, attempts: 2 },
      { ...batch, type: 'acknowledged', count: 2, attempts: 2 },
      { ...batch, type: 'sent', count: 1, attempts: 1 },
      { ...batch, type: 'failed', count: 1, code: 'INVALID_RECORD' },
    ])
  })

  it('report what concerns the whole producer', () => {
    const messages = published('to-kafka:producer')
    const stage = new VirtualStage()
    stage.deliver(records(1))
    stage.clock.runUntil(100)
    expect(messages).toMatchObject([{ type: 'identified', epoch: 0 }])
  })
})

describe('a listener', () => {
  /** Every kind of event within a few seconds. */
  function eventful() {
    const stage = new VirtualStage({ brokers: 2 })
    const producer = stage.producer({ ...singly, 'buffer.memory': 2048, 'client.id': 'me' })
    stage.cluster.on('Produce', { nth: 2 }).reply('NOT_ENOUGH_REPLICAS')
    stage.cluster.on('Produce', { nth: 4 }).reply('INVALID_RECORD')
    stage.cluster.on('Produce', { nth: 6 }).closeAfterAppend()
    stage.cluster.on('Produce', { nth: 8 }).throttle(10)
    stage.cluster
      .on('Produce', { nth: 10 })
      .call(() => stage.cluster.moveLeader('t', 0, 3 - stage.cluster.leaderOf('t', 0)))
    return { stage, producer }
  }
  const all = [
    'bufferFree',
    'bufferFull',
    'connected',
    'disconnected',
    'epochBumped',
    'identified',
    'leaderChanged',
    'retried',
    'throttled',
  ] as const

  it('gets all of these events', () => {
    const { stage, producer } = eventful()
    const events = eventsOf(producer, ...all)
    const results = stage.deliverOn(producer, records(30))
    stage.clock.runUntil(60_000)
    expect([...new Set(events.map(({ type }) => type))].sort()).toEqual(all)
    expect(results).toHaveLength(30)
  })

  it.each(all)('may send inside of %s', (type) => {
    const { stage, producer } = eventful()
    const inside: unknown[][] = []
    producer.events$.subscribe((event) => {
      if (event.type === type && inside.length < 5) {
        inside.push(stage.deliverOn(producer, records(2)))
      }
    })
    const results = stage.deliverOn(producer, records(30))
    stage.clock.runUntil(60_000)
    expect(results).toHaveLength(30)
    expect(inside.length).toBeGreaterThan(0)
    for (const those of inside) expect(those).toHaveLength(2)
  })

  it.each(all)('may close the producer inside of %s, and all is delivered', async (type) => {
    const { stage, producer } = eventful()
    let closed = 0
    producer.events$.subscribe((event) => {
      if (event.type === type) void producer.close().then(() => (closed += 1))
    })
    const results = stage.deliverOn(producer, records(30))
    await passTime(stage.clock, 60_000)
    expect(results).toHaveLength(30)
    const failed = results.flatMap((one) => (one.status === 'rejected' ? [one.error.code] : []))
    expect(failed).toEqual(['INVALID_RECORD'])
    expect(closed).toBeGreaterThan(0)
    expect(stage.cluster.connections).toBe(0)
    expect(stage.clock.pending).toBe(0)
  })

  it.each(all)(
    'may close it without delay inside of %s, and all records get their results',
    async (type) => {
      const { stage, producer } = eventful()
      let closed = 0
      producer.events$.subscribe((event) => {
        if (event.type !== type) return
        void producer.close({ timeout: 0 }).then(() => (closed += 1))
        void producer.flush()
      })
      const results = stage.deliverOn(producer, records(30))
      await passTime(stage.clock, 60_000)
      expect(results).toHaveLength(30)
      expect(closed).toBeGreaterThan(0)
      expect(stage.cluster.connections).toBe(0)
      expect(stage.clock.pending).toBe(0)
    },
  )

  it.each(all)('may unsubscribe inside of %s, and the others continue to get events', (type) => {
    const { stage, producer } = eventful()
    const mine: string[] = []
    const subscription = producer.events$.subscribe((event) => {
      mine.push(event.type)
      if (event.type === type) subscription.unsubscribe()
    })
    const others = eventsOf(producer, ...all)
    stage.deliverOn(producer, records(30))
    stage.clock.runUntil(60_000)
    for (const broker of [1, 2]) stage.cluster.stopBroker(broker)
    stage.clock.runUntil(61_000)
    expect(mine.indexOf(type)).toBe(mine.length - 1)
    expect(others.length).toBeGreaterThan(mine.length)
  })

  it('that throws, or lets exceptions through, affects nothing else', async () => {
    const unhandled: unknown[] = []
    config.onUnhandledError = (error) => unhandled.push(error)
    class Raw extends Subscriber<ProducerEvent> {
      protected override _next({ type }: ProducerEvent): void {
        throw new Error(type)
      }
    }
    const { stage, producer } = eventful()
    producer.events$.subscribe(({ type }) => {
      throw new Error(type)
    })
    const others = eventsOf(producer, ...all)
    producer.events$.subscribe(new Raw())
    const results = stage.deliverOn(producer, records(30))
    stage.clock.runUntil(60_000)
    while (unhandled.length < 2 * others.length) await new Promise(setImmediate)
    config.onUnhandledError = null
    expect(others.length).toBeGreaterThan(all.length)
    expect(results).toHaveLength(30)
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  })

  it('of a channel may close the producer in the middle of anything', async () => {
    const names = ['to-kafka:connection', 'to-kafka:request', 'to-kafka:batch'] as const
    for (const name of names) {
      for (let nth = 1; nth <= 12; nth += 1) {
        const { stage, producer } = eventful()
        let left = nth
        const hear = () => {
          left -= 1
          if (left === 0) void producer.close({ timeout: 0 })
        }
        diagnostics.subscribe(name, hear)
        const results = stage.deliverOn(producer, records(30))
        await passTime(stage.clock, 5_000)
        diagnostics.unsubscribe(name, hear)
        expect(results, `${name} ${nth}`).toHaveLength(30)
        expect(stage.cluster.connections, `${name} ${nth}`).toBe(left > 0 ? 2 : 0)
      }
    }
  })

  it('of the channels has got an end for each beginning once the producer is closed', async () => {
    const connections = published('to-kafka:connection')
    const requests = published('to-kafka:request')
    const states = published('to-kafka:producer')
    const batches = published('to-kafka:batch')
    const { stage, producer } = eventful()
    stage.deliverOn(producer, records(30))
    await passTime(stage.clock, 5)
    void producer.close({ timeout: 200 })
    await passTime(stage.clock, 60_000)
    const count = (told: readonly { type: string }[], wanted: string) =>
      told.filter(({ type }) => type === wanted).length
    expect(count(connections, 'disconnected')).toBe(count(connections, 'connecting'))
    expect(count(requests, 'end')).toBe(count(requests, 'start'))
    expect(count(requests, 'end')).toBeGreaterThan(5)
    expect(count(states, 'bufferFree')).toBe(count(states, 'bufferFull'))
    const settled = count(batches, 'acknowledged') + count(batches, 'failed')
    expect(count(batches, 'sent')).toBeLessThanOrEqual(settled + count(batches, 'retried'))
  })

  it('gets the end of the last connection before the completion, and nothing after it', async () => {
    const { stage, producer } = eventful()
    const told: string[] = []
    producer.events$.subscribe({
      next: ({ type }) => told.push(type),
      complete: () => told.push('|'),
    })
    stage.deliverOn(producer, records(3))
    await passTime(stage.clock, 5_000)
    void producer.close().then(() => told.push('closed'))
    await passTime(stage.clock, 1_000)
    void producer.send({ topic: 't', value: 'late' }).catch(() => {})
    await passTime(stage.clock, 1_000)
    expect(told.slice(-3)).toEqual(['disconnected', '|', 'closed'])
    expect(told.filter((type) => type === 'connected')).toHaveLength(
      told.filter((type) => type === 'disconnected').length,
    )
  })
})

describe('while nothing listens', () => {
  it('no event is created, and no channel is reached', () => {
    const spies = [
      vi.spyOn(diagnostics.Channel.prototype, 'publish'),
      vi.spyOn(EventSource.prototype, 'publish'),
      vi.spyOn(EventSource.prototype, 'hears'),
      vi.spyOn(Herald.prototype, 'requested'),
      vi.spyOn(Herald.prototype, 'sent'),
      vi.spyOn(Herald.prototype, 'acknowledged'),
      vi.spyOn(Herald.prototype, 'connected'),
    ]
    const stage = new VirtualStage()
    const results = stage.deliver(records(10))
    stage.clock.runUntil(1_000)
    expect(results).toHaveLength(10)
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled()
      spy.mockRestore()
    }
  })
})
