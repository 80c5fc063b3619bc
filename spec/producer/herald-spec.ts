import type { DiagnosticsMessages } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import type { Interceptor } from '../../lib/model.ts'
import { EventSource, type ProducerEvent } from '../../lib/producer/events.ts'
import { Herald } from '../../lib/producer/herald.ts'
import { published } from '../support/overheard.ts'

const batch = {
  topic: 't',
  partition: 3,
  count: 2,
  size: 100,
  rawSize: 150,
  largestRecord: 30,
  attempts: 1,
  createdAt: 40,
}
const summary = {
  topic: 't',
  partition: 3,
  count: 2,
  size: 100,
  rawSize: 150,
  attempts: 1,
  ageMs: 2,
}

class Tracer {
  readonly apiKey = 'hunter2'
}
const interceptor = new Tracer() as Interceptor
const reporter = { metricChange() {} }

function stage() {
  const events = new EventSource('me')
  const stats = { woken: 0 }
  const herald = new Herald({
    events,
    interceptors: [{}, interceptor],
    reporters: [reporter],
    now: () => 42,
    wake: () => {
      stats.woken += 1
    },
  })
  return { events, herald, stats }
}

/** A herald whose events have a listener. */
function heard() {
  const parts = stage()
  const news: ProducerEvent[] = []
  parts.events.events$.subscribe((event) => news.push(event))
  return { ...parts, news }
}

/** Everything that is reported to a herald. */
function tellAll(herald: Herald): void {
  herald.interceptorFailed('why', interceptor)
  herald.reporterFailed('why', reporter)
  herald.connecting(1, 'h:1')
  herald.connected(1, 'h:1')
  herald.requested(1, 'Produce', 10, 7)
  herald.answered(1, 'Produce', 20, 5, 7)
  herald.unanswered(1, 'Produce', 6, null, 8)
  herald.throttled(1, 100)
  herald.leaderChanged('t', 3, 1, 2)
  herald.sent(1, [batch, batch])
  herald.retried(batch, null)
  herald.split(batch, 2)
  herald.acknowledged(batch)
  herald.failed(batch, 'CLOSED', 'why')
  herald.identified(7n, 0, true)
  herald.identified(7n, 1, false)
  herald.bufferFull(true)
  herald.bufferFull(false)
  herald.disconnected(1, 'h:1', null, true)
  herald.refreshed()
  herald.waitedForMemory()
  herald.waitedForMetadata()
  herald.flushed()
}

const events = [
  { type: 'interceptorFailed', error: 'why', interceptor: 'an object (Tracer)', position: 1 },
  { type: 'reporterFailed', error: 'why', reporter: 'an object', position: 0 },
  { type: 'connected', node: 1, address: 'h:1' },
  { type: 'throttled', node: 1, ms: 100 },
  { type: 'leaderChanged', topic: 't', partition: 3, from: 1, to: 2 },
  { type: 'retried', ...summary, cause: null },
  { type: 'split', ...summary, parts: 2 },
  { type: 'identified', producerId: '7', epoch: 0 },
  { type: 'epochBumped', producerId: '7', epoch: 1 },
  { type: 'bufferFull' },
  { type: 'bufferFree' },
  { type: 'disconnected', node: 1, address: 'h:1', cause: null, wasReady: true },
]

describe('Herald', () => {
  it('creates events from observations, and emits them in order when it is time', () => {
    const { herald, news, stats } = heard()
    tellAll(herald)
    expect(news).toEqual([])
    expect(stats.woken).toBe(events.length)
    expect(herald.report()).toBe(true)
    expect(news).toEqual(events)
    expect(herald.report()).toBe(false)
  })

  it.each<[keyof DiagnosticsMessages, string[]]>([
    ['to-kafka:connection', ['connecting', 'connected', 'throttled', 'disconnected']],
    ['to-kafka:request', ['start', 'end', 'end']],
    ['to-kafka:batch', ['sent', 'sent', 'retried', 'split', 'acknowledged', 'failed']],
    [
      'to-kafka:producer',
      ['leaderChanged', 'identified', 'epochBumped', 'bufferFull', 'bufferFree'],
    ],
    ['to-kafka:interceptor-failed', ['interceptorFailed']],
    ['to-kafka:reporter-failed', ['reporterFailed']],
  ])('publishes on %s only what belongs there', (name, types) => {
    const messages = published(name)
    const { herald, stats } = stage()
    tellAll(herald)
    herald.report()
    expect(messages).toMatchObject(types.map((type) => ({ type, clientId: 'me' })))
    expect(stats.woken).toBe(types.length)
  })

  it('describes requests and batches', () => {
    const requests = published('to-kafka:request')
    const batches = published('to-kafka:batch')
    const { herald } = stage()
    tellAll(herald)
    herald.report()
    const request = { clientId: 'me', node: 1, api: 'Produce' }
    expect(requests).toEqual([
      { ...request, type: 'start', correlationId: 7, bytes: 10 },
      { ...request, type: 'end', correlationId: 7, bytes: 20, ms: 5, error: null },
      { ...request, type: 'end', correlationId: 8, bytes: 0, ms: 6, error: null },
    ])
    const told = { clientId: 'me', ...summary }
    expect(batches[0]).toEqual({ ...told, type: 'sent', node: 1 })
    expect(batches.at(-1)).toEqual({ ...told, type: 'failed', code: 'CLOSED', cause: 'why' })
  })

  it('creates nothing while nothing listens, and says so', () => {
    const { herald, stats, events } = stage()
    expect(herald.isListening).toBe(false)
    tellAll(herald)
    expect(stats.woken).toBe(0)
    expect(herald.report()).toBe(false)

    const listener = events.events$.subscribe()
    expect(herald.isListening).toBe(true)
    listener.unsubscribe()
    expect(herald.isListening).toBe(false)
  })

  it('reports things as they were, even if they have changed since', () => {
    const { herald, news } = heard()
    const changing = { ...batch }
    herald.retried(changing, null)
    changing.attempts = 2
    herald.report()
    expect(news).toMatchObject([{ attempts: 1 }])
  })

  it('reports what a listener causes the next time', () => {
    const { herald, events, news } = heard()
    events.events$.subscribe(({ type }) => {
      if (type === 'bufferFull') herald.bufferFull(false)
    })
    herald.bufferFull(true)
    herald.throttled(1, 5)
    herald.report()
    expect(news.map(({ type }) => type)).toEqual(['bufferFull', 'throttled'])
    expect(herald.report()).toBe(true)
    expect(news.map(({ type }) => type)).toEqual(['bufferFull', 'throttled', 'bufferFree'])
  })

  it('creates events that JSON can write', () => {
    const { herald, news } = heard()
    tellAll(herald)
    herald.report()
    expect(JSON.parse(JSON.stringify(news))).toHaveLength(events.length)
  })
})
