import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { keys } from '../../lib/config/keys.ts'
import type { ProducerConfig } from '../../lib/config/producer-config.ts'
import { resolveConfig } from '../../lib/config/resolve-config.ts'
import type { Settings } from '../../lib/config/settings.ts'
import { ConfigError, type ConfigErrorCode } from '../../lib/errors/config-error.ts'
import { codecs } from '../../lib/records/compression.ts'
import { passThrough } from '../../lib/serialization/pass-through.ts'
import { serializers } from '../../lib/serialization/serializers.ts'

function resolve(config: object): Settings {
  return resolveConfig({ 'bootstrap.servers': 'a:9092', ...config } as ProducerConfig)
}

function refused(config: unknown): ConfigError {
  try {
    resolveConfig(config as ProducerConfig)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error(`${inspect(config)} was accepted`)
}

const inFlight = 'max.in.flight.requests.per.connection'

describe('resolveConfig', () => {
  it("resolves to the defaults of Java's client if nothing is set", () => {
    expect(resolve({})).toEqual({
      bootstrapServers: [{ host: 'a', port: 9092 }],
      clientId: null,
      acks: -1,
      retries: 2147483647,
      enableIdempotence: true,
      transactionalId: null,
      transactionTimeoutMs: 60000,
      maxInFlight: 5,
      deliveryTimeoutMs: 120000,
      requestTimeoutMs: 30000,
      maxBlockMs: 60000,
      lingerMs: 5,
      batchSize: 16384,
      bufferMemory: 33554432,
      maxRequestSize: 1048576,
      compression: { type: 'none', gzipLevel: -1, zstdLevel: 3 },
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1000,
      keySerializer: passThrough,
      valueSerializer: passThrough,
      interceptors: [],
      partitioner: null,
      partitionerIgnoreKeys: false,
      partitionerAdaptive: true,
      partitionerRackAware: false,
      clientRack: '',
      partitionerAvailabilityTimeoutMs: 0,
      dnsLookup: 'use_all_dns_ips',
      bootstrapResolveTimeoutMs: 0,
      reconnectBackoffMs: 50,
      reconnectBackoffMaxMs: 1000,
      connectionSetupTimeoutMs: 10000,
      connectionSetupTimeoutMaxMs: 30000,
      connectionsMaxIdleMs: 540000,
      metadataMaxAgeMs: 300000,
      metadataMaxIdleMs: 300000,
      metadataClusterCheck: true,
      metadataRecoveryStrategy: 'rebootstrap',
      metadataRebootstrapTriggerMs: 300000,
      security: { protocol: 'PLAINTEXT', tls: null, sasl: null },

      enableMetricsPush: true,
      metricReporters: [],
      metricsSamples: 2,
      metricsWindowMs: 30000,
      notices: [],
    })
  })

  it('freezes its result, all the way down', () => {
    const settings = resolve({ 'interceptor.classes': [{ onSend: (record: unknown) => record }] })
    const parts = [settings, settings.bootstrapServers, settings.bootstrapServers[0]]
    const more = [
      settings.compression,
      settings.interceptors,
      settings.notices,
      settings.metricReporters,
    ]
    expect([...parts, ...more].map(Object.isFrozen)).not.toContain(false)
  })

  it('leaves the configuration unchanged, and shares nothing mutable with it', () => {
    const config = Object.freeze({
      'bootstrap.servers': Object.freeze(['a:1']),
      acks: '1',
    } as const)
    expect(resolveConfig(config).acks).toBe(1)
    const interceptors = [{ onSend: (record: unknown) => record }]
    const settings = resolve({ 'interceptor.classes': interceptors })
    interceptors.pop()
    expect(settings.interceptors).toHaveLength(1)
  })

  it.each([
    ['numbers and booleans', 20, 1000, true],
    ['strings', ' 20 ', '+1000', 'TRUE'],
  ])('accepts values as %s', (_, linger, batch, ignore) => {
    const settings = resolve({
      'linger.ms': linger,
      'batch.size': batch,
      'partitioner.ignore.keys': ignore,
    })
    expect(settings).toMatchObject({ lingerMs: 20, batchSize: 1000, partitionerIgnoreKeys: true })
  })

  it('treats a key whose value is undefined as missing', () => {
    const settings = resolve({ acks: '1', 'enable.idempotence': undefined, 'linger.ms': undefined })
    expect(settings).toMatchObject({ acks: 1, enableIdempotence: false, lingerMs: 5 })
  })

  it('accepts inherited settings', () => {
    const base = { 'bootstrap.servers': 'a:9092', 'linger.ms': 7 }
    expect(resolveConfig(Object.create(base)).lingerMs).toBe(7)
  })

  it('counts a batch size of 0 as 1, and a linger beyond 2^31-1 as 2^31-1', () => {
    expect(resolve({ 'batch.size': 0 }).batchSize).toBe(1)
    const forever = resolve({ 'linger.ms': '9223372036854775807' })
    expect(forever.lingerMs).toBe(2147483647)
    expect(forever.deliveryTimeoutMs).toBe(2147483647)
  })

  it('keeps a client id unchanged, even an empty one, and leaves a missing one to the producer', () => {
    expect(resolve({ 'client.id': 'orders-service' }).clientId).toBe('orders-service')
    expect(resolve({ 'client.id': '' }).clientId).toBe('')
    expect(resolve({ 'client.id': null }).clientId).toBe(null)
  })
})

describe('a transactional.id', () => {
  const id = { 'bootstrap.servers': 'a:1', 'transactional.id': 'totals-1' }

  it('is accepted, with Java’s timeout of a minute', () => {
    const settings = resolveConfig(id)
    expect(settings).toMatchObject({ transactionalId: 'totals-1', transactionTimeoutMs: 60_000 })
    expect(settings.enableIdempotence).toBe(true)
  })

  it('is absent without the key', () => {
    expect(resolve({}).transactionalId).toBeNull()
  })

  it.each([
    [{ acks: '1' }, "acks is 1; it needs acks 'all'"],
    [{ acks: 0 }, "acks is 0; it needs acks 'all'"],
    [{ retries: 0 }, 'retries is 0; it needs retries above 0'],
    [{ 'enable.idempotence': false }, 'that is false; it needs enable.idempotence true'],
    [{ 'enable.idempotence': false, acks: '-1' }, 'that is false'],
  ] as const)('contradicts %o', (config, sentence) => {
    const given = { ...id, ...config }
    expect(() => resolveConfig(given)).toThrow(sentence)
    const facts = { code: 'CONTRADICTION', key: 'transactional.id' }
    expect(() => resolveConfig(given)).toThrow(expect.objectContaining(facts))
  })

  it('contradicts more than 5 requests in flight', () => {
    const given = { ...id, 'max.in.flight.requests.per.connection': 6 }
    expect(() => resolveConfig(given)).toThrow('allows at most 5')
  })

  it('is not empty', () => {
    const given = { ...id, 'transactional.id': '' }
    expect(() => resolveConfig(given)).toThrow('transactional.id is empty')
  })

  it.each([0, -1])('has a transaction.timeout.ms above 0, not %i', (value) => {
    const given = { ...id, 'transaction.timeout.ms': value }
    expect(() => resolveConfig(given)).toThrow(`transaction.timeout.ms: ${value} is out of range`)
  })

  it('has a max.block.ms above 0, because coordinators must be waited for', () => {
    const given = { ...id, 'max.block.ms': 0 }
    const facts = { code: 'CONTRADICTION', key: 'max.block.ms', allowed: '1 or more (ms)' }
    expect(() => resolveConfig(given)).toThrow(expect.objectContaining(facts))
    expect(resolveConfig({ ...id, 'max.block.ms': 1 }).maxBlockMs).toBe(1)
    expect(resolveConfig({ ...id, 'transactional.id': null, 'max.block.ms': 0 }).maxBlockMs).toBe(0)
  })
})

describe('acks, retries, requests in flight and idempotence', () => {
  it.each([
    ['all', -1, true],
    ['-1', -1, true],
    [-1, -1, true],
    ['1', 1, false],
    [1, 1, false],
    ['0', 0, false],
    [0, 0, false],
  ])('acks %o alone is %i, with idempotence %o', (given, acks, enableIdempotence) => {
    const settings = resolve({ acks: given })
    expect(settings).toMatchObject({ acks, enableIdempotence })
    expect(settings.notices.length).toBe(enableIdempotence ? 0 : 1)
  })

  it('retries 0 alone switches idempotence off, and says so', () => {
    const settings = resolve({ retries: 0 })
    expect(settings.enableIdempotence).toBe(false)
    expect(settings.notices[0]).toMatch(/^enable.idempotence is false, because retries is 0/)
  })

  it.each([
    [{ acks: '0' }, 'acks'],
    [{ acks: '1' }, 'acks'],
    [{ retries: '0' }, 'retries'],
    [{ [inFlight]: 6 }, inFlight],
  ])('%o contradicts idempotence that was requested', (config, key) => {
    const config1 = { 'bootstrap.servers': 'a:1', 'enable.idempotence': 'true', ...config }
    expect(refused(config1)).toMatchObject({ code: 'CONTRADICTION', key })
  })

  it('more than 5 requests in flight contradict idempotence in any case, as in Kafka 4', () => {
    const config = { 'bootstrap.servers': 'a:1', [inFlight]: 6 }
    expect(refused(config)).toMatchObject({ code: 'CONTRADICTION', key: inFlight })
    expect(refused({ ...config, acks: '1' })).toMatchObject({ code: 'CONTRADICTION' })
    expect(resolve({ [inFlight]: 5 }).enableIdempotence).toBe(true)
  })

  it('nothing is contradicted if idempotence is switched off', () => {
    const config = { 'enable.idempotence': false, acks: '0', retries: 0, [inFlight]: 100 }
    expect(resolve(config)).toMatchObject({ enableIdempotence: false, maxInFlight: 100 })
  })
})

describe('delivery.timeout.ms', () => {
  const given = { 'delivery.timeout.ms': 1000, 'request.timeout.ms': 1 }

  it('is refused below linger and request timeout if it was set', () => {
    const error = refused({ 'bootstrap.servers': 'a:1', ...given, 'linger.ms': 1000 })
    expect(error).toMatchObject({ code: 'CONTRADICTION', key: 'delivery.timeout.ms', value: 1000 })
    expect(error.message).toContain('1001 or more')
  })

  it('may equal their sum', () => {
    expect(resolve({ ...given, 'linger.ms': 999 }).deliveryTimeoutMs).toBe(1000)
  })

  it('is raised to their sum if it was not set, with a notice', () => {
    const settings = resolve({ 'linger.ms': 100000, 'request.timeout.ms': 30000 })
    expect(settings.deliveryTimeoutMs).toBe(130000)
    expect(settings.notices[0]).toContain('raised from 120000 to 130000')
  })
})

describe('limits of the wire', () => {
  it.each(['x'.repeat(32_768), 'ü'.repeat(16_384)])(
    'a client.id that is too long for a request is refused, and not quoted',
    (id) => {
      const error = refused({ 'bootstrap.servers': 'a:9092', 'client.id': id })

      expect(error).toMatchObject({ code: 'OUT_OF_RANGE', key: 'client.id' })
      expect(error.message).toBe(
        'client.id: 32768 bytes are too many; at most 32767 are allowed (UTF-8)',
      )
    },
  )

  it('a client.id of 32,767 bytes is accepted', () => {
    expect(resolve({ 'client.id': 'x'.repeat(32_767) }).clientId).toHaveLength(32_767)
  })

  it('max.request.size leaves room for the other parts of a frame', () => {
    expect(resolve({ 'max.request.size': 2147483647 }).maxRequestSize).toBe(2_080_374_783)
    expect(resolve({ 'max.request.size': 2_080_374_783 }).maxRequestSize).toBe(2_080_374_783)
  })
})

describe('backoffs', () => {
  it('reconnect.backoff.ms alone does not grow', () => {
    const growth = ({ reconnectBackoffMs, reconnectBackoffMaxMs }: Settings) => [
      reconnectBackoffMs,
      reconnectBackoffMaxMs,
    ]
    expect(growth(resolve({ 'reconnect.backoff.ms': 200 }))).toEqual([200, 200])
    expect(growth(resolve({ 'reconnect.backoff.max.ms': 5000 }))).toEqual([50, 5000])
    const both = { 'reconnect.backoff.ms': 200, 'reconnect.backoff.max.ms': 5000 }
    expect(growth(resolve(both))).toEqual([200, 5000])
  })

  it.each([
    ['retry.backoff.ms', 5000],
    ['socket.connection.setup.timeout.ms', 40000],
  ])('%s above its maximum is accepted, with a notice', (key, value) => {
    expect(resolve({ [key]: value }).notices[0]).toMatch(`${key} (${value}) is above`)
  })
})

describe('compression', () => {
  it('includes the level of each codec that has levels', () => {
    const levels = { 'compression.gzip.level': 1, 'compression.zstd.level': -7 }
    const { compression } = resolve({ 'compression.type': 'lz4', ...levels })
    expect(compression).toEqual({ type: 'lz4', gzipLevel: 1, zstdLevel: -7 })
  })

  it.each(['gzip', 'lz4', 'zstd'] as const)('%s is refused if something is missing', (type) => {
    const needs = vi.spyOn(codecs[type], 'compressNeeds').mockReturnValue('a thing')
    onTestFinished(() => needs.mockRestore())

    const error = refused({ 'bootstrap.servers': 'a:1', 'compression.type': type })

    expect(error).toMatchObject({ code: 'NOT_SUPPORTED', key: 'compression.type', value: type })
    expect(error.message).toMatch(`compression.type: '${type}' needs a thing (accepted: none, `)
    expect(error.allowed).not.toContain(type)
  })

  it.skipIf(codecs.zstd.compressNeeds() === null)('zstd names the Node version that has it', () => {
    const error = refused({ 'bootstrap.servers': 'a:1', 'compression.type': 'zstd' })
    expect(error.message).toMatch(/'zstd' needs Node 22\.15, 23\.8 or later \(accepted: none, /)
    expect(resolve({ 'compression.zstd.level': 5 }).compression.type).toBe('none')
  })
})

describe('serializers, partitioner, interceptors', () => {
  it('are accepted as values', () => {
    const serializer = () => null
    const partitioner = () => 1
    const interceptor = { onAcknowledgement() {} }
    const settings = resolve({
      'key.serializer': serializer,
      'value.serializer': serializers.json,
      'partitioner.class': partitioner,
      'interceptor.classes': [interceptor],
    })
    expect(settings.keySerializer).toBe(serializer)
    expect(settings.valueSerializer).toBe(serializers.json)
    expect(settings.partitioner).toBe(partitioner)
    expect(settings.interceptors[0]).toBe(interceptor)
  })

  it("serializers may be named by Java's class names, each one that the settings mention", () => {
    const named = /Apache Kafka's `…Serializer` for (.*)\. Null/.exec(keys['key.serializer'].doc)
    for (const name of named![1]!.split(/, | or /)) {
      const value = `org.apache.kafka.common.serialization.${name}Serializer`
      const settings = resolve({ 'key.serializer': value, 'value.serializer': ` ${value} ` })
      expect(settings.keySerializer, name).toBe(settings.valueSerializer)
      expect(Object.values(serializers), name).toContain(settings.keySerializer)
    }
  })

  it('a partitioner may be an object whose method keeps its `this`', () => {
    class Last {
      readonly step = 1
      partition(_: unknown, topic: { partitionCount: number }) {
        return topic.partitionCount - this.step
      }
    }
    const { partitioner } = resolve({ 'partitioner.class': new Last() })
    const facts = { topic: 't', key: null, value: null, headers: null, record: { topic: 't' } }
    const topic = { name: 't', partitionCount: 4, availablePartitions: [] }
    expect(partitioner?.(facts as never, topic)).toBe(3)
  })

  it('partitioner.ignore.keys has no effect on a partitioner, with a notice', () => {
    const config = { 'partitioner.ignore.keys': true, 'partitioner.class': () => 0 }
    expect(resolve(config).notices).toHaveLength(1)
  })

  it.each([
    ['key.serializer', 'StringSerializer'],
    ['key.serializer', 'com.example.OrderSerializer'],
    ['value.serializer', {}],
    ['partitioner.class', 'RoundRobinPartitioner'],
    ['partitioner.class', {}],
    ['interceptor.classes', 'com.example.Interceptor'],
    ['interceptor.classes', [{}]],
    ['interceptor.classes', [{ onSend: 'x' }]],
    ['interceptor.classes', { onSend() {} }],
  ])('%s %o is refused', (key, value) => {
    const error = refused({ 'bootstrap.servers': 'a:1', [key]: value })
    expect(error).toMatchObject({ code: 'INVALID_VALUE', key })
  })

  it('an empty string means no interceptor', () => {
    expect(resolve({ 'interceptor.classes': '' }).interceptors).toEqual([])
  })
})

describe('what is refused', () => {
  it.each<[ConfigErrorCode, unknown]>([
    ['MISSING', {}],
    ['MISSING', { 'bootstrap.servers': undefined }],
    ['MISSING', { 'bootstrap.servers': ' ' }],
    ['MISSING', { 'bootstrap.servers': [] }],
    ['INVALID_VALUE', { 'bootstrap.servers': null }],
    ['INVALID_VALUE', null],
    ['INVALID_VALUE', 'a:9092'],
    ['INVALID_VALUE', ['a:9092']],
    ['INVALID_VALUE', new Map([['bootstrap.servers', 'a:9092']])],
    ['UNKNOWN_KEY', { 'bootstrap.servers': 'a:1', [Symbol('acks')]: '1' }],
    ['UNKNOWN_KEY', { 'bootstrap.servers': 'a:1', 0: '1' }],
  ])('%s: %o', (code, config) => {
    expect(refused(config).code).toBe(code)
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'a:9092'],
  ])('says what was passed instead of a configuration: %s', (what, config) => {
    expect(refused(config).message).toBe(
      `a configuration must be an object with Kafka's keys, not ${what}`,
    )
  })

  it('names the first of several faults, and is thrown at once', () => {
    expect(() => resolveConfig({ 'bootstrap.servers': 'a:1', acks: 'most' } as never)).toThrow(
      "acks: 'most' is not valid: it must be one of all, -1, 0, 1",
    )
  })

  it('never shows a secret in any part of the error', () => {
    const secrets = {
      'ssl.key.password': ['hunter2'],
      'sasl.jaas.config': 'password="hunter2";',
      'ssl.keystore.key': ['hunter2'],
      'sasl.password': 'hunter2',
      'sasl.pasword.typo': 'hunter2',
      'bootstrap.servers': 'SASL_SSL://me:hunter2@a:9092',
    }
    const sasl = { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN' }
    for (const [key, value] of Object.entries(secrets)) {
      const error = refused({ 'bootstrap.servers': 'a:1', ...sasl, [key]: value })
      expect(`${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`).not.toContain('hunter2')
    }
  })
})

describe('racks', () => {
  it('are taken from client.rack, and count if the partitioner is told so', () => {
    const near = { 'client.rack': 'eu-1a', 'partitioner.rack.aware': 'true' }
    expect(resolve(near as never)).toMatchObject({
      clientRack: 'eu-1a',
      partitionerRackAware: true,
    })
    expect(resolve({})).toMatchObject({ clientRack: '', partitionerRackAware: false })
  })

  it.each(['', ' ', undefined])('need client.rack: %o is none', (rack) => {
    const config = { 'partitioner.rack.aware': true, 'client.rack': rack }
    expect(refused({ 'bootstrap.servers': 'a:1', ...config })).toMatchObject({
      code: 'MISSING',
      key: 'client.rack',
    })
  })

  it('do not count for a partitioner of the user, with a notice', () => {
    const own = { 'partitioner.class': () => 0, 'client.rack': 'a', 'partitioner.rack.aware': true }
    expect(resolve(own as never).notices).toContain(
      'partitioner.rack.aware has no effect on a partitioner of yours',
    )
  })
})
