// The settings that hold the user's own code: serializers, a partitioner, interceptors, a mechanism. Each
// parser returns null for an invalid value, and its caller makes the error.

import type { MetricsReporter } from '../metrics/reporters.ts'
import type { Interceptor } from '../model.ts'
import type { Partitioner } from '../partitioners/partitioner.ts'
import { roundRobin } from '../partitioners/round-robin.ts'
import type { Mechanism } from '../security/security.ts'
import type { TokenSource } from '../security/tokens.ts'
import type { Serializer } from '../serialization/serializer.ts'
import { serializers } from '../serialization/serializers.ts'

/** Apache's serializer classes with an equivalent here, by their full names. */
export type SerializerClass = `org.apache.kafka.common.serialization.${
  | 'String'
  | 'ByteArray'
  | 'ByteBuffer'
  | 'Bytes'
  | 'Short'
  | 'Integer'
  | 'Long'
  | 'Float'
  | 'Double'
  | 'UUID'
  | 'Void'}Serializer`

/** The equivalents return the same bytes as those classes, so Java's properties files work. */
const twins: Readonly<Record<SerializerClass, Serializer<never>>> = {
  'org.apache.kafka.common.serialization.StringSerializer': serializers.string,
  'org.apache.kafka.common.serialization.ByteArraySerializer': serializers.bytes,
  'org.apache.kafka.common.serialization.ByteBufferSerializer': serializers.bytes,
  'org.apache.kafka.common.serialization.BytesSerializer': serializers.bytes,
  'org.apache.kafka.common.serialization.ShortSerializer': serializers.int16,
  'org.apache.kafka.common.serialization.IntegerSerializer': serializers.int32,
  'org.apache.kafka.common.serialization.LongSerializer': serializers.int64,
  'org.apache.kafka.common.serialization.FloatSerializer': serializers.float32,
  'org.apache.kafka.common.serialization.DoubleSerializer': serializers.float64,
  'org.apache.kafka.common.serialization.UUIDSerializer': serializers.uuid,
  'org.apache.kafka.common.serialization.VoidSerializer': serializers.void,
}

/** A function, or the equivalent of a class of Apache's that is named in full. */
export function parseSerializer(value: unknown): Serializer | null {
  if (typeof value === 'function') return value as Serializer
  const name = typeof value === 'string' ? value.trim() : ''
  return Object.hasOwn(twins, name) ? (twins[name as SerializerClass] as Serializer) : null
}

/** Apache's partitioner class with an equivalent here, by its full name. */
export type PartitionerClass = 'org.apache.kafka.clients.producer.RoundRobinPartitioner'

const roundRobinClass: PartitionerClass = 'org.apache.kafka.clients.producer.RoundRobinPartitioner'

/**
 * A function, an object with a function `partition`, or the equivalent of Apache's class; undefined for an
 * empty string, which means the built-in choice.
 */
export function parsePartitioner(value: unknown): Partitioner | null | undefined {
  if (typeof value === 'function') return value as Partitioner
  if (typeof value === 'string') return partitionerNamed(value.trim())
  const owner = value as { partition?: unknown } | null
  if (typeof owner !== 'object' || typeof owner?.partition !== 'function') return null
  return (record, topic) => (owner as { partition: Partitioner }).partition(record, topic)
}

function partitionerNamed(name: string): Partitioner | null | undefined {
  if (name === '') return undefined
  return name === roundRobinClass ? (roundRobin() as Partitioner) : null
}

/** A further sentence about a class without an equivalent here; empty if there is none. */
export function aboutClass(value: unknown): string {
  const name = typeof value === 'string' ? value.trim() : ''
  const known = Object.keys(aboutClasses).find((part) => name.includes(part))
  return known === undefined ? '' : ` (${aboutClasses[known]})`
}

const registry = "examples/schema-registry.ts shows a serializer for a registry's schemas"
const aboutClasses: Readonly<Record<string, string>> = {
  DefaultPartitioner: 'leave the key out: it is what this producer does without one',
  UniformStickyPartitioner: 'set partitioner.ignore.keys to true instead',
  'io.confluent.kafka.serializers': registry,
  'io.apicurio.registry': registry,
  JsonSerializer: 'serializers.json does the same',
  Reporter: 'Java classes cannot be loaded here: give an object, or call metrics()',
}

/** An array of objects with at least one of the two methods. An empty string is an empty array. */
export function parseInterceptors(value: unknown): readonly Interceptor[] | null {
  if (typeof value === 'string' && value.trim() === '') return []
  return Array.isArray(value) && value.every(isInterceptor) ? value : null
}

function isInterceptor(value: unknown): value is Interceptor {
  if (typeof value !== 'object' || value === null) return false
  const { onSend, onAcknowledgement } = value as Record<keyof Interceptor, unknown>
  const given = [onSend, onAcknowledgement].filter((method) => method !== undefined)
  return given.length > 0 && given.every((method) => typeof method === 'function')
}

/** Java's default, which shows metrics in the tools of its virtual machine. */
const jmxReporter = 'org.apache.kafka.common.metrics.JmxReporter'

/** An array of objects with at least `metricChange`; JmxReporter is ignored, wherever it stands. */
export function parseReporters(value: unknown): readonly MetricsReporter[] | null {
  const given = typeof value === 'string' ? value.split(',') : value
  if (!Array.isArray(given)) return null
  const names = (each: unknown) =>
    typeof each === 'string' && [jmxReporter, ''].includes(each.trim())
  const reporters: unknown[] = given.filter((each) => !names(each))
  return reporters.every(isReporter) ? reporters : null
}

function isReporter(value: unknown): value is MetricsReporter {
  if (typeof value !== 'object' || value === null) return false
  const { init, metricChange, metricRemoval, close } = value as Record<
    keyof MetricsReporter,
    unknown
  >
  const others = [init, metricRemoval, close].filter((method) => method !== undefined)
  return [metricChange, ...others].every((method) => typeof method === 'function')
}

/** The name of a mechanism, or an object that is a mechanism: what of it does not change is copied. */
export function parseMechanism(value: unknown): string | Mechanism | null {
  if (typeof value === 'string') return value.trim() === '' ? null : value.trim()
  if (typeof value !== 'object' || value === null) return null
  const given = value as Readonly<Record<keyof Mechanism, unknown>>
  const { name, begin, patienceMs = 0 } = given
  const isNamed = typeof name === 'string' && /^[A-Z0-9_-]{1,100}$/.test(name)
  const isPatient = typeof patienceMs === 'number' && patienceMs >= 0
  if (!isNamed || !isPatient || typeof begin !== 'function') return null
  return { name, patienceMs, begin: (context) => (value as Mechanism).begin(context) }
}

/** Java's own handlers, by all their names: they read `sasl.oauthbearer.*`. */
const tokenHandler =
  /^org\.apache\.kafka\.common\.security\.oauthbearer\.(secured\.)?OAuthBearerLoginCallbackHandler$/

/** A function that returns tokens, or the name of Java's own handler. */
export function parseTokens(value: unknown): string | TokenSource | null {
  if (typeof value === 'function') return value as TokenSource
  return typeof value === 'string' && tokenHandler.test(value.trim()) ? value.trim() : null
}
