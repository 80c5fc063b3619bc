import { from } from 'rxjs'
import {
  type Bytes,
  type Interceptor,
  type ProducerConfig,
  type ProducerRecord,
  type RecordMetadata,
  toKafkaSettled,
} from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { eventsOf } from '../support/overheard.ts'
import {
  configFor,
  listen,
  logOf,
  producerFor,
  records,
  startCluster,
  startProducer,
  until,
} from '../support/scenario.ts'

const no = new Error('no')
const throws = () => {
  throw no
}

/** Sends `a`, `bad`, `b`, and returns the result of each. */
async function outcome(more: Partial<ProducerConfig>, extra: Partial<ProducerRecord> = {}) {
  const cluster = await startCluster()
  const input = records(['a', 'bad', 'b']).map((record) =>
    record.value === 'bad' ? { ...record, ...extra } : record,
  )
  const delivered = listen(from(input).pipe(toKafkaSettled(configFor(cluster, more))))
  expect(await delivered.ended).toBeNull()
  const words = delivered.values.map((one) =>
    one.status === 'fulfilled'
      ? `${one.metadata.record.value}`
      : `${one.record.value}:${one.error.code}`,
  )
  const rejected = delivered.values.find((one) => one.status === 'rejected')
  return { words: words.sort(), log: await logOf(cluster), error: rejected?.error, cluster }
}

const onlyBad = (doing: () => unknown) => (data: unknown) =>
  (data === 'bad' ? doing() : data) as Bytes

/** A record whose property `name` can be read `times` times, and then throws. */
function fickle(name: string, times: number, record: ProducerRecord): ProducerRecord {
  let left = times
  const { [name as keyof ProducerRecord]: value } = record
  return Object.defineProperty({ ...record }, name, {
    enumerable: true,
    get() {
      left -= 1
      return left < 0 ? throws() : value
    },
  })
}

