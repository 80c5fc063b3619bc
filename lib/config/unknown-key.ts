// What to say of a key that is not Kafka's: whose it is, what Kafka calls it, or which key was
// probably meant. Its value is never shown, for nobody knows whether it is a secret.

import { ConfigError } from '../errors/config-error.ts'
import { foreignKeys } from './foreign-keys.ts'
import { keyNames } from './keys.ts'

/** The error for a key that is not in the table. */
export function unknownKey(key: string): ConfigError {
  const message = `'${key}' is not a setting of a Kafka producer${hint(key)}`
  return new ConfigError('UNKNOWN_KEY', message, { key, allowed: "Kafka's own keys" })
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
