// The words for settings in errors and on the reference page: values, and what would have been accepted.
// Never a secret.

import { cut, kindOf, quoted } from '../errors/quoted.ts'
import type { Key, KeyType, Plain } from './key.ts'

const units = { milliseconds: 'ms', seconds: 's', bytes: 'bytes' } as const

/** A value as shown in an error; never that of a password. */
export function shown(key: Key, value: unknown): string {
  return isHidden(key) ? '[hidden]' : plain(value)
}

/**
 * The `value` of an error, which may be printed: never that of a password, and only the type of a user's
 * object, which may hold anything.
 */
export function kept(key: Key, value: unknown): unknown {
  return isHidden(key) ? '[hidden]' : printable(value)
}

function isHidden({ type }: Key): boolean {
  return type === 'password' || type === 'secret'
}

/** The same for a setting that cannot be a password. */
export function printable(value: unknown): unknown {
  if (typeof value === 'string') return withoutLogin(value)
  if (isList(value)) return value.map(withoutLogin)
  return Object(value) === value ? kindOf(value) : value
}

function plain(value: unknown): string {
  if (isList(value)) return `[${cut(value.map(withoutLogin).join(', '))}]`
  return quoted(typeof value === 'string' ? withoutLogin(value) : value)
}

/** What a key accepts, as words: `an integer, 0 … 2147483647 (ms)`. */
export function allowed(key: Key): string {
  const unit = key.unit === undefined ? '' : ` (${units[key.unit]})`
  return `${accepted(key)}${unit}${key.default === null && !key.filled ? ', or null' : ''}`
}

function accepted(key: Key): string {
  switch (key.type) {
    case 'boolean':
      return 'true or false'
    case 'short':
    case 'int':
    case 'long':
      return `an integer${range(key)}`
    case 'double':
      return `a number${range(key)}`
    case 'enum':
      return `one of ${key.words?.join(', ')}${key.anyCase ? ' (in any case)' : ''}`
    case 'list':
      return 'a list: strings in an array, or one string with commas'
    case 'string':
    case 'password':
      return 'a string'
    case 'secret':
      return 'a non-empty string, or a function that returns one or a promise of one'
    case 'mechanism':
      return 'the name of a mechanism, or an object { name, begin(context), patienceMs? } with a name in capitals, and patienceMs 0 or more'
    case 'tokens':
      return 'a function that returns a token or a promise of one, or the full name of OAuthBearerLoginCallbackHandler'
    case 'tlsFactory':
      return 'a function ({ host, port }) => options of tls.connect, or a tls.SecureContext'
    case 'serializer':
      return "a function (data, context) => bytes, or the full name of one of Apache's serializers"
    case 'partitioner':
      return (
        'a function (record, topic) => partition, an object with it as method partition, ' +
        "or the full name of Apache's RoundRobinPartitioner"
      )
    case 'reporters':
      return 'an array of objects with a method metricChange'
    case 'interceptors':
      return 'an array of objects with methods onSend, onAcknowledgement, or both'
  }
}

const widest: Partial<Record<KeyType, number>> = { short: 32767, int: 2147483647 }

function range({ type, min, max = widest[type], also }: Key): string {
  const extra = also === undefined ? '' : ` or ${also}`
  if (min === undefined) return ''
  return max === undefined ? `, ${min} or more${extra}` : `, ${min} … ${max}${extra}`
}

/** The remark about a value in quotes, as in a shell or YAML: they are part of the value. */
export function quotesAround(value: unknown): string {
  const isQuoted = typeof value === 'string' && /^\s*(["']).*\1\s*$/s.test(value)
  return isQuoted ? '; remove the quotes around it, which are part of the value' : ''
}

/** A default as written in a configuration. */
export function written(value: Plain): string {
  if (value === '') return "''"
  if (typeof value !== 'object' || value === null) return `${value}`
  return value.length === 0 ? '[]' : value.join(',')
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/**
 * `https://[hidden]@host` for an address with credentials. A password may contain any character, including
 * `/` and `@`, so everything up to the last `@` is hidden.
 */
export function withoutLogin(text: string): string {
  return text.replace(/^([a-z][a-z0-9+_.-]*:\/\/)?.*@/is, '$1[hidden]@')
}
