import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { from, Subject } from 'rxjs'
import {
  type Interceptor,
  type ProducerConfig,
  type ProducerRecord,
  toKafkaSettled,
} from 'to-kafka'
import { type TracingOptions, tracing } from 'to-kafka/opentelemetry'
import { describe, expect, it } from 'vitest'
import {
  lingering,
  listen,
  producerFor,
  requested,
  startCluster,
  until,
} from '../support/scenario.ts'
import { contextsInMemory, setGlobally, told, tracesInMemory } from '../support/telemetry-sdk.ts'

async function stage(
  options: TracingOptions = {},
  around: { before?: Interceptor; config?: Partial<ProducerConfig> } = {},
) {
  const traces = tracesInMemory()
  const { tracerProvider, propagator } = traces
  const cluster = await startCluster({ topics: { t: {}, wide: { partitions: 2 } } })
  const interceptor = tracing({ tracerProvider, propagator, ...options })
  const failures: unknown[] = []
  const producer = producerFor(cluster, {
    'interceptor.classes': [...(around.before ? [around.before] : []), interceptor],
    ...around.config,
  })
  producer.events$.subscribe((event) => {
    if (event.type === 'interceptorFailed') failures.push(event.error)
  })
  /** The headers that were written, as text, in log order. */
  const landed = async (topic = 't') =>
    (await cluster.records(topic)).map(({ headers }) =>
      Object.fromEntries(headers.map(({ key, value }) => [key, `${value}`])),
    )
  return { ...traces, cluster, producer, landed, failures }
}

const traceparentOf = ({ traceId, spanId }: { traceId: string; spanId: string }) =>
  `00-${traceId}-${spanId}-01`

describe('the span of a record', () => {
  it("is a PRODUCER span by the conventions, from send() to the record's offset", async () => {
    const { producer, spans, open } = await stage({ clientId: 'shop' })
    const sent = producer.send({ topic: 't', key: 'o-1', value: 'paid' })
    await sent

    const [span] = spans()
    expect(span).toMatchObject({
      name: 'send t',
      kind: SpanKind.PRODUCER,
      status: { code: SpanStatusCode.UNSET },
      links: [],
      attributes: {
        'messaging.system.name': 'kafka',
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.name': 't',
        'messaging.destination.partition.id': '0',
        'messaging.client.id': 'shop',
        'kafka.message.key': 'o-1',
        'kafka.offset': 0,
      },
      instrumentationScope: {
        name: 'to-kafka',
        schemaUrl: 'https://opentelemetry.io/schemas/1.45.0',
      },
    })
    expect(open()).toBe(0)
  })

  it('says that a record is a tombstone, and does not show a key of bytes', async () => {
    const { producer, spans } = await stage()
    await producer.send({ topic: 't', key: new Uint8Array([1]), value: null, partition: 0 })
    const { attributes } = spans()[0]!
    expect(attributes['kafka.message.tombstone']).toBe(true)
    expect(attributes).not.toHaveProperty('kafka.message.key')
  })

  it('is a child of the context that the record was sent in, and puts its own into the headers', async () => {
    contextsInMemory()
    const { producer, tracerProvider, spans, landed } = await stage()
    const tracer = tracerProvider.getTracer('test')
    const parents = await Promise.all(
      [1, 2].map((n) =>
        tracer.startActiveSpan(`request ${n}`, async (parent) => {
          await new Promise(setImmediate)
          await producer.send({ topic: 't', value: `${n}`, headers: { h: 'v' } })
          parent.end()
          return parent.spanContext()
        }),
      ),
    )
    const sends = spans().filter(({ name }) => name === 'send t')
    const ofParent = new Map(sends.map((span) => [span.parentSpanContext?.spanId, span]))
    expect([...ofParent.keys()].sort()).toEqual(parents.map(({ spanId }) => spanId).sort())
    for (const headers of await landed()) {
      const span = sends.find((one) => traceparentOf(one.spanContext()) === headers['traceparent'])
      expect(headers['h']).toBe('v')
      expect(parents.map(({ traceId }) => traceId)).toContain(span!.spanContext().traceId)
    }
  })

  it('uses the global provider and propagator, even if they are set after the producer was created', async () => {
    const { producer, landed } = await stage({ tracerProvider: undefined, propagator: undefined })
    await producer.send({ topic: 't', value: 'before' })
    const globally = tracesInMemory()
    setGlobally(globally)
    await producer.send({ topic: 't', value: 'after' })
    expect(globally.spans().map(told)).toEqual(['send t 0:1'])
    expect((await landed()).map((headers) => Object.keys(headers))).toEqual([[], ['traceparent']])
  })

  it('uses the older names and their schema if they are requested', async () => {
    const { producer, spans } = await stage({ semconv: '1.44' })
    await producer.send({ topic: 't', key: 'o-1', value: null })
    const [span] = spans()
    expect(span!.attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.kafka.message.key': 'o-1',
      'messaging.kafka.message.tombstone': true,
      'messaging.kafka.offset': 0,
    })
    expect(Object.keys(span!.attributes).filter((name) => name.startsWith('kafka.'))).toEqual([])
    expect(span!.instrumentationScope.schemaUrl).toBe('https://opentelemetry.io/schemas/1.44.0')
    expect(() => tracing({ semconv: '1.30' as never })).toThrow(
      "semconv is \"1.30\"; it must be '1.45' or '1.44'",
    )
  })

  it('has the attributes that the `attributes` option returns', async () => {
    const { producer, spans } = await stage({
      attributes: ({ value }) => ({ 'shop.order': `${value}` }),
    })
    await producer.send({ topic: 't', value: 'o-1' })
    expect(spans()[0]!.attributes).toMatchObject({ 'shop.order': 'o-1', 'kafka.offset': 0 })
  })

  it('carries baggage in addition to the trace', async () => {
    contextsInMemory()
    const { producer, landed } = await stage()
    const baggage = propagation.createBaggage({ tenant: { value: 'blue' } })
    await context.with(propagation.setBaggage(context.active(), baggage), () =>
      producer.send({ topic: 't', value: 'a' }),
    )
    expect((await landed())[0]).toMatchObject({ baggage: 'tenant=blue' })
  })
})

