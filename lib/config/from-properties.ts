// Reads Java's .properties format into a configuration, as java.util.Properties does. Names and values
// are judged by resolveConfig.

import { ConfigError } from '../errors/config-error.ts'
import { isKeyName } from './keys.ts'
import type { ProducerConfig } from './producer-config.ts'

/** What {@link fromProperties} takes of a file. */
export interface FromPropertiesOptions {
  /**
   * The file is another program's, which has a producer in it: Kafka Connect's `producer.`, Kafka
   * Streams' `producer.`, a connector's `producer.override.`, Spring's `spring.kafka.producer.properties`.
   * Keys with this prefix are taken without it (and without a dot or brackets that follow), and win; a
   * producer's keys without it are taken too; the rest is left out. Default: none, and all keys are taken as
   * they are.
   */
  readonly prefix?: string | undefined
}

/**
 * The configuration in a Java `.properties` file: `key=value`, `key: value` or `key value` a line,
 * `#` and `!` for comments, a backslash to continue a line or to escape a character. Of a key that
 * comes twice the last counts. All values are strings; `resolveConfig` makes of them what they are. A byte
 * order mark before the first line is no part of it.
 *
 * @throws {@link ConfigError} for a `\u` without four hexadecimal digits, as Java does.
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

/** Spring puts a key behind its `properties` in brackets, or behind a dot. */
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
  if (natural.at(-1) === '') natural.pop() // it follows the last end of a line
  for (const line of natural) {
    // A line of nothing but a backslash leaves the next one free to be a comment, which ends it.
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

/** The key ends at the first `=`, `:` or white space that no backslash escapes. */
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
  const message = 'a properties file has a \\u that four hexadecimal digits do not follow'
  return new ConfigError('INVALID_VALUE', message, { key: '', allowed: '\\uXXXX' })
}
