// The names of OpenTelemetry's messaging conventions in use here, and what all signals have in common.
// 1.45.0 renamed the names specific to Kafka, and that of the system; most backends still expect the older
// ones.

import type { Attributes } from '@opentelemetry/api'

/** A version of OpenTelemetry's semantic conventions. */
export type Semconv = '1.45' | '1.44'

/** Names that depend on the version. */
export interface Names {
  readonly system: string
  readonly key: string
  readonly tombstone: string
  readonly offset: string
}

const namesOf: Readonly<Record<Semconv, Names>> = {
  '1.45': {
    system: 'messaging.system.name',
    key: 'kafka.message.key',
    tombstone: 'kafka.message.tombstone',
    offset: 'kafka.offset',
  },
  '1.44': {
    system: 'messaging.system',
    key: 'messaging.kafka.message.key',
    tombstone: 'messaging.kafka.message.tombstone',
    offset: 'messaging.kafka.offset',
  },
}

/** The name of tracers and meters. */
export const scope = 'to-kafka'

export const partitionId = 'messaging.destination.partition.id'
export const clientIdentity = 'messaging.client.id'
export const errorType = 'error.type'
export const sentMessages = 'messaging.client.sent.messages'
export const operationDuration = 'messaging.client.operation.duration'

/**
 * The names of a version, and the address of its schema.
 *
 * @throws `RangeError` for an unknown version
 */
export function conventionOf(version: Semconv): {
  readonly names: Names
  readonly schemaUrl: string
} {
  if (!Object.hasOwn(namesOf, version)) {
    const known = Object.keys(namesOf).map((one) => `'${one}'`)
    throw new RangeError(`semconv is ${JSON.stringify(version)}; it must be ${known.join(' or ')}`)
  }
  return { names: namesOf[version], schemaUrl: `https://opentelemetry.io/schemas/${version}.0` }
}

/** The attributes of a span or a measurement of sending to a topic. */
export function sendingTo(topic: string, { system }: Names): Attributes {
  return {
    [system]: 'kafka',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': topic,
  }
}

/** An error in few words: its code if it has one, otherwise its name. */
export function errorTypeOf(error: Error): string {
  const { code } = error as { readonly code?: unknown }
  if (typeof code === 'string' && code !== '') return code
  return error.name === '' ? '_OTHER' : error.name
}
