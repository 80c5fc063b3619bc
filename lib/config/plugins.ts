// The settings that hold the user's own code: serializers, a partitioner, interceptors. Each parser
// gives null for what it is not, and its caller makes the error.

import type { Interceptor } from '../model.ts'
import type { Partitioner } from '../partitioners/partitioner.ts'
import type { Serializer } from '../serialization/serializer.ts'
import { serializers } from '../serialization/serializers.ts'

/** Apache's serializer classes whose bytes ours equal, so that a properties file of Java's works. */
const twins = {
  StringSerializer: serializers.string,
  ByteArraySerializer: serializers.bytes,
  ByteBufferSerializer: serializers.bytes,
  BytesSerializer: serializers.bytes,
  ShortSerializer: serializers.int16,
  IntegerSerializer: serializers.int32,
  LongSerializer: serializers.int64,
  FloatSerializer: serializers.float32,
  DoubleSerializer: serializers.float64,
  UUIDSerializer: serializers.uuid,
  VoidSerializer: serializers.void,
} as const
const home = 'org.apache.kafka.common.serialization.'

/** A function, or the twin of a class of Apache's that is named in full. */
export function parseSerializer(value: unknown): Serializer | null {
  if (typeof value === 'function') return value as Serializer
  if (typeof value !== 'string') return null
  const name = value.trim()
  const simple = name.slice(home.length)
  if (!name.startsWith(home) || !Object.hasOwn(twins, simple)) return null
  return twins[simple as keyof typeof twins] as Serializer
}

/** A function, or an object whose method `partition` is one. */
export function parsePartitioner(value: unknown): Partitioner | null {
  if (typeof value === 'function') return value as Partitioner
  const owner = value as { partition?: unknown } | null
  if (typeof owner !== 'object' || typeof owner?.partition !== 'function') return null
  return (record, topic) => (owner as { partition: Partitioner }).partition(record, topic)
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