describe('a record whose getters throw, at any reading,', () => {
  const names = ['topic', 'partition', 'key', 'value', 'headers', 'timestamp']
  const record = {
    topic: 't',
    partition: null,
    key: 'k',
    value: 'v',
    headers: { h: '1' },
    timestamp: 5,
  }
  const paths: Partial<ProducerConfig>[] = [
    {},
    { 'value.serializer': async (value: unknown) => value as Bytes },
    { 'partitioner.class': ({ headers }) => (headers === null ? null : 0) },
    { 'interceptor.classes': [{ onSend: (one) => one }] },
  ]
  it.each(
    names.flatMap((name) => paths.map((more) => [name, Object.keys(more).join(), more] as const)),
  )('does not affect other records: %s %s', async (name, _, more) => {
    const { producer } = await startProducer({ ...more, 'max.block.ms': 1000 })
    const all = Array.from({ length: 8 }, (_, times) => fickle(name, times, record))
    const one = listen(from(all).pipe(toKafkaSettled(producer)))
    const other = listen(from(records(['a', 'b'])).pipe(toKafkaSettled(producer)))
    expect(await one.ended).toBeNull()
    expect(await other.ended).toBeNull()
    expect(one.values).toHaveLength(8)
    expect(other.values.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
  })
})

describe('a serializer', () => {
  it.each([
    ['throws', throws],
    ['rejects', () => Promise.reject(no)],
    ['returns something other than bytes', () => 7],
    ['resolves to something other than bytes', async () => ({})],
  ])('that %s fails its record and no other', async (_, doing) => {
    const { words, log, error } = await outcome({ 'value.serializer': onlyBad(doing) as never })
    expect(words).toEqual(['a', 'b', 'bad:SERIALIZER_FAILED'])
    expect(log).toEqual(['a', 'b'])
    expect(error!.cause).toBeInstanceOf(Error)
  })

  it('whose promise does not settle in time fails its record, and later records continue', async () => {
    const { words, log, error } = await outcome({
      'max.block.ms': 1000,
      'value.serializer': onlyBad(() => new Promise(() => {})) as never,
    })
    expect(words).toEqual(['a', 'b', 'bad:SERIALIZER_FAILED'])
    expect(log).toEqual(['a', 'b'])
    expect(error).toMatchObject({ limitMs: 1000, persisted: 'no' })
  })

  it('of keys that throws does the same', async () => {
    const key = (data: unknown) => (data === 'k' ? throws() : null)
    const { words } = await outcome({ 'key.serializer': key as never }, { key: 'k' })
    expect(words).toEqual(['a', 'b', 'bad:SERIALIZER_FAILED'])
  })

  it('that is not set passes strings and bytes, and refuses other values with an explanation', async () => {
    const { words, error } = await outcome({}, { value: { order: 1 } })
    expect(words).toContain('[object Object]:SERIALIZER_FAILED')
    expect((error!.cause as Error).message).toContain("set 'value.serializer'")
  })

  it('that returns promises keeps the order of its feed and topic, with at most 16 pending promises', async () => {
    const cluster = await startCluster()
    let out = 0
    let most = 0
    const slow = async (data: string) => {
      out += 1
      most = Math.max(most, out)
      // Later ones settle sooner.
      for (let wait = 40 - (Number(data) % 40); wait > 0; wait -= 1) await null
      out -= 1
      return data
    }
    const values = Array.from({ length: 300 }, (_, index) => `${index}`)
    const producer = producerFor(cluster, { 'value.serializer': slow as never })
    const sent = await Promise.all(records(values).map((record) => producer.send(record)))
    expect(sent.map(({ offset }) => offset)).toEqual(values.map((_, index) => index))
    expect(await logOf(cluster)).toEqual(values)
    expect(most).toBe(16)
  })

  it('may send records itself: they follow the record that it serializes', async () => {
    const cluster = await startCluster()
    const producer = producerFor(cluster, {
      'value.serializer': ((value: string) => {
        if (value === 'a') void producer.send({ topic: 't', value: 'from within' })
        return value
      }) as never,
    })
    await Promise.all(records(['a', 'b', 'c']).map((record) => producer.send(record)))
    await producer.flush()
    expect(await logOf(cluster)).toEqual(['a', 'from within', 'b', 'c'])
  })
})

/** Thrown values without information. */
const wordless: readonly (readonly [string, () => unknown])[] = [
  ['whose message is a symbol', () => Object.assign(new Error('x'), { message: Symbol('odd') })],
  [
    'whose message cannot be read',
    () => Object.defineProperty(new Error('x'), 'message', { get: throws }),
  ],
  [
    'that is a proxy which was revoked',
    () => {
      const { proxy, revoke } = Proxy.revocable(new Error('x'), {})
      revoke()
      return proxy
    },
  ],
  ['that is a symbol', () => Symbol('odd')],
  ['that is an object without a prototype', () => Object.create(null)],
]

describe.each(wordless)('an error %s', (_, odd) => {
  const throwsIt = () => {
    throw odd()
  }
  it.each([
    ['serializer', 'SERIALIZER_FAILED', { 'value.serializer': onlyBad(throwsIt) }],
    [
      "serializer's promise",
      'SERIALIZER_FAILED',
      { 'value.serializer': onlyBad(async () => throwsIt()) },
    ],
    [
      'partitioner',
      'PARTITIONER_FAILED',
      { 'partitioner.class': ({ value }: { value: Bytes }) => (value === 'bad' ? throwsIt() : 0) },
    ],
    [
      'partitioner, as its return value,',
      'PARTITIONER_FAILED',
      { 'partitioner.class': ({ value }: { value: Bytes }) => (value === 'bad' ? odd() : 0) },
    ],
  ])('of a %s fails its record and no other: %s', async (_, code, config) => {
    const { words, log } = await outcome(config as never)
    expect(words).toEqual(['a', 'b', `bad:${code}`])
    expect(log).toEqual(['a', 'b'])
  })
})

it.each([
  [{}],
  [
    {
      'key.serializer': (key: unknown) => key as Bytes,
      'value.serializer': (value: unknown) => value as Bytes,
    },
  ],
] as const)(
  'a record is read once, with any configuration',
  async (config: Partial<ProducerConfig>) => {
    const { producer } = await startProducer(config)
    const reads: PropertyKey[] = []
    const record = {
      topic: 't',
      key: 'k',
      value: 'v',
      headers: { a: 'b' },
      partition: 0,
      timestamp: 1,
    }
    const watched = new Proxy(record, {
      get(target, name) {
        reads.push(name)
        return target[name as keyof typeof target]
      },
    })
    await producer.send(watched)
    expect(reads.sort()).toEqual(['headers', 'key', 'partition', 'timestamp', 'topic', 'value'])
  },
)

describe('a partitioner', () => {
  it.each([
    ['throws', throws],
    ['returns -1', () => -1],
    ['returns a missing partition', () => 1],
    ['returns a promise', () => Promise.resolve(0)],
    ['returns a promise that rejects', () => Promise.reject(no)],
  ])('that %s fails its record and no other', async (_, doing) => {
    const { words, error } = await outcome({
      'partitioner.class': (({ value }: { value: Bytes }) =>
        value === 'bad' ? doing() : 0) as never,
    })
    expect(words).toEqual(['a', 'b', 'bad:PARTITIONER_FAILED'])
    expect(error).toMatchObject({ topic: 't', partition: -1, persisted: 'no' })
  })

  it('may be an object with a method, and may return null for the sticky choice', async () => {
    const { words } = await outcome({ 'partitioner.class': { partition: () => null } })
    expect(words).toEqual(['a', 'b', 'bad'])
  })

  it('is not called for a record that names its partition', async () => {
    const { words } = await outcome(
      {
        'partitioner.class': (({ value }: { value: Bytes }) =>
          value === 'bad' ? throws() : 0) as never,
      },
      { partition: 0 },
    )
    expect(words).toEqual(['a', 'b', 'bad'])
  })
})

describe('an interceptor', () => {
  const failed = { type: 'interceptorFailed', error: no, interceptor: 'an object' }

  async function sendThrough(interceptors: readonly Interceptor[], record: ProducerRecord) {
    const cluster = await startCluster()
    const producer = producerFor(cluster, {
      'interceptor.classes': interceptors,
      'max.block.ms': 0,
    })
    const events = eventsOf(producer, 'interceptorFailed')
    const result = await producer.send(record).then(
      (metadata) => metadata,
      (error) => error,
    )
    return { result, events, cluster, producer }
  }

  it('that throws in onSend is reported and skipped; the next gets the last good record', async () => {
    const upper: Interceptor = { onSend: (record) => ({ ...record, value: 'A' }) }
    const bad: Interceptor = { onSend: throws }
    const mark: Interceptor = { onSend: (record) => ({ ...record, value: `${record.value}!` }) }
    const { cluster, producer } = await startProducer({ 'interceptor.classes': [upper, bad, mark] })
    const events = eventsOf(producer, 'interceptorFailed')
    const input = { topic: 't', value: 'a' }
    const { record } = await producer.send(input)
    expect(record).toBe(input)
    expect(await logOf(cluster)).toEqual(['A!'])
    expect(events).toEqual([{ ...failed, position: 1 }])
  })

  it('that throws in onAcknowledgement is reported; the others and the caller still get the result', async () => {
    const heard: unknown[] = []
    const bad: Interceptor = { onAcknowledgement: throws }
    const good: Interceptor = {
      onAcknowledgement: (metadata, error) => heard.push([metadata.offset, error]),
    }
    const { producer } = await startProducer({ 'interceptor.classes': [bad, good] })
    const events = eventsOf(producer, 'interceptorFailed')
    expect((await producer.send({ topic: 't', value: 'a' })).offset).toBe(0)
    expect(heard).toEqual([[0, null]])
    expect(events).toEqual([{ ...failed, position: 0 }])
  })

  it('that is asynchronous is reported: at once in onSend, and if it rejects in onAcknowledgement', async () => {
    const bad: Interceptor = {
      onSend: (async (record: ProducerRecord) => record) as never,
      onAcknowledgement: async () => throws(),
    }
    const { cluster, producer } = await startProducer({ 'interceptor.classes': [bad] })
    const events = eventsOf(producer, 'interceptorFailed')
    await producer.send({ topic: 't', value: 'a' })
    expect(await logOf(cluster)).toEqual(['a'])
    await until(() => events.length === 2)
    expect(events).toMatchObject([{ position: 0 }, { position: 0, error: no }])
    expect(String(events[0]!.error)).toContain('returned a promise')
  })

  it('gets each result with the headers that were sent, including those that an onSend has added', async () => {
    const heard: [unknown, ...string[]][] = []
    const traced: Interceptor = {
      onSend: (record) => ({ ...record, headers: { trace: `${record.value}`, ...record.headers } }),
      onAcknowledgement: ({ record }, error, headers) => {
        const told = headers.map(({ key, value }) => `${key}=${value}`)
        heard.push([error === null ? record.value : (error as { code?: string }).code!, ...told])
      },
    }
    const { cluster, producer } = await startProducer({ 'interceptor.classes': [traced] })
    await producer.send({ topic: 't', value: 'a', headers: { more: 'x' } })
    cluster.on('Produce').reply('TOPIC_AUTHORIZATION_FAILED')
    await producer.send({ topic: 't', value: 'b' }).catch(() => {})
    await producer.send({ topic: 't', value: 7 as never }).catch(() => {})
    expect(heard).toEqual([
      ['a', 'trace=a', 'more=x'],
      ['TOPIC_AUTHORIZATION_FAILED', 'trace=b'],
      ['SERIALIZER_FAILED', 'trace=7'],
    ])
  })

  it('gets a failure before sending with the headers so far, as in Java', async () => {
    const heard: [string, ...string[]][] = []
    const traced: Interceptor = {
      onSend: (record) => ({ ...record, headers: { trace: 'on', ...record.headers } }),
      onAcknowledgement: (_metadata, error, headers) => {
        const told = headers.map(({ key, value }) => `${key}=${value}`)
        heard.push([(error as { code?: string }).code!, ...told])
      },
    }
    const never = new Promise<string>(() => {})
    const { producer } = await startProducer(
      { 'interceptor.classes': [traced], 'value.serializer': (() => never) as never },
      { maxWaiting: 1 },
    )
    const fails = (record: object) => producer.send(record as never).catch(() => {})
    const given = { topic: 't', value: 'a', headers: { more: 'x' } }
    // The first waits for a promise, the second has no room; the last is too late for an onSend.
    const first = fails(given)
    await fails(given)
    await producer.close({ timeout: 0 })
    await Promise.all([first, fails(given)])
    expect(heard).toEqual([
      ['BUFFER_EXHAUSTED', 'trace=on', 'more=x'],
      ['CLOSED', 'trace=on', 'more=x'],
      ['CLOSED', 'more=x'],
    ])
  })

  it('gets the failure of a non-record, or of one with unreadable headers, without headers', async () => {
    const heard: (readonly unknown[])[] = []
    const deaf: Interceptor = {
      onAcknowledgement: (_metadata, error, headers) => {
        heard.push([(error as { code?: string }).code, ...headers])
      },
    }
    const { producer } = await startProducer({ 'interceptor.classes': [deaf] })
    const hostile = {
      topic: 't',
      value: 'a',
      get headers(): never {
        return throws()
      },
    }
    const wrong: unknown[] = [null, 7, hostile, { topic: 't', value: 'a', headers: { h: 7 } }]
    for (const record of wrong) await producer.send(record as never).catch(() => {})
    expect(heard).toEqual(wrong.map(() => ['INVALID_RECORD']))
  })

  it('gets each result once, before the caller does', async () => {
    const order: string[] = []
    const tell: Interceptor = {
      onAcknowledgement: ({ record }) => order.push(`interceptor ${record.value}`),
    }
    const { producer } = await startProducer({ 'interceptor.classes': [tell] })
    await Promise.all(
      records(['a', 'b']).map((record) =>
        producer.send(record).then(() => order.push(`caller ${record.value}`)),
      ),
    )
    expect(order.slice(0, 2)).toEqual(['interceptor a', 'interceptor b'])
    expect(order).toHaveLength(4)
  })

  it.each([
    ['an invalid topic', { topic: 'no topic', value: 'a' }, 'INVALID_TOPIC_EXCEPTION', -1],
    ['a topic that is not found', { topic: 'u', partition: 3, value: 'a' }, 'METADATA_TIMEOUT', 3],
    ['no record at all', { topic: '', value: 'a' }, 'INVALID_RECORD', -1],
  ])(
    'is told of %s with what is known, and -1 for the rest',
    async (_, record, code, partition) => {
      const heard: [RecordMetadata, Error | null][] = []
      const listener: Interceptor = {
        onAcknowledgement: (metadata, error) => heard.push([metadata, error]),
      }
      const { result } = await sendThrough([listener], record)
      expect(result).toMatchObject({ code })
      expect(heard).toHaveLength(1)
      expect(heard[0]![0]).toEqual({
        topic: record.topic,
        partition,
        offset: -1,
        timestamp: -1,
        serializedKeySize: -1,
        serializedValueSize: -1,
        record,
      })
      expect(heard[0]![1]).toBe(result)
    },
  )

  it('is told the partition of a record that is too large', async () => {
    const heard: RecordMetadata[] = []
    const cluster = await startCluster()
    const producer = producerFor(cluster, {
      'max.request.size': 1000,
      'interceptor.classes': [
        { onAcknowledgement: (metadata: RecordMetadata) => heard.push(metadata) },
      ],
    })
    const record = { topic: 't', partition: 0, value: 'x'.repeat(1000) }
    await expect(producer.send(record)).rejects.toMatchObject({
      code: 'RECORD_TOO_LARGE',
      limitBytes: 1000,
      partition: 0,
    })
    expect(heard).toMatchObject([{ topic: 't', partition: 0, offset: -1 }])
  })

  it('is also told of records that its stream has dropped', async () => {
    const heard: (string | undefined)[] = []
    const cluster = await startCluster()
    const producer = producerFor(cluster, {
      'interceptor.classes': [
        {
          onAcknowledgement: (_, error) => heard.push((error as { code?: string } | null)?.code),
        },
      ],
    })
    const delivered = listen(from(records(['a', 'b'], 'unknown')).pipe(toKafkaSettled(producer)))
    await until(() => cluster.requests.some(({ api }) => api === 'Metadata'))
    delivered.subscription.unsubscribe()
    expect(heard).toEqual(['DISCARDED', 'DISCARDED'])
  })

  it('may send records itself', async () => {
    const cluster = await startCluster()
    const echo: Interceptor = {
      onAcknowledgement({ record }) {
        if (record.value === 'a') void producer.send({ topic: 't', value: 'echo' })
      },
    }
    const producer = producerFor(cluster, { 'interceptor.classes': [echo] })
    await producer.send({ topic: 't', value: 'a' })
    await producer.flush()
    expect(await logOf(cluster)).toEqual(['a', 'echo'])
  })

  it('may close the producer; earlier records get their results', async () => {
    const cluster = await startCluster()
    const closer: Interceptor = { onAcknowledgement: () => void producer.close() }
    const producer = producerFor(cluster, { 'interceptor.classes': [closer] })
    const sent = await Promise.all(records(['a', 'b']).map((record) => producer.send(record)))
    expect(sent.map(({ offset }) => offset)).toEqual([0, 1])
    await producer.close()
  })
})
