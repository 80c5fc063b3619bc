// A span for each record, from `send()` or `next` to its result: an interceptor.
//
// Invariant: an open span belongs to a record without a result. It is kept weakly by the record object, and
// each record has one result, whatever happens to it. Exceptions of a tracer, a propagator or an option are
// caught: the record continues without what has failed.

import {
  type Attributes,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import type { Header, Interceptor, ProducerRecord, RecordMetadata } from '../model.ts'
import { type Carried, carries, headersGetter, withCarried } from './carried-headers.ts'
import {
  clientIdentity,
  conventionOf,
  errorType,
  errorTypeOf,
  type Names,
  partitionId,
  type Semconv,
  scope,
  sendingTo,
} from './convention.ts'

/** Options of {@link tracing}. */
export interface TracingOptions {
  /**
   * The tracer provider.
   *
   * @defaultValue the global one when a record is sent
   */
  readonly tracerProvider?: TracerProvider | undefined
  /**
   * The propagator, which writes a span's context into the headers.
   *
   * @defaultValue the global one when a record is sent
   */
  readonly propagator?: TextMapPropagator | undefined
  /**
   * The `messaging.client.id` of the spans. Set it to the producer's `client.id`, which an interceptor cannot see.
   *
   * @defaultValue none
   */
  readonly clientId?: string | undefined
  /**
   * The version of the semantic conventions whose names are used. Before 1.45 `messaging.system.name` was
   * `messaging.system`, and `kafka.offset` was `messaging.kafka.offset`.
   *
   * @defaultValue `'1.45'`
   */
  readonly semconv?: Semconv | undefined
  /** Returns more attributes for the span of a record. If it throws, the span has none of them. */
  readonly attributes?: ((record: ProducerRecord) => Attributes) | undefined
}

/** A span that waits for its record's result, and what its record has in its headers. */
interface Open {
  readonly span: Span
  readonly carried: Carried
}

/**
 * Returns an interceptor that makes a `send` span for each record (`PRODUCER`, child of the active context), puts
 * its context into the record's headers, and ends it with the record's result: partition and offset, or the error.
 *
 * A record whose headers have a context already keeps it, as the conventions ask for; the span links to that.
 * A record that fails, is withdrawn or discarded, or that `close()` gives up ends its span with `error.type`.
 *
 * @example
 * ```ts
 * import { tracing } from 'to-kafka/opentelemetry'
 *
 * new KafkaProducer({ 'bootstrap.servers': 'localhost:9092', 'interceptor.classes': [tracing()] })
 * ```
 */
export function tracing(options: TracingOptions = {}): Interceptor {
  const { names, schemaUrl } = conventionOf(options.semconv ?? '1.45')
  const tracing = { ...options, names, schemaUrl }
  // A list, because the same object may be sent again before its first result.
  const open = new WeakMap<object, Open[]>()
  return {
    onSend(record, given = record) {
      if (!isObject(given)) return record // no record: the producer says so, and a span could not be kept
      const begun = begin(record, tracing)
      if (begun === null) return record
      const others = open.get(given)
      if (others === undefined) open.set(given, [begun])
      else others.push(begun)
      return sentWith(record, begun.carried)
    },

    onAcknowledgement(metadata, error, headers) {
      const waiting = open.get(metadata.record)
      if (waiting === undefined) return
      const one = taken(waiting, headers)
      if (waiting.length === 0) open.delete(metadata.record)
      if (one !== undefined) end(one.span, metadata, error, names)
    },
  }
}

function isObject(thing: unknown): boolean {
  return (typeof thing === 'object' && thing !== null) || typeof thing === 'function'
}

interface Tracing extends TracingOptions {
  readonly names: Names
  readonly schemaUrl: string
}

function begin(record: ProducerRecord, options: Tracing): Open | null {
  const { propagator = propagation } = options
  let span: Span | null = null
  try {
    const own = creationContextOf(record, propagator)
    span = tracerOf(options).startSpan(`send ${record.topic}`, {
      kind: SpanKind.PRODUCER,
      attributes: attributesOf(record, options),
      links: own,
    })
    const carried: Record<string, string> = {}
    if (own.length === 0) {
      propagator.inject(trace.setSpan(context.active(), span), carried, {
        set: (_, name, value) => {
          carried[name] = value
        },
      })
    }
    return { span, carried }
  } catch {
    return span === null ? null : { span, carried: {} }
  }
}

function tracerOf({ tracerProvider = trace.getTracerProvider(), schemaUrl }: Tracing): Tracer {
  return tracerProvider.getTracer(scope, undefined, { schemaUrl })
}

/** The context in a record's own headers. */
function creationContextOf(
  { headers }: ProducerRecord,
  propagator: Pick<TextMapPropagator, 'extract'>,
): Link[] {
  if (headers === null || headers === undefined) return []
  const found = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, headers, headersGetter))
  return found === undefined ? [] : [{ context: found }]
}

function attributesOf(
  record: ProducerRecord,
  { clientId, attributes, names }: Tracing,
): Attributes {
  const { topic, partition, key, value } = record
  const all: Attributes = sendingTo(topic, names)
  if (clientId !== undefined) all[clientIdentity] = clientId
  if (typeof partition === 'number') all[partitionId] = `${partition}`
  if (hasText(key)) all[names.key] = `${key}`
  if (value === null) all[names.tombstone] = true
  try {
    return { ...all, ...attributes?.(record) }
  } catch {
    return all
  }
}

/** Whether a key has a unique text, which bytes and objects do not. */
function hasText(key: unknown): key is string | number | bigint | boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof key)
}

function sentWith(record: ProducerRecord, carried: Carried): ProducerRecord {
  if (Object.keys(carried).length === 0) return record
  try {
    return { ...record, headers: withCarried(record.headers, carried) }
  } catch {
    return record // its headers cannot be read: the serializer will say so
  }
}

/** Removes from the list the span that the headers name, otherwise the oldest. */
function taken(waiting: Open[], headers: readonly Header[]): Open | undefined {
  const named =
    waiting.length > 1 ? waiting.findIndex(({ carried }) => carries(headers, carried)) : 0
  return waiting.splice(Math.max(named, 0), 1)[0]
}

function end(
  span: Span,
  { partition, offset }: RecordMetadata,
  error: Error | null,
  names: Names,
): void {
  try {
    if (partition >= 0) span.setAttribute(partitionId, `${partition}`)
    if (offset >= 0) span.setAttribute(names.offset, offset)
    if (error !== null) {
      span.setAttribute(errorType, errorTypeOf(error))
      span.recordException(error)
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
    }
  } catch {} // the span ends anyway
  try {
    span.end()
  } catch {} // a span processor has failed, which its owner has to report
}
