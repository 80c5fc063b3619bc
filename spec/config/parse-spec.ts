import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Key } from '../../lib/config/key.ts'
import { type KeyName, keyNames, keys } from '../../lib/config/keys.ts'
import { parseValue } from '../../lib/config/parse.ts'
import { written } from '../../lib/config/words.ts'

const parse = (name: KeyName, value: unknown) => parseValue(name, keys[name], value)

describe('parseValue', () => {
  it.each(keyNames.filter((name) => !keys[name].filled))(
    'accepts the default of %s, as a value and as text from a properties file',
    (name) => {
      const key: Key = keys[name]
      expect(parse(name, key.default)).toEqual(key.default)
      if (key.default === null) return
      const line = key.default === '' || key.default.toString() === '' ? '' : written(key.default)
      expect(parse(name, line)).toEqual(key.default)
    },
  )

  it.each<[KeyName, unknown, unknown]>([
    ['batch.size', ' 42 ', 42],
    ['batch.size', '+42', 42],
    ['batch.size', '2147483647', 2147483647],
    ['max.block.ms', '9223372036854775807', Number.MAX_SAFE_INTEGER],
    ['connections.max.idle.ms', -1, -1],
    ['compression.gzip.level', '-1', -1],
    ['compression.gzip.level', 9, 9],
    ['compression.lz4.level', '9', 9],
    ['compression.zstd.level', '-131072', -131072],
    ['compression.zstd.level', 22, 22],
    ['enable.idempotence', ' False', false],
    ['compression.type', ' snappy ', 'snappy'],
    ['compression.type', 'zstd', 'zstd'],
    ['security.protocol', 'plaintext', 'PLAINTEXT'],
    ['metadata.recovery.strategy', 'NONE', 'none'],
    ['bootstrap.servers', ' a:1 ,\tb:2', ['a:1', 'b:2']],
    ['bootstrap.servers', [' a:1', 'b:2'], ['a:1', 'b:2']],
    ['client.id', '  me ', 'me'],
    ['sasl.login.refresh.window.factor', '0.80', 0.8],
    ['ssl.enabled.protocols', 'TLSv1.2, TLSv1.3', ['TLSv1.2', 'TLSv1.3']],
  ])('%s: %o is %o', (name, value, parsed) => {
    expect(parse(name, value)).toEqual(parsed)
  })

  it.each<[KeyName, unknown, string]>([
    ['linger.ms', 'soon', "linger.ms: 'soon' is not valid: it must be an integer, 0 or more (ms)"],
    ['linger.ms', '', 'is not valid'],
    ['linger.ms', '5ms', 'is not valid'],
    ['linger.ms', '1e3', 'is not valid'],
    ['linger.ms', 1.5, 'linger.ms: 1.5 is not valid'],
    ['linger.ms', Number.NaN, 'is not valid'],
    ['linger.ms', Number.POSITIVE_INFINITY, 'is not valid'],
    ['linger.ms', true, 'is not valid'],
    ['linger.ms', null, 'is not valid'],
    ['linger.ms', {}, 'linger.ms: an object is not valid'],
    ['linger.ms', -1, 'linger.ms: -1 is out of range: it must be an integer, 0 or more (ms)'],
    ['linger.ms', '9223372036854775808', 'is out of range'],
    ['batch.size', 2147483648, 'out of range: it must be an integer, 0 … 2147483647 (bytes)'],
    ['max.in.flight.requests.per.connection', 0, 'an integer, 1 … 2147483647'],
    ['compression.gzip.level', 0, 'out of range: it must be an integer, 1 … 9 or -1'],
    ['compression.gzip.level', 10, 'out of range'],
    ['compression.gzip.level', -2, 'out of range'],
    ['compression.lz4.level', 0, 'out of range: it must be an integer, 1 … 17'],
    ['compression.lz4.level', 18, 'out of range'],
    ['compression.zstd.level', 23, 'out of range: it must be an integer, -131072 … 22'],
    ['metadata.max.idle.ms', 4999, 'it must be an integer, 5000 or more (ms)'],
    ['receive.buffer.bytes', -2, 'out of range: it must be an integer, -1 …'],
    ['enable.idempotence', 'yes', "'yes' is not valid: it must be true or false"],
    ['enable.idempotence', 1, 'is not valid'],
    ['acks', 'ALL', 'is not valid'],
    ['acks', 'not_a_number', 'is not valid'],
    ['acks', 2, 'is not valid'],
    ['compression.type', 'GZIP', 'is not valid'],
    ['compression.type', 'brotli', 'it must be one of none, gzip, snappy, lz4, zstd'],
    ['security.protocol', 'TLS', 'is not valid'],
    ['metadata.recovery.strategy', 'retry', 'it must be one of rebootstrap, none (in any case)'],
    ['client.id', 5, 'it must be a string, or null'],
    ['bootstrap.servers', 'a:1,,b:2', 'bootstrap.servers has an empty entry'],
    ['bootstrap.servers', ['a:1', 5], 'is not valid'],
    ['sasl.login.refresh.window.factor', '0.4', 'it must be a number, 0.5 … 1'],
    ['sasl.login.refresh.window.factor', 'x', 'is not valid'],
  ])('refuses %s: %o', (name, value, sentence) => {
    expect(() => parse(name, value)).toThrow(sentence)
    expect(() => parse(name, value)).toThrow(name)
  })

  it.each<[KeyName, unknown, string]>([
    [
      'compression.lz4.level',
      12,
      '12 is refused: the package that compresses lz4 has the fast mode',
    ],
    [
      'transaction.two.phase.commit.enable',
      true,
      'no Kafka release up to 4.4 offers two-phase commit to producers (Java ignores the key) (accepted: false)',
    ],
    ['sasl.kerberos.service.name', 'kafka', 'Node has no Kerberos'],
    ['ssl.provider', 'BC', 'it belongs to the Java virtual machine'],
    ['send.buffer.bytes', 1048576, 'Node cannot set the buffer sizes of a socket'],
  ])('refuses %s: %o, which is not supported', (name, value, sentence) => {
    expect(() => parse(name, value)).toThrow(sentence)
    expect(() => parse(name, value)).toThrow(expect.objectContaining({ code: 'NOT_SUPPORTED' }))
  })

  it('accepts each integer in bounds, as a number and as digits, and nothing else', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        for (const given of [value, `${value}`]) {
          if (value >= 0 && value <= 2147483647) expect(parse('batch.size', given)).toBe(value)
          else expect(() => parse('batch.size', given)).toThrow('out of range')
          if (value >= 0) expect(parse('linger.ms', given)).toBe(value)
          else expect(() => parse('linger.ms', given)).toThrow('out of range')
        }
      }),
    )
  })
})
