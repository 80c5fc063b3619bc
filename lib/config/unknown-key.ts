// What to say of a key that is not Kafka's: whose it is, what Kafka calls it, or which key was
// probably meant. Its value is never shown, for nobody knows whether it is a secret; nor is the key
// itself where it looks like none.

import { ConfigError } from '../errors/config-error.ts'
import { foreignKeys } from './foreign-keys.ts'
import { keyNames } from './keys.ts'

/** The error for a key that is not in the table. */
export function unknownKey(key: string): ConfigError {
  const meant = hint(key)
  // What is near a known key is no secret.
  const isShown = meant !== '' || looksLikeKey(key)
  const [name, rest] = isShown
    ? [`'${key}'`, meant]
    : [`a key of ${key.length} characters`, notShown]
  const message = `${name} is not a setting of a Kafka producer${rest}`
  const facts = { key: isShown ? key : '[hidden]', allowed: "Kafka's own keys" }
  return new ConfigError('UNKNOWN_KEY', message, facts)
}

const notShown =
  ' (it is not shown, for it looks like a value; in a properties file each line of a value but the ' +
  'last ends in a backslash)'

/**
 * Whether it is words, none of them longer than `maxInFlightRequestsPerConnection`. 1. Somebody pastes
 * a private key into a properties file, and forgets the backslashes. 2. Each of its lines, of 64
 * characters, is a key then.
 */
function looksLikeKey(key: string): boolean {
  return key.length <= 100 && /^[\w.-]*$/.test(key) && !/[A-Za-z0-9]{33}/.test(key)
}

function hint(key: string): string {
  const dotted = dots(key)
  const same = keyNames.find((name) => dots(name) === dotted)
  if (same !== undefined) return `: Kafka calls it '${same}'`
  const foreign = foreignKeys.find(([name]) => dots(name) === dotted)
  if (foreign !== undefined) {
    const [, ours, remark] = foreign
    if (ours === null) return `: ${remark}`
    return `: Kafka calls it '${ours}'${remark === undefined ? '' : `, ${remark}`}`
  }
  const near = nearMiss(dotted)
  return near === null ? '' : `: did you mean '${near}'?`
}

/** `lingerMs`, `linger_ms`, `spring.kafka.producer.linger-ms`: all are `linger.ms`. */
function dots(key: string): string {
  return key
    .replace(/^spring\.kafka\.(producer\.)?(properties\.)?/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1.$2')
    .toLowerCase()
    .replace(/[\s_-]/g, '.')
}

function nearMiss(key: string): string | null {
  let best: string | null = null
  let least = Math.min(4, Math.floor(key.length / 3) + 1)
  for (const name of keyNames) {
    // Each character that one has more than the other costs one, and a key may have any length.
    if (Math.abs(key.length - name.length) >= least) continue
    const distance = editDistance(key, name)
    if (distance >= least) continue
    best = name
    least = distance
  }
  return best
}

/** How many characters have to be put in, left out, replaced or swapped with a neighbour. */
export function editDistance(from: string, to: string): number {
  let before: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const line = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      let cost = Math.min(
        last[column]! + 1,
        line[column - 1]! + 1,
        last[column - 1]! + (same ? 0 : 1),
      )
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped && row > 1 && column > 1) cost = Math.min(cost, before[column - 2]! + 1)
      line.push(cost)
    }
    before = last
    last = line
  }
  return last[to.length]!
}
