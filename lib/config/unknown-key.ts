// The error for a key that is not Kafka's: which client has it, what Kafka calls it, or which key was
// probably meant. Its value is never shown, because it may be a secret; nor is the key itself, if it does
// not look like one.

import { ConfigError } from '../errors/config-error.ts'
import { suggestion } from '../errors/near-miss.ts'
import { foreignKeys } from './foreign-keys.ts'
import { type KeyName, keyNames } from './keys.ts'
import { consumerKeys, topicKeys } from './keys-elsewhere.ts'

/** The error for a key that is not in the table. */
export function unknownKey(key: string): ConfigError {
  const meant = hint(key)
  // A key that is similar to a known one is not a secret.
  const isShown = meant !== '' || looksLikeKey(key)
  const [name, rest] = isShown
    ? [`'${key}'`, meant]
    : [`a key of ${key.length} characters`, notShown]
  const message = `${name} is not a setting of a Kafka producer${rest}`
  const facts = { key: isShown ? key : '[hidden]', allowed: "Kafka's own keys" }
  return new ConfigError('UNKNOWN_KEY', message, facts)
}

const notShown =
  ' (it is not shown, because it looks like a value; in a properties file, every line of a value ' +
  'except the last must end in a backslash)'

/**
 * Whether it consists of words, none of them longer than `maxInFlightRequestsPerConnection`. 1. A private
 * key is pasted into a properties file, without the backslashes. 2. Each of its lines, of 64 characters, is
 * then a key.
 */
export function looksLikeKey(key: string): boolean {
  return key.length <= 100 && /^[\w.[\]-]*$/.test(key) && !/[A-Za-z0-9]{33}/.test(key)
}

function hint(key: string): string {
  const dotted = dots(key)
  const same = keySpelledLike(key)
  if (same !== undefined) return `: Kafka calls it '${same}'`
  const foreign = foreignKeys.find(([name]) => dots(name) === dotted)
  if (foreign !== undefined) {
    const [, ours, remark] = foreign
    if (ours === null) return `: ${remark}`
    return `: Kafka calls it '${ours}'${remark === undefined ? '' : `, ${remark}`}`
  }
  return kindredOf(dotted) ?? suggestion(dotted, keyNames)
}

/** The programs to which Kafka's other keys belong. */
function kindredOf(dotted: string): string | null {
  if (consumerKeys.has(dotted)) return ': it is a setting of consumers'
  if (topicKeys.has(dotted)) return ': it is a setting of topics'
  if (/^(schema\.registry|basic\.auth|bearer\.auth|apicurio\.registry)\./.test(dotted)) {
    return ': give it to your serializer'
  }
  return null
}

/** The key that a name means, in any spelling. */
export function keySpelledLike(name: string): KeyName | undefined {
  const dotted = dots(name)
  return keyNames.find((key) => dots(key) === dotted)
}

/** The prefixes of a producer's keys in the files of Spring, Connect, Streams, Debezium and Quarkus. */
const prefixes =
  /^((spring|debezium\.sink|mp\.messaging\.outgoing)\.)?(kafka\.)?(producer\.(override\.)?)?/

/** `lingerMs`, `linger_ms`, `spring.kafka.producer.linger-ms`: all are `linger.ms`. */
function dots(key: string): string {
  const bare = key.replace(prefixes, '')
  return (bare === 'type' ? key : bare) // `producer.type` was itself a key
    .replace(/^properties\[(.*)\]$/, '$1')
    .replace(/^properties\./, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1.$2')
    .toLowerCase()
    .replace(/[\s_-]/g, '.')
}
