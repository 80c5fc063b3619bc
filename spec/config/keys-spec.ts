import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Key } from '../../lib/config/key.ts'
import { type KeyName, keyNames, keys } from '../../lib/config/keys.ts'
import { parseValue } from '../../lib/config/parse.ts'
import { written } from '../../lib/config/words.ts'

interface JavaKey {
  readonly name: KeyName
  readonly type: string
  readonly default: string | null
  readonly validator: string | null
}

// Goal: the table is Apache's. Method: a comparison with what Apache's own ProducerConfig (4.4.0)
// lists, in a file that golden/JavaProducerConfig.java wrote.
const golden = new URL('./golden/java-producer-config.json', import.meta.url)
const java: readonly JavaKey[] = JSON.parse(readFileSync(golden, 'utf8'))

/** Keys for which Java has no bound although a negative duration would mean nothing. */
const narrower = ['socket.connection.setup.timeout.ms', 'socket.connection.setup.timeout.max.ms']

const plugins = ['key.serializer', 'value.serializer', 'interceptor.classes', 'partitioner.class']

describe('the table of settings', () => {
  it("has the keys of Apache's producer, and two of librdkafka", () => {
    const theirs = java.map((key) => key.name)
    expect([...keyNames].sort()).toEqual([...theirs, 'sasl.password', 'sasl.username'].sort())
  })

  it.each(java)("gives $name Java's default, or says why not", ({ name, default: theirs }) => {
    const key = keys[name]
    const ours = key.default === null ? null : javaText(key)
    const same = ours === theirs
    expect(same || key.differs !== undefined || key.filled === true).toBe(true)
    expect(same && key.differs !== undefined && !plugins.includes(name)).toBe(false)
  })

  it.each(java.filter(({ name }) => !plugins.includes(name)))(
    "gives $name Java's type and range",
    ({ name, type, validator }) => {
      const key = keys[name]
      expect(javaTypes[key.type]).toContain(type)
      if (key.type === 'enum') {
        const [words, theirs] = [key.words?.join(), /\[(.*)\]/.exec(validator ?? '')?.[1]]
        const fold = (list = '') =>
          list
            .split(/, ?/)
            .map(key.anyCase ? upper : same)
            .sort()
        expect(fold(words)).toEqual(fold(theirs))
        expect(validator?.startsWith('(case insensitive)') ?? false).toBe(key.anyCase ?? false)
      } else if (!narrower.includes(name)) {
        expect(rangeOf(key)).toBe(/^\[.*\.\.\./.test(validator ?? '') ? validator : null)
      }
    },
  )

  it.each(keyNames.filter(isRefused))(
    'refuses any value of %s except its default, and says why',
    (name) => {
      const key: Key = keys[name]
      expect(parseValue(name, key, key.default)).toEqual(key.default)
      const refuse = () => parseValue(name, key, other(key))
      expect(refuse).toThrow(expect.objectContaining({ code: 'NOT_SUPPORTED' }))
      expect(refuse).toThrow(key.refused)
    },
  )

  it.each(keyNames)('documents %s in sentences', (name) => {
    const key: Key = keys[name]
    expect(key.doc).toMatch(/^[A-Z`].*[^.]\.$/s)
    expect(key.source ?? 'KIP-1').toMatch(/^(KIP-\d+(, KIP-\d+)*|Kafka 4\.[\dx]|librdkafka)$/)
  })
})

const javaTypes: Readonly<Record<Key['type'], readonly string[]>> = {
  boolean: ['BOOLEAN'],
  short: ['SHORT'],
  int: ['INT'],
  long: ['LONG'],
  double: ['DOUBLE'],
  string: ['STRING', 'CLASS'],
  enum: ['STRING'],
  list: ['LIST'],
  password: ['PASSWORD'],
  secret: ['PASSWORD'],
  mechanism: ['STRING'],
  tokens: ['CLASS'],
  tlsFactory: ['CLASS'],
  serializer: ['CLASS'],
  partitioner: ['CLASS'],
  interceptors: ['LIST'],
  reporters: ['LIST'],
}

const upper = (word: string) => word.toUpperCase()
const same = (word: string) => word

function javaText(key: Key): string {
  if (Array.isArray(key.default)) return key.default.join(',')
  return key.default === '' ? '' : written(key.default)
}

function rangeOf({ type, min, max, also }: Key): string | null {
  if (min === undefined) return null
  const text = (bound: number) =>
    type === 'double' && Number.isInteger(bound) ? `${bound}.0` : `${bound}`
  const upTo = max === undefined ? '' : `,${text(max)}`
  return `[${text(min)},...${upTo}]${also === undefined ? '' : ` or ${also}`}`
}

/** Keys of which only the default is supported. */
function isRefused(name: KeyName): boolean {
  const { refused, built }: Key = keys[name]
  return refused !== undefined && built === undefined
}

/** A value that a key would accept if it were supported, and that is not its default. */
function other({ type, default: value, min = 0 }: Key): unknown {
  if (type === 'boolean') return value !== true
  if (typeof value === 'number') return type === 'double' ? value / 2 : Math.max(value, min) + 1
  return type === 'list' ? ['x'] : 'x'
}
