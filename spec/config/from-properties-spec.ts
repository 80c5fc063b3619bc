import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromProperties } from '../../lib/config/from-properties.ts'
import { resolveConfig } from '../../lib/config/resolve-config.ts'
import { serializers } from '../../lib/serialization/serializers.ts'

interface Case {
  readonly text: string
  /**
   * What java.util.Properties read, as pairs (newer versions of Node misread some keys of JSON
   * objects that are written with escapes); null if it threw.
   */
  readonly entries: readonly (readonly [key: string, value: string])[] | null
}

const golden = new URL('./golden/java-properties.json', import.meta.url)
const cases: readonly Case[] = JSON.parse(readFileSync(golden, 'utf8'))

describe('fromProperties', () => {
  it('reads each of 400 texts as java.util.Properties does', () => {
    for (const { text, entries } of cases) {
      const ours = () => ({ text, entries: fromProperties(text) })
      if (entries === null) expect(ours, JSON.stringify(text)).toThrow('four hexadecimal digits')
      else expect(ours()).toEqual({ text, entries: Object.fromEntries(entries) })
    }
  })

  it('reads comments, separators, continued lines and escapes', () => {
    const config = fromProperties(
      [
        '# who to talk to',
        '  ! and how',
        '',
        'bootstrap.servers = a:9092,\\',
        '   b:9092',
        'linger.ms: 10',
        'acks all',
        'client.id=caf\\u00e9 \\= tea',
        'linger.ms=20',
      ].join('\r\n'),
    )
    expect(config).toEqual({
      'bootstrap.servers': 'a:9092,b:9092',
      'linger.ms': '20',
      acks: 'all',
      'client.id': 'café = tea',
    })
  })

  it('returns a key named __proto__ as a key, which resolveConfig refuses', () => {
    const config = fromProperties('bootstrap.servers=a:1\n__proto__=x')
    expect(Object.keys(config)).toContain('__proto__')
    expect(() => resolveConfig(config)).toThrow("'__proto__' is not a setting")
  })

  it('makes a configuration from a file of the Java producer', () => {
    const text = `
      bootstrap.servers=broker1:9092,broker2:9092
      key.serializer=org.apache.kafka.common.serialization.StringSerializer
      value.serializer=org.apache.kafka.common.serialization.ByteArraySerializer
      acks=all
      enable.idempotence=TRUE
      linger.ms=20
      compression.type=snappy
    `
    const settings = resolveConfig(fromProperties(text))
    expect(settings).toMatchObject({
      bootstrapServers: [
        { host: 'broker1', port: 9092 },
        { host: 'broker2', port: 9092 },
      ],
      acks: -1,
      enableIdempotence: true,
      lingerMs: 20,
      compression: { type: 'snappy' },
    })
    expect(settings.keySerializer).toBe(serializers.string)
    expect(settings.valueSerializer).toBe(serializers.bytes)
  })
})
