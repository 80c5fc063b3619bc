// Reads Java's .properties format into a configuration, as java.util.Properties does. resolveConfig checks
// names and values.

import { ConfigError } from '../errors/config-error.ts'
import { isKeyName } from './keys.ts'
import type { ProducerConfig } from './producer-config.ts'

/** Options of {@link fromProperties}. */
export interface FromPropertiesOptions {
  /**
   * Selects the keys of a producer inside another program's file: `producer.` for Kafka Connect and Kafka
   * Streams, `producer.override.` for a connector, `spring.kafka.producer.properties` for Spring. Keys with
   * this prefix are read without it (and without a dot or brackets that follow) and take precedence. A
   * producer's keys without the prefix are read as well, and other keys are ignored. Default: no prefix, and
   * all keys are read.
   */
  readonly prefix?: string | undefined
}

/**
 * Reads the configuration in a Java `.properties` file: one `key=value`, `key: value` or `key value` per
 * line, comments with `#` or `!`, and a backslash to continue a line or to escape a character. If a key
 * is repeated, the last one counts. All values are strings, which the producer converts. A byte order
 * mark at the start is ignored.
 *
 * @throws {@link ConfigError} for a `\u` without four hexadecimal digits, as in Java
 */
export function fromProperties(
  text: string,
  { prefix = '' }: FromPropertiesOptions = {},
): ProducerConfig {
  const entries = new Map(logicalLines(text.replace(/^\uFEFF/, '')).map(entryOf))
  const taken = prefix === '' ? entries : ofOne(entries, prefix)
  return Object.fromEntries(taken) as unknown as ProducerConfig
}

function ofOne(entries: ReadonlyMap<string, string>, prefix: string): ReadonlyMap<string, string> {
  const all = [...entries]
  const shared = all.filter(([key]) => isKeyName(key) || key.startsWith('config.providers.'))
  const own = all.filter(([key]) => key.startsWith(prefix))
  return new Map([
    ...shared,
    ...own.map(([key, value]) => [bare(key.slice(prefix.length)), value] as const),
  ])
}

/** Spring puts a key after its `properties` in brackets, or after a dot. */
function bare(rest: string): string {
  return /^\[(.+)\]$/.exec(rest)?.[1] ?? rest.replace(/^\./, '')
}

const comment = /^[ \t\f]*[#!]/
const blank = /^[ \t\f]*$/

/** Lines joined where they end in an odd number of backslashes; comments and blank lines left out. */
function logicalLines(text: string): readonly string[] {
  const lines: string[] = []
  let begun: string | null = null
  const natural = text.split(/\r\n|\r|\n/)
  if (natural.at(-1) === '') natural.pop() // after the last line break
  for (const line of natural) {
    // A line with only a backslash lets the next line be a comment, which ends it.
    if (!begun && comment.test(line)) {
      begun = null
      continue
    }
    const joined: string = (begun ?? '') + line.replace(/^[ \t\f]+/, '')
    const backslashes = /\\*$/.exec(joined)?.[0].length ?? 0
    const continues = backslashes % 2 === 1
    begun = continues ? joined.slice(0, -1) : null
    if (!continues && !blank.test(joined)) lines.push(joined)
  }
  if (begun) lines.push(begun)
  return lines
}

/** The key ends at the first `=`, `:` or white space without a backslash before it. */
function entryOf(line: string): readonly [string, string] {
  const key = /^(?:\\.|[^\\=: \t\f])*/s.exec(line)?.[0] ?? ''
  const value = line.slice(key.length).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '')
  return [unescaped(key), unescaped(value)]
}

const letters: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, hex?: string, letter?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    if (letter === 'u') throw malformed()
    return letters[letter ?? ''] ?? letter ?? ''
  })
}

function malformed(): ConfigError {
  const message = 'a properties file has \\u without four hexadecimal digits after it'
  return new ConfigError('INVALID_VALUE', message, { key: '', allowed: '\\uXXXX' })
}
