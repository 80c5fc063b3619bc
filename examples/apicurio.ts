// Values in the format of Apicurio Registry, identified by the id of their content. The id is either before the value
// (a zero, then 4 bytes, as Apicurio 3 and Confluent do by default, or 8 bytes, as in Apicurio 2), or in the headers.
// Apicurio has no serializer for JavaScript on npm, so this is one, for JSON or any other encoding.

import { type Header, KafkaProducer, type ProducerConfig, type Serializer } from 'to-kafka'

export interface Registry {
  /** Such as `http://localhost:8080/apis/registry/v3`. */
  readonly url: string
  /** The group of the artifacts; `default` without it. */
  readonly group?: string
  /** The number of bytes of the id before the value. */
  readonly idBytes?: 4 | 8
  /** Encodes a value with its schema, which is the registered text. */
  readonly encode: (value: unknown, schema: string) => Uint8Array
}

/** A registered schema, with the id of its content. */
interface Registered {
  readonly contentId: number
  readonly schema: string
}

/**
 * The latest version of each artifact `<topic>-key` or `<topic>-value`. The registry is asked once for each; after a
 * failure, the next record asks again.
 */
export function latestOf({ url, group = 'default' }: Registry) {
  const known = new Map<string, Promise<Registered>>()
  return (artifact: string): Promise<Registered> => {
    let registered = known.get(artifact)
    if (registered === undefined) {
      registered = ask(url, `groups/${group}/artifacts/${artifact}/versions/branch=latest`)
      registered.catch(() => known.delete(artifact))
      known.set(artifact, registered)
    }
    return registered
  }
}

async function ask(url: string, version: string): Promise<Registered> {
  const { contentId } = JSON.parse(await textOf(`${url}/${version}`)) as Registered
  return { contentId, schema: await textOf(`${url}/ids/contentIds/${contentId}`) }
}

async function textOf(url: string): Promise<string> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url}: the registry answers ${answer.status}`)
  return answer.text()
}

/** The id before the value. */
export function registered(registry: Registry): Serializer {
  const latest = latestOf(registry)
  const { idBytes = 4, encode } = registry
  return async (data, { topic, isKey }) => {
    if (data === null) return null // a tombstone, or no key
    const { contentId, schema } = await latest(`${topic}-${isKey ? 'key' : 'value'}`)
    const prefix = Buffer.alloc(1 + idBytes)
    if (idBytes === 4) prefix.writeInt32BE(contentId, 1)
    else prefix.writeBigInt64BE(BigInt(contentId), 1)
    return Buffer.concat([prefix, encode(data, schema)])
  }
}

/** The id in the headers, and nothing before the value. Headers are added before a record is sent. */
export function registeredRecords(registry: Registry) {
  const latest = latestOf(registry)
  return async (topic: string, value: unknown) => {
    const { contentId, schema } = await latest(`${topic}-value`)
    const id = Buffer.alloc(8)
    id.writeBigInt64BE(BigInt(contentId))
    const headers: readonly Header[] = [{ key: 'apicurio.value.contentId', value: id }]
    return { topic, value: registry.encode(value, schema), headers }
  }
}

/** A producer whose values use the registry. */
export function registeredProducer(config: ProducerConfig, registry: Registry): KafkaProducer {
  return new KafkaProducer({ ...config, 'value.serializer': registered(registry) })
}