describe('a record with a trace context in its headers', () => {
  const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

  it('keeps it, and the span links to it', async () => {
    const { producer, spans, landed } = await stage()
    await producer.send({ topic: 't', value: 'a', headers: { traceparent: given } })
    expect(await landed()).toEqual([{ traceparent: given }])
    expect(spans()[0]!.links.map((link) => traceparentOf(link.context))).toEqual([given])
  })

  it('has it replaced if it is invalid', async () => {
    const { producer, spans, landed } = await stage()
    await producer.send({ topic: 't', value: 'a', headers: { traceparent: 'nonsense' } })
    expect(await landed()).toEqual([{ traceparent: traceparentOf(spans()[0]!.spanContext()) }])
  })
})

describe('the span of a record that fails', () => {
  it('ends with the code, an exception and the status', async () => {
    const { cluster, producer, spans, open } = await stage()
    cluster.on('Produce').reply('INVALID_RECORD')
    await producer.send({ topic: 't', value: 'bad' }).catch(() => {})
    const [span] = spans()
    expect(span!.attributes).toMatchObject({
      'error.type': 'INVALID_RECORD',
      'messaging.destination.partition.id': '0',
    })
    expect(span!.attributes).not.toHaveProperty('kafka.offset')
    expect(span!.status).toMatchObject({ code: SpanStatusCode.ERROR })
    expect(span!.events.map(({ name }) => name)).toEqual(['exception'])
    expect(open()).toBe(0)
  })

  it.each<[string, (one: Awaited<ReturnType<typeof stage>>) => Promise<unknown>, string]>([
    [
      'its serializer throws',
      ({ producer }) => producer.send({ topic: 't', value: 1n }).catch(() => {}),
      'send t SERIALIZER_FAILED',
    ],
    [
      'its headers are invalid',
      ({ producer }) =>
        producer.send({ topic: 't', value: 'a', headers: 7 as never }).catch(() => {}),
      'send t INVALID_RECORD',
    ],
    [
      'its signal is aborted',
      ({ producer }) => {
        const aborted = new AbortController()
        const sent = producer.send({ topic: 'absent', value: 'a' }, { signal: aborted.signal })
        aborted.abort()
        return sent.catch(() => {})
      },
      'send absent DISCARDED',
    ],
    [
      'the producer closes at once',
      async ({ producer }) => {
        const sent = producer.send({ topic: 't', value: 'a' }).catch(() => {})
        await producer.close({ timeout: 0 })
        await sent
      },
      'send t CLOSED',
    ],
    [
      'its stream is unsubscribed while it waits',
      async ({ producer, cluster, open }) => {
        const source = new Subject<ProducerRecord>()
        const results = listen(source.pipe(toKafkaSettled(producer)))
        source.next({ topic: 'absent', value: 'a' })
        await requested(cluster, 'Metadata')
        results.subscription.unsubscribe()
        await until(() => open() === 0)
      },
      'send absent DISCARDED',
    ],
  ])('ends when %s', async (_, act, ending) => {
    const one = await stage({}, { config: { ...lingering, 'max.block.ms': 60_000 } })
    await act(one)
    expect([one.spans().map(told), one.open(), one.failures]).toEqual([[ending], 0, []])
  })
})

