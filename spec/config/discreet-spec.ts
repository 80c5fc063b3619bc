import { inspect } from 'node:util'
import { from } from 'rxjs'
import { KafkaProducer, type ProducerConfig, type ProducerEvent, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { fromProperties } from '../../lib/config/from-properties.ts'
import { type KeyName, keyNames, keys } from '../../lib/config/keys.ts'
import { resolveConfig } from '../../lib/config/resolve-config.ts'
import { serializers } from '../../lib/serialization/serializers.ts'
import { published } from '../support/overheard.ts'
import { configFor, listen, producerFor, records, startCluster } from '../support/scenario.ts'

// No secret of the configuration is ever shown: not by an error, not by a printed producer or
// printed settings, not by an event. Each spec hides one marker wherever a secret may be, and
// searches for it in everything that can become text.

const marker = 'hunter2'
const base = { 'bootstrap.servers': 'a:9092' }
const passwords = keyNames.filter((name) => ['password', 'secret'].includes(keys[name].type))

/** All the text that a program could make of a value. */
function printed(thing: unknown): string {
  const deep = { showHidden: true, depth: Number.POSITIVE_INFINITY, maxStringLength: null }
  const own = thing instanceof Error ? Reflect.ownKeys(thing) : []
  const values = own.map((key) => inspect((thing as Record<PropertyKey, unknown>)[key], deep))
  return [String(thing), inspect(thing), inspect(thing, deep), json(thing), ...values].join('\n')
}

function json(thing: unknown): string {
  return JSON.stringify(thing, (_, value) => (typeof value === 'bigint' ? `${value}` : value)) ?? ''
}

/** What resolveConfig returns or throws: settings, or the error. */
function judged(config: unknown): unknown {
  try {
    return resolveConfig(config as ProducerConfig)
  } catch (error) {
    return error
  }
}

const plain = {
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': 'PLAIN',
  'sasl.username': 'me',
}

const oauth = { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'OAUTHBEARER' }

describe('a marker', () => {
  it('would be found anywhere', () => {
    class Plugin {
      readonly token = marker
    }
    const hidden = Object.defineProperty(new Error('no'), 'value', {
      value: { deep: new Plugin() },
    })
    for (const thing of [new Error(marker), hidden, { a: [{ b: { c: { d: new Plugin() } } }] }]) {
      expect(printed(thing)).toContain(marker)
    }
  })
})

describe('a password', () => {
  it('is what these keys hold', () => {
    expect(passwords).toEqual([
      'ssl.keystore.password',
      'ssl.keystore.key',
      'ssl.keystore.certificate.chain',
      'ssl.key.password',
      'ssl.truststore.password',
      'ssl.truststore.certificates',
      'sasl.username',
      'sasl.password',
      'sasl.jaas.config',
      'sasl.oauthbearer.client.credentials.client.secret',
      'sasl.oauthbearer.assertion.private.key.passphrase',
    ])
    const looks = /password|passphrase|secret|jaas|\.key$/
    expect(keyNames.filter((name) => looks.test(name) && !passwords.includes(name))).toEqual([])
  })

  it.each(passwords)('of %s is never shown, whatever its type', (name) => {
    const jaas = `org.apache.kafka.Module required username="me" password="${marker}";`
    const given = [marker, ` ${marker} `, jaas, [marker], { password: marker }, Buffer.from(marker)]
    for (const value of [...given, new Map([[marker, marker]]), () => marker, Symbol(marker)]) {
      for (const more of [{}, plain, { ...plain, acks: 'most' }, { acks: 'most' }]) {
        expect(printed(judged({ ...base, ...more, [name]: value }))).not.toContain(marker)
      }
    }
    const lines = `bootstrap.servers=a:1\n${name}=${marker}\n`
    expect(printed(judged(fromProperties(lines)))).not.toContain(marker)
  })

  it('is not shown if its key is misspelt or belongs to another client', () => {
    const typos = passwords.flatMap((name) => [
      `${name}s`,
      name.toUpperCase(),
      `spring.kafka.${name}`,
    ])
    for (const key of [...typos, 'password', 'saslPassword', 'x']) {
      expect(printed(judged({ ...base, [key]: marker }))).not.toContain(marker)
    }
  })

  it('is not shown if it became a key, in lines of a properties file without their backslashes', () => {
    const line = `${marker}${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt'}`
    for (const pasted of [line, `${marker}/+==`, `${marker}+/a b`]) {
      const text = `ssl.keystore.key=-----BEGIN PRIVATE KEY-----\n${pasted}\n`
      expect(printed(judged(fromProperties(text)))).not.toContain(marker)
    }
  })

  it('is not shown if a configuration is not an object of keys', () => {
    const [name] = passwords as [KeyName]
    const odd = [[[name, marker]], new Map([[name, marker]]), `${name}=${marker}`, () => marker]
    for (const config of odd) expect(printed(judged(config))).not.toContain(marker)
  })
})

describe('an address', () => {
  it.each([
    `SASL_SSL://me:${marker}@a:9092`,
    `me:${marker}@a:9092`,
    `SASL_SSL://me:${marker},x@a:9092`,
    `me:x,${marker},x@a:9092`,
    `a:1,//${marker}@b:0,,`,
    [`//${marker}@a:1`, 7],
  ])('of a broker does not show user name and password: %s', (servers) => {
    expect(printed(judged({ 'bootstrap.servers': servers }))).not.toContain(marker)
  })

  it('of anything else does not show them either', () => {
    // These are names, not secrets: the first two are sent to a broker, and the third names the
    // local host.
    const told: readonly string[] = ['client.id', 'transactional.id', 'client.rack']
    for (const name of keyNames.filter((key) => !told.includes(key))) {
      const url = `https://me:${marker}@host/path`
      expect(printed(judged({ ...base, [name]: url }))).not.toContain(marker)
    }
    const key = 'sasl.oauthbearer.token.endpoint.url'
    const url = { ...base, ...oauth, [key]: `ftp://me:${marker}@host/path` }
    expect(`${judged(url)}`).toContain("'ftp://[hidden]@host/path' is not valid")
  })

  it.each(['/', '?', '#', '@', ' ', '\n', '://', '//', '\\'])(
    'does not show a password with any characters: %j',
    (mark) => {
      const login = `me:a${mark}${marker}${mark}b@host:1`
      for (const text of [`https://${login}/path`, `https:/${login}`, login]) {
        for (const name of ['sasl.oauthbearer.token.endpoint.url', 'bootstrap.servers', 'acks']) {
          expect(printed(judged({ ...base, [name]: text })), text).not.toContain(marker)
          expect(printed(judged({ ...base, [name]: [text, 7] })), text).not.toContain(marker)
          expect(printed(judged({ ...base, [name]: [text] })), text).not.toContain(marker)
        }
      }
    },
  )
})

/** Objects of the user that hold a secret, as plug-ins do: an API key, a token. */
class Plugin {
  readonly token = marker
  readonly options = { nested: { apiKey: marker } }
}

describe('an object of the user', () => {
  it('is not shown by the error that refuses it; its kind is', () => {
    for (const name of keyNames) {
      const odd = [
        new Plugin(),
        [new Plugin()],
        { partition: marker },
        Object.assign(() => 1, new Plugin()),
      ]
      for (const value of odd) {
        expect(printed(judged({ ...base, [name]: value })), name).not.toContain(marker)
      }
    }
    const error = judged({ ...base, 'value.serializer': new Plugin() })
    expect(error).toMatchObject({ code: 'INVALID_VALUE', value: 'an object (Plugin)' })
  })

  class Tracer extends Plugin {
    onSend(): never {
      throw new Error('no token')
    }
    onAcknowledgement(): never {
      throw new Error('no token')
    }
  }
  class Placer extends Plugin {
    partition(): number {
      return 0
    }
  }
  const plugins = {
    'key.serializer': Object.assign((key: unknown) => key, new Plugin()),
    'value.serializer': Object.assign(
      (value: string) => serializers.string(value, {} as never),
      new Plugin(),
    ),
    'partitioner.class': new Placer(),
    'interceptor.classes': [new Tracer()],
  } as unknown as Partial<ProducerConfig>

  it('is not shown by the settings, although they have it', () => {
    const settings = resolveConfig({ ...base, ...plugins } as ProducerConfig)
    expect(printed(settings.bootstrapServers)).toContain('9092')
    for (const text of [inspect(settings, { showHidden: true, depth: 9 }), json(settings)]) {
      expect(text).not.toContain(marker)
      expect(text).toContain('an object (Tracer)')
      expect(text).toContain('lingerMs')
    }
    expect(settings.interceptors[0]).toBeInstanceOf(Tracer)
  })

  it('is not shown by a producer, its streams, its errors and its events', async () => {
    const cluster = await startCluster()
    cluster.on('Produce', { nth: 1 }).closeBeforeAppend()
    cluster.on('Produce', { nth: 2 }).reply('INVALID_RECORD')
    const producer = producerFor(cluster, plugins)
    const events: ProducerEvent[] = []
    producer.events$.subscribe((event) => events.push(event))
    const messages = published('to-kafka:interceptor-failed')
    const shared = from(records(['a', 'b'])).pipe(toKafkaSettled(producer))
    const delivered = listen(shared)
    expect(await delivered.ended).toBeNull()
    await producer.close()
    const own = toKafkaSettled(configFor(cluster, plugins))
    const codes = delivered.values.map((one) => one.status === 'rejected' && one.error.code)
    expect(codes).toContain('INVALID_RECORD')
    const refused = await producer.send({ topic: 't', value: 'c' } as never).catch((error) => error)
    expect(events.map(({ type }) => type)).toContain('interceptorFailed')
    expect(messages).toContainEqual(expect.objectContaining({ interceptor: 'an object (Tracer)' }))
    const heard = [events, messages, producer.events$]
    for (const thing of [producer, shared, own, delivered.values, refused, ...heard]) {
      expect(printed(thing)).not.toContain(marker)
    }
  })

  it('is not shown by the error that the constructor throws', () => {
    const make = () => new KafkaProducer({ ...base, ...plugins, acks: 'most' } as never)
    let thrown: unknown
    try {
      make()
    } catch (error) {
      thrown = error
    }
    expect(printed(thrown)).toContain('acks')
    expect(printed(thrown)).not.toContain(marker)
  })
})
