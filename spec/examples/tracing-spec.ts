import { from, Subject, tap } from 'rxjs'
import { type ProducerRecord, toKafka, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { newTrace, type Span, type Traced, traces, tracing } from '../../examples/tracing.ts'
import { listen, producerFor, records, startCluster } from '../support/scenario.ts'

async function stage() {
  const spans: Span[] = []
  const cluster = await startCluster()
  const config = { 'interceptor.classes': [tracing((span) => spans.push(span))] }
  const producer = producerFor(cluster, config)
  /** The headers that landed, as text, in log order. */
  const landed = async () =>
    (await cluster.records('t')).map(({ headers }) =>
      Object.fromEntries(headers.map(({ key, value }) => [key, `${value}`])),
    )
  return { spans, cluster, producer, landed }
}

describe('tracing', () => {
  it('puts a traceparent of the running trace on each record, and ends its span with its place', async () => {
    const { spans, producer, landed } = await stage()
    const requests = [newTrace(), newTrace()]

    await Promise.all(
      requests.map((request) =>
        traces.run(request, async () => {
          await new Promise(setImmediate)
          await producer.send({ topic: 't', value: 'a' })
          await producer.send({ topic: 't', value: 'b' })
        }),
      ),
    )

    const headers = (await landed()).map(({ traceparent }) => traceparent)
    expect(new Set(headers).size).toBe(4)
    for (const { traceId, spanId } of requests) {
      const mine = spans.filter((span) => span.traceId === traceId)
      expect(mine.map(({ parentId, error }) => [parentId, error])).toEqual([
        [spanId, null],
        [spanId, null],
      ])
      for (const span of mine) {
        expect(headers[span.place!.offset]).toBe(`00-${traceId}-${span.spanId}-01`)
        expect(span.endedAt).toBeGreaterThanOrEqual(span.startedAt)
      }
    }
    expect(headers[0]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })

  it.each<[string, ProducerRecord['headers']]>([
    [
      'a list',
      [
        { key: 'h', value: 'v' },
        { key: 'traceparent', value: 'old' },
      ],
    ],
    ['an object', { h: 'v', traceparent: 'old' }],
    [
      'a Map',
      new Map([
        ['h', 'v'],
        ['traceparent', 'old'],
      ]),
    ],
  ])(
    'keeps other headers, in the form of %s, and the record as it was given',
    async (_, headers) => {
      const { spans, producer, landed } = await stage()
      const record = { topic: 't', value: 'a', headers }
      const before = structuredClone(record)

      const metadata = await producer.send(record)

      expect(metadata.record).toBe(record)
      expect(record).toEqual(before)
      const [{ traceId, spanId, parentId }] = spans as [Span]
      expect(await landed()).toEqual([{ h: 'v', traceparent: `00-${traceId}-${spanId}-01` }])
      expect(parentId).toBeNull()
    },
  )

  it('ends the span of a record that fails, by its code, and one for each time it was given', async () => {
    const { spans, cluster, producer } = await stage()
    cluster.on('Produce', { nth: 1 }).reply('INVALID_RECORD')
    await producer.send({ topic: 't', value: 'bad' }).catch(() => {})
    const [record] = records(['twice'])
    const delivered = listen(from([record!, record!]).pipe(toKafkaSettled(producer)))
    expect(await delivered.ended).toBeNull()
    expect(spans.map(({ error, place }) => error ?? place?.offset)).toEqual([
      'INVALID_RECORD',
      0,
      1,
    ])
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(3)
  })

  it('takes the trace that a record has with it, as what leads from result to record needs', async () => {
    const { spans, producer } = await stage()
    const [first, second] = [newTrace(), newTrace()]
    const source = new Subject<ProducerRecord<string, string> & Traced>()
    const delivered = listen(
      source.pipe(
        toKafka(producer),
        tap(({ record }) => {
          if (record.value === 'a') source.next({ topic: 't', value: 'b', trace: second })
          else source.complete()
        }),
      ),
    )
    traces.run(first, () => source.next({ topic: 't', value: 'a' }))
    expect(await delivered.ended).toBeNull()
    expect(spans.map(({ traceId }) => traceId)).toEqual([first.traceId, second.traceId])
  })
})
