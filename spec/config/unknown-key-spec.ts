import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foreignKeys } from '../../lib/config/foreign-keys.ts'
import { isKeyName, keyNames } from '../../lib/config/keys.ts'
import { unknownKey } from '../../lib/config/unknown-key.ts'

describe('unknownKey', () => {
  it.each([
    ['lingerMs', ": Kafka calls it 'linger.ms'"],
    ['linger_ms', ": Kafka calls it 'linger.ms'"],
    ['LINGER.MS', ": Kafka calls it 'linger.ms'"],
    ['bootstrapServers', ": Kafka calls it 'bootstrap.servers'"],
    ['spring.kafka.producer.batch-size', ": Kafka calls it 'batch.size'"],
    ['brokers', ": Kafka calls it 'bootstrap.servers'"],
    ['bootstrapBrokers', ": Kafka calls it 'bootstrap.servers'"],
    ['clientId', ": Kafka calls it 'client.id'"],
    ['queue.buffering.max.kbytes', ": Kafka calls it 'buffer.memory', in bytes"],
    ['compression.codec', ": Kafka calls it 'compression.type'"],
    ['message.timeout.ms', ": Kafka calls it 'delivery.timeout.ms'"],
    ['batch.num.messages', ": Kafka calls it 'batch.size', which bounds bytes, not records"],
    ['statistics.interval.ms', ': nothing is emitted on a timer here'],
    ['group.id', ': it is a setting of consumers'],
    [
      'authenticationTimeout',
      ": Kafka calls it 'request.timeout.ms', which applies to each step of",
    ],
    ['reauthenticationThreshold', ': the broker sets how long a session lasts'],
    ['enforceRequestTimeout', ': request.timeout.ms always counts'],
    ['socketFactory', ': sockets are made by node:net'],
    ['initialRetryTime', ": Kafka calls it 'retry.backoff.ms'"],
    ['maxRetryTime', ": Kafka calls it 'retry.backoff.max.ms'"],
    ['maxRetries', ": Kafka calls it 'retries'"],
    ['queue.buffering.backpressure.threshold', ': a batch that is due never waits for others'],
    ['topic.metadata.refresh.fast.interval.ms', ": Kafka calls it 'retry.backoff.ms'"],
    ['broker.address.family', ': all addresses of a host are tried, whatever their family'],
    ['broker.address.ttl', ': a host name is resolved again for each connection'],
    ['reconnect.backoff.jitter.ms', ': reconnect.backoff.ms has a jitter of 20 %'],
    ['delivery.report.only.error', ': each record has its own result'],
    ['enable.ssl.certificate.verification', ': the certificates of brokers are always verified'],
    ['event_cb', ': use events$ of a KafkaProducer'],
    ['ackTimeoutMs', ": Kafka calls it 'request.timeout.ms'"],
    ['noAckBatchSize', ": Kafka calls it 'batch.size'"],
    ['noAckBatchAge', ": Kafka calls it 'linger.ms'"],
    ['strict', ': unknown keys are always refused'],
    ['producerId', ': brokers assign it'],
    ['repeatOnStaleMetadata', ': stale metadata is always fetched again'],
    ['metrics', ': use metrics() of a KafkaProducer'],
    ['linger', ": Kafka calls it 'linger.ms'"],
    ['username', ": Kafka calls it 'sasl.username'"],
    ['password', ": Kafka calls it 'sasl.password'"],
    ['ssl.ca', ": Kafka calls it 'ssl.truststore.certificates'"],
    ['brokerList', ": Kafka calls it 'bootstrap.servers'"],
    ['max_batch_size', ": Kafka calls it 'batch.size'"],
    ['linger.mss', ": did you mean 'linger.ms'?"],
    ['lingre.ms', ": did you mean 'linger.ms'?"],
    ['ack', ": did you mean 'acks'?"],
    ['max.inflight.requests.per.connection', ": did you mean 'max.in.flight.requests.per.con"],
    ['bootstrap.server', ": did you mean 'bootstrap.servers'?"],
  ])('%s%s', (key, hint) => {
    const error = unknownKey(key)
    expect(error.message).toContain(`'${key}' is not a setting of a Kafka producer${hint}`)
    expect(error).toMatchObject({ code: 'UNKNOWN_KEY', key })
    expect(error.value).toBeUndefined()
  })

  it('suggests nothing if no key is similar', () => {
    expect(unknownKey('colour').message).toBe("'colour' is not a setting of a Kafka producer")
  })

  it.each([
    ['a line of a private key', 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj'],
    ['its last line', 'n2/Xq+8=='],
    ['a path', '/etc/kafka/secret.pem'],
    ['a line with a word in it', 'password="hunter2";'],
    ['a long one', 'a.'.repeat(51)],
  ])('does not show what does not look like a key: %s', (_, key) => {
    const error = unknownKey(key)
    expect(error.message).toContain(`a key of ${key.length} characters is not a setting of a Kafka`)
    expect(error.message).toContain('backslash')
    expect(error.message).not.toContain(key)
    expect(error.key).toBe('[hidden]')
  })

  it.each([
    'colour',
    'max.in.flight.requests.of.mine',
    'spring.kafka.consumer.max-poll-records',
    'someSettingThatIsInNoOtherClient',
    '-----BEGIN',
    '',
  ])('shows what looks like a key: %s', (key) => {
    expect(unknownKey(key).message).toContain(`'${key}' is not a setting`)
    expect(unknownKey(key).key).toBe(key)
  })

  it('compares a key only with keys of similar length, so one of a million characters costs nothing', () => {
    expect(unknownKey('x'.repeat(1_000_000)).key).toBe('[hidden]')
  })

  it('finds every key despite one character too many, too few or changed', () => {
    const key = fc.constantFrom(...keyNames.filter((name) => name.length > 6))
    fc.assert(
      fc.property(key, fc.nat(), fc.constantFrom('', 'x', 'xx'), (name, at, instead) => {
        const place = at % name.length
        const typo = name.slice(0, place) + instead + name.slice(place + 1)
        fc.pre(!isKeyName(typo))
        expect(unknownKey(typo).message).toMatch(/did you mean '|Kafka calls it '/)
      }),
    )
  })
})

describe('foreignKeys', () => {
  it('points to existing keys, and says why if there is none', () => {
    for (const [name, ours, remark] of foreignKeys) {
      expect(isKeyName(name), name).toBe(false)
      expect(ours === null ? remark !== undefined : isKeyName(ours), name).toBe(true)
    }
  })

  it('has each key once', () => {
    const names = foreignKeys.map(([name]) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})
