// Values in the format of Confluent's Schema Registry: a zero byte, the schema's id, then Avro (or Protobuf, or JSON). A
// serializer may return a promise, so any registry client works.

import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'
import type { Serializer } from 'to-kafka'

/**
 * Encodes with the latest schema of the subject `<topic>-key` or `<topic>-value`, as Java does by default. The
 * registry is asked once for each subject, and its answer is kept. If the registry cannot be asked, the record fails
 * with SERIALIZER_FAILED, and the next one asks again.
 */
export function registered<T>(registry: SchemaRegistry): Serializer<T | null> {
  const ids = new Map<string, Promise<number>>()

  function idOf(subject: string): Promise<number> {
    const known = ids.get(subject)
    if (known !== undefined) return known
    const id = registry.getLatestSchemaId(subject)
    ids.set(subject, id)
    id.catch(() => ids.delete(subject))
    return id
  }

  return async (data, { topic, isKey }) => {
    if (data === null) return null // a tombstone, or no key
    return registry.encode(await idOf(`${topic}-${isKey ? 'key' : 'value'}`), data)
  }
}

/** A configuration whose values use the registry. */
export function withRegistry(host: string) {
  return { 'value.serializer': registered(new SchemaRegistry({ host })) }
}

// orders$.pipe(
//   map((order) => ({ topic: 'orders', key: order.id, value: order })),
//   toKafka({ 'bootstrap.servers': 'localhost:9092', ...withRegistry('http://localhost:8081') }),
// )
