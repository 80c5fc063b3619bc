import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { fromProperties } from '../../lib/config/from-properties.ts'
import { resolveConfig } from '../../lib/config/resolve-config.ts'
import { ConfigError } from '../../lib/errors/config-error.ts'

// Files as users have them: shared by several clients, written for another program, or with all of
// Java's defaults written out. Each is a configuration, or one error that names all problems.

function judged(text: string, prefix?: string): ConfigError | null {
  try {
    resolveConfig(fromProperties(text, { prefix }))
    return null
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}

describe('a properties file', () => {
  it('with the defaults of Java written out is a configuration', () => {
    const text = `
      bootstrap.servers=PLAINTEXT://localhost:9092
      security.protocol=PLAINTEXT
      send.buffer.bytes=131072
      receive.buffer.bytes=32768
      buffer.memory.allocation.strategy=full
      metric.reporters=org.apache.kafka.common.metrics.JmxReporter
      metrics.recording.level=DEBUG
      partitioner.class=
      interceptor.classes=
      config.providers=
      client.dns.lookup=use_all_dns_ips
    `
    expect(judged(text)).toBeNull()
  })

  it('with Apache’s round robin class sends records to partitions in turn', () => {
    const text =
      'bootstrap.servers=a:1\npartitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner'
    const { partitioner } = resolveConfig(fromProperties(text))
    const topic = { name: 't', partitionCount: 3, availablePartitions: [0, 2] }
    const dealt = [1, 2, 3].map(() => partitioner?.({} as never, topic as never))
    expect(dealt).toEqual([0, 2, 0])
  })

  it('with a byte order mark is read as one without it', () => {
    expect(judged('\uFEFFbootstrap.servers=localhost:9092\nacks=all')).toBeNull()
  })

  it('that a consumer and a registry share has one error that names all foreign keys', () => {
    const error = judged(`
      bootstrap.servers=localhost:9092
      session.timeout.ms=45000
      acks=all
      schema.registry.url=https://registry.example
      basic.auth.user.info=KEY:SECRET
      min.insync.replicas=2
      linger.ms=5ms
    `)!
    expect(error.message.split('\n')).toEqual([
      '5 settings are wrong:',
      "- 'session.timeout.ms' is not a setting of a Kafka producer: it is a setting of consumers",
      "- 'schema.registry.url' is not a setting of a Kafka producer: give it to your serializer",
      "- 'basic.auth.user.info' is not a setting of a Kafka producer: give it to your serializer",
      "- 'min.insync.replicas' is not a setting of a Kafka producer: it is a setting of topics",
      "- linger.ms: '5ms' is not valid: it must be an integer, 0 or more (ms)",
    ])
    expect(error).toMatchObject({ code: 'UNKNOWN_KEY', key: 'session.timeout.ms' })
    expect(error.problems.map(({ key }) => key)).toEqual([
      'session.timeout.ms',
      'schema.registry.url',
      'basic.auth.user.info',
      'min.insync.replicas',
      'linger.ms',
    ])
    const json = JSON.parse(JSON.stringify(error))
    expect(json.problems[4]).toMatchObject({ name: 'ConfigError', key: 'linger.ms', value: '5ms' })
    expect(JSON.stringify(error)).not.toContain('SECRET')
  })

  it('with one fault has an error without a list', () => {
    const error = judged('bootstrap.servers=a:1\ncolour=blue')!
    expect(error.message).toBe("'colour' is not a setting of a Kafka producer")
    expect(error.problems).toEqual([])
    expect(JSON.stringify(error)).not.toContain('problems')
    expect(inspect(error)).not.toContain('problems')
  })

  it('with a hundred wrong lines has an error that shows twenty of them, and their number', () => {
    const lines = Array.from({ length: 100 }, (_, i) => `colour.of.line.${i}=x`)
    const { message } = judged(['bootstrap.servers=a:1', ...lines].join('\n'))!
    expect(message.split('\n')).toHaveLength(22)
    expect(message).toMatch(/^100 settings are wrong:/)
    expect(message).toMatch(/- and 80 more$/)
  })

  it.each([
    ['producer.linger.ms', 'linger.ms'],
    ['producer.override.linger.ms', 'linger.ms'],
    ['kafka.producer.linger.ms', 'linger.ms'],
    ['debezium.sink.kafka.producer.linger.ms', 'linger.ms'],
    ['spring.kafka.producer.properties.linger.ms', 'linger.ms'],
    ['spring.kafka.producer.properties[enable.idempotence]', 'enable.idempotence'],
    ['spring.kafka.bootstrap-servers', 'bootstrap.servers'],
  ])('of another program: %s is %s', (key, ours) => {
    const error = judged(`bootstrap.servers=a:1\n${key}=1`)!
    expect(error.message).toBe(
      `'${key}' is not a setting of a Kafka producer: Kafka calls it '${ours}'`,
    )
  })

  it('of another program gives the settings of its producer', () => {
    const text = `
      group.id=connect-cluster
      bootstrap.servers=localhost:9092
      linger.ms=1
      producer.linger.ms=50
      producer.compression.type=gzip
      offset.storage.topic=offsets
    `
    expect(fromProperties(text, { prefix: 'producer.' })).toEqual({
      'bootstrap.servers': 'localhost:9092',
      'linger.ms': '50',
      'compression.type': 'gzip',
    })
  })

  it('of Spring gives the settings of its producer, in brackets and after dots', () => {
    const text = `
      spring.application.name=orders
      spring.kafka.producer.properties.linger.ms=50
      spring.kafka.producer.properties[enable.idempotence]=true
      spring.kafka.producer.properties[bootstrap.servers]=localhost:9092
      spring.kafka.consumer.properties[session.timeout.ms]=45000
    `
    expect(fromProperties(text, { prefix: 'spring.kafka.producer.properties' })).toEqual({
      'linger.ms': '50',
      'enable.idempotence': 'true',
      'bootstrap.servers': 'localhost:9092',
    })
  })

  it.each([
    ['bootstrap.servers="localhost:9092"', 'remove the quotes, which are part of the value'],
    ["compression.type='gzip'", 'remove the quotes around it, which are part of the value'],
    [
      'partitioner.class=org.apache.kafka.clients.producer.internals.DefaultPartitioner',
      'leave the key out: it is what this producer does without one',
    ],
    [
      'value.serializer=io.confluent.kafka.serializers.KafkaAvroSerializer',
      'examples/schema-registry.ts shows a serializer',
    ],
  ])('with %s has an error that says what to do', (line, hint) => {
    expect(judged(`bootstrap.servers=a:1\n${line}`)!.message).toContain(hint)
  })
})
