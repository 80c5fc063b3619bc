// Parses one value of a configuration according to its key: as a JavaScript value, or as text from a
// properties file. Throws a ConfigError with the key, the value and what would be accepted.

import { ConfigError, type ConfigErrorCode } from '../errors/config-error.ts'
import type { Key, Plain } from './key.ts'
import {
  aboutClass,
  parseInterceptors,
  parseMechanism,
  parsePartitioner,
  parseReporters,
  parseSerializer,
  parseTokens,
} from './plugins.ts'
import { allowed, kept, quotesAround, shown, written } from './words.ts'

/** The parsed value of one key, within bounds, and of a supported feature. */
export function parseValue(name: string, key: Key, value: unknown): unknown {
  const parsed = parse(name, key, value)
  if (key.refused !== undefined) refuseUnbuilt(name, key, value, parsed as Plain)
  return parsed
}

function parse(name: string, key: Key, value: unknown): unknown {
  if (value === null && key.default === null && !key.filled) return null
  switch (key.type) {
    case 'boolean':
      return parseBoolean(name, key, value)
    case 'short':
    case 'int':
    case 'long':
      return inBounds(name, key, value, parseInteger(name, key, value))
    case 'double':
      return inBounds(name, key, value, parseDouble(name, key, value))
    case 'enum':
      return parseWord(name, key, value)
    case 'list':
      return parseList(name, key, value)
    case 'string':
    case 'password':
      if (typeof value !== 'string') throw refusal('INVALID_VALUE', name, key, value)
      return value.trim()
    case 'secret':
      // Not trimmed: a password may begin with a space.
      if (typeof value === 'function' || (typeof value === 'string' && value !== '')) return value
      throw refusal('INVALID_VALUE', name, key, value)
    case 'mechanism':
      return parseMechanism(value) ?? fail(name, key, value)
    case 'tokens':
      return parseTokens(value) ?? fail(name, key, value)
    case 'tlsFactory':
      return typeof value === 'function' ? value : fail(name, key, value)
    case 'serializer':
      return parseSerializer(value) ?? fail(name, key, value)
    case 'partitioner':
      return ownPartitioner(name, key, value)
    case 'interceptors':
      return parseInterceptors(value) ?? fail(name, key, value)
    case 'reporters':
      return parseReporters(value) ?? fail(name, key, value)
  }
}

/** Null for the built-in choice. */
function ownPartitioner(name: string, key: Key, value: unknown): unknown {
  const parsed = parsePartitioner(value)
  return parsed === null ? fail(name, key, value) : (parsed ?? null)
}

function parseBoolean(name: string, key: Key, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  const word = typeof value === 'string' ? value.trim().toLowerCase() : ''
  if (word !== 'true' && word !== 'false') throw refusal('INVALID_VALUE', name, key, value)
  return word === 'true'
}

const bits = { short: 16n, int: 32n, long: 64n } as const

/** Integers of Java's widths. A long beyond 2^53 counts as 2^53-1: all of them mean "forever". */
function parseInteger(name: string, key: Key, value: unknown): number {
  const text = typeof value === 'string' ? value.trim() : Number.isSafeInteger(value) && `${value}`
  if (text === false || !/^[+-]?\d+$/.test(text)) throw refusal('INVALID_VALUE', name, key, value)
  const integer = BigInt(text.replace('+', ''))
  const width = bits[key.type as keyof typeof bits]
  if (BigInt.asIntN(Number(width), integer) !== integer) {
    throw refusal('OUT_OF_RANGE', name, key, value)
  }
  const limit = Number.MAX_SAFE_INTEGER
  return Math.min(limit, Math.max(-limit, Number(integer)))
}

function parseDouble(name: string, key: Key, value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    throw refusal('INVALID_VALUE', name, key, value)
  }
  return number
}

function inBounds(name: string, key: Key, value: unknown, number: number): number {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, also } = key
  if (number !== also && (number < min || number > max)) {
    throw refusal('OUT_OF_RANGE', name, key, value)
  }
  return number
}

function parseWord(name: string, key: Key, value: unknown): string {
  const text = typeof value === 'number' ? `${value}` : value
  if (typeof text !== 'string') throw refusal('INVALID_VALUE', name, key, value)
  const word = text.trim()
  const fold = (other: string) => (key.anyCase ? other.toLowerCase() : other)
  const found = key.words?.find((other) => fold(other) === fold(word))
  if (found === undefined) throw refusal('INVALID_VALUE', name, key, value)
  return found
}

function parseList(name: string, key: Key, value: unknown): readonly string[] {
  const items = typeof value === 'string' ? value.trim().split(/\s*,\s*/) : value
  if (!Array.isArray(items) || items.some((item) => typeof item !== 'string')) {
    throw refusal('INVALID_VALUE', name, key, value)
  }
  const list = items.length === 1 && items[0] === '' ? [] : (items as string[])
  if (list.some((item) => item.trim() === '')) {
    const message = `${name} has an empty entry: it must be ${allowed(key)}`
    throw new ConfigError('INVALID_VALUE', message, { key: name, allowed: allowed(key) })
  }
  return list.map((item) => item.trim())
}

function refuseUnbuilt(name: string, key: Key, value: unknown, parsed: Plain): void {
  const built = key.built ?? [key.default]
  if (built.some((other) => written(other) === written(parsed))) return
  const accepts = built.map(written).join(', ')
  const message = `${name}: ${shown(key, value)} is refused: ${key.refused} (accepted: ${accepts})`
  throw new ConfigError('NOT_SUPPORTED', message, facts(name, key, value, accepts))
}

function fail(name: string, key: Key, value: unknown): never {
  throw refusal('INVALID_VALUE', name, key, value)
}

function refusal(code: ConfigErrorCode, name: string, key: Key, value: unknown): ConfigError {
  const wrong = code === 'OUT_OF_RANGE' ? 'is out of range' : 'is not valid'
  const accepts = allowed(key)
  const more = `${aboutClass(value)}${quotesAround(value)}`
  const message = `${name}: ${shown(key, value)} ${wrong}: it must be ${accepts}${more}`
  return new ConfigError(code, message, facts(name, key, value, accepts))
}

function facts(name: string, key: Key, value: unknown, accepts: string) {
  return { key: name, value: kept(key, value), allowed: accepts }
}