describe('an object that is sent several times at once', () => {
  it('has a span each time, with the offset of the record that carries its context', async () => {
    const { cluster, producer, spans, open } = await stage(
      {},
      { config: { 'partitioner.class': alternating() } },
    )
    const record = { topic: 'wide', value: 'same' }
    const results = listen(from([record, record, record, record]).pipe(toKafkaSettled(producer)))
    expect(await results.ended).toBeNull()
    const inLog = new Map(
      (await cluster.records('wide')).map(({ partition, offset, headers }) => [
        `send wide ${partition}:${offset}`,
        `${headers.find(({ key }) => key === 'traceparent')?.value}`,
      ]),
    )
    expect(inLog.size).toBe(4)
    for (const span of spans()) {
      expect(inLog.get(told(span))).toBe(traceparentOf(span.spanContext()))
    }
    expect([spans().length, open()]).toEqual([4, 0])
  })
})

describe('a failure in tracing', () => {
  const broken = () => {
    throw new Error('broken')
  }

  it.each<[string, TracingOptions]>([
    ['attributes throw', { attributes: broken }],
    [
      'the propagator throws',
      { propagator: { inject: broken, extract: broken, fields: () => [] } },
    ],
    ['the tracer throws', { tracerProvider: { getTracer: broken } }],
  ])('loses no record and no span if %s', async (_, options) => {
    const { producer, open, failures } = await stage(options)
    expect(await producer.send({ topic: 't', value: 'a' })).toMatchObject({ offset: 0 })
    expect([open(), failures]).toEqual([0, []])
  })

  it.each(['a text', 7, null])(
    'leaves no span open for %j, which is not a record',
    async (thing) => {
      const { producer, open } = await stage()
      await expect(producer.send(thing as never)).rejects.toMatchObject({ code: 'INVALID_RECORD' })
      expect(open()).toBe(0)
    },
  )

  it('works with an earlier interceptor that returns another record', async () => {
    const before = { onSend: (record: ProducerRecord) => ({ ...record, value: 'other' }) }
    const { producer, spans, open } = await stage({}, { before })
    await producer.send({ topic: 't', value: 'a' })
    expect([spans().map(told), open()]).toEqual([['send t 0:0'], 0])
  })

  it('does not affect sending if there is no SDK', async () => {
    const { producer, landed } = await stage({ tracerProvider: trace.getTracerProvider() })
    await producer.send({ topic: 't', value: 'a' })
    expect(await landed()).toEqual([{}])
  })
})

/** Uses partitions 0 and 1 in turn. */
function alternating() {
  let next = 0
  return () => next++ % 2
}
