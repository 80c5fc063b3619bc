// A trace that goes on in Kafka: an interceptor gives each record a span of its own, puts it into the
// header `traceparent` (W3C Trace Context), and ends the span when the record's result is there. Whose
// trace it is comes from an AsyncLocalStorage, as in OpenTelemetry, which this needs nothing of.
// Run it: `npm start`, then `node build/examples/tracing.js`.

import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import {
  type Bytes,
  type Header,
  type Headers,
  type Interceptor,
  isKafkaError,
  KafkaProducer,
} from 'to-kafka'
import { MockCluster } from 'to-kafka/testing'

/** A place in a trace: 16 and 8 bytes, in hexadecimal. */
export interface TraceContext {
  readonly traceId: string
  readonly spanId: string
}

/** The sending of one record, from `send()` or `next` to its result. */
export interface Span extends TraceContext {
  readonly parentId: string | null
  readonly topic: string
  readonly startedAt: number
  readonly endedAt: number
  /** Where the record is; null where it failed. */
  readonly place: { readonly partition: number; readonly offset: number } | null
  /** Why it failed. */
  readonly error: string | null
}

/** The trace that the running code belongs to: `traces.run(context, () => …)`. */
export const traces = new AsyncLocalStorage<TraceContext>()

/**
 * A record that has its trace with it: for one that is made in one context and sent in another, as behind
 * `mergeMap` or a queue.
 */
export interface Traced {
  readonly trace?: TraceContext
}

/** The beginning of a trace. */
export function newTrace(): TraceContext {
  return { traceId: hex(16), spanId: hex(8) }
}

/**
 * To be the first of `interceptor.classes`: it knows a record again by the object that was given.
 * `ended` gets each span once.
 */
export function tracing(ended: (span: Span) => void): Interceptor {
  type Begun = Pick<Span, 'traceId' | 'spanId' | 'parentId' | 'startedAt'>
  // A list, for the same object may be given again before its first result is there.
  const open = new WeakMap<object, Begun[]>()
  return {
    onSend(record) {
      const parent = (record as Traced).trace ?? traces.getStore()
      const traceId = parent?.traceId ?? hex(16)
      const span = { traceId, spanId: hex(8), parentId: parent?.spanId ?? null, startedAt: now() }
      const others = open.get(record)
      if (others === undefined) open.set(record, [span])
      else others.push(span)
      // Another record goes on, and the one that was given stays as it is.
      return { ...record, headers: withTrace(record.headers, span) }
    },

    onAcknowledgement({ topic, partition, offset, record }, error) {
      const span = open.get(record)?.shift()
      if (span === undefined) return // it was no record at all
      const place = error === null ? { partition, offset } : null
      const why = error === null ? null : isKafkaError(error) ? error.code : error.message
      ended({ ...span, topic, place, error: why, endedAt: now() })
    },
  }
}

const header = 'traceparent'

function withTrace(given: Headers | null | undefined, { traceId, spanId }: TraceContext): Headers {
  const value = `00-${traceId}-${spanId}-01`
  if (given && Symbol.iterator in given) {
    const list = Array.from<Header | Pair, Header>(given, (one) =>
      'key' in one ? one : { key: one[0], value: one[1] },
    )
    return [...list.filter(({ key }) => key !== header), { key: header, value }]
  }
  return { ...given, [header]: value }
}

type Pair = readonly [name: string, value: Bytes]

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}

function now(): number {
  return performance.now()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const cluster = await MockCluster.start({ topics: { orders: {} } })
  const producer = new KafkaProducer({
    'bootstrap.servers': cluster.bootstrapServers,
    'linger.ms': 0,
    'interceptor.classes': [
      tracing(({ traceId, spanId, parentId, place, error }) => {
        const end = place === null ? error : `at ${place.partition}:${place.offset}`
        console.log(`span ${spanId} of trace ${traceId}, under ${parentId}: ${end}`)
      }),
    ],
  })

  /** What a server does for each request: all that it calls is in the request's trace. */
  const handle = (id: string) =>
    traces.run(newTrace(), async () => {
      await new Promise(setImmediate) // it reads the request, asks a database
      await producer.send({
        topic: 'orders',
        key: id,
        value: 'created',
        headers: { source: 'web' },
      })
      await producer.send({ topic: 'orders', key: id, value: 'paid' })
    })
  await Promise.all(['o-1', 'o-2'].map(handle))
  await producer.close()

  for (const { keyText, valueText, headers } of await cluster.records('orders')) {
    console.log(keyText, valueText, headers.map(({ key, value }) => `${key}: ${value}`).join(', '))
  }
  await cluster.close()
}
