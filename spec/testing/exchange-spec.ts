import { describe, expect, it } from 'vitest'
import { errorCode } from '../../lib/errors/error-codes.ts'
import { decodeResponse, encodeRequest } from '../../lib/protocol/headers.ts'
import { ApiVersions } from '../../lib/protocol/messages/api-versions.ts'
import { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { newestRelease, releases } from '../../lib/testing/releases.ts'
import { batch, int } from '../support/batches.ts'
import { answerIn, brokers } from '../support/mock-brokers.ts'

const records = [batch({ records: [{ value: 'a' }] })]

/** A Produce request for these partitions of `t`. */
function produceTo(...partitions: number[]) {
  const partitionData = partitions.map((index) => ({ index, records }))
  return { acks: 1, timeoutMs: 1, topicData: [{ name: 't', partitionData }] }
}

describe('a request', () => {
  it('is recorded as it arrived, with the client and the broker', () => {
    const { ask, log, model } = brokers()
    ask(2, Metadata, 9, { topics: [{ name: 't' }] })
    expect(log.requests).toMatchObject([
      {
        api: 'Metadata',
        version: 9,
        broker: 2,
        clientId: 'spec',
        correlationId: 7,
        body: { topics: [{ name: 't' }], allowAutoTopicCreation: true },
      },
    ])
    expect(model.violations).toEqual([])
  })

  const header = (key: number, version: number) => [
    int(2, key),
    int(2, version),
    int(4, 7),
    int(2, -1),
  ]
  it.each([
    [
      'of Produce v0 to v2, although they are advertised',
      header(0, 2),
      'does not support Produce v2',
    ],
    ['of a future version', header(3, 99), 'does not support Metadata v99'],
    ['of an API it does not serve', header(999, 0), 'no API with the key 999'],
    ['that ends too early', [...header(3, 1), int(2, 0)], 'Metadata v1 request: '],
    ['that is too long', [...header(18, 0), int(1, 0)], '1 bytes after the end'],
    ['without a header', [int(2, 3)], 'are needed'],
  ])('%s ends the connection, and is a violation', (_, pieces, why) => {
    const { exchange, model, log } = brokers()
    expect(exchange.receive(1, Buffer.concat(pieces))).toMatchObject({
      chunks: null,
      next: 'close',
    })
    expect(model.violations).toEqual([expect.stringContaining(why)])
    expect(log.requests).toEqual([])
  })

  it('of a future ApiVersions version is answered in v0, with the supported versions', () => {
    const { exchange, model } = brokers({ release: releases['4.3'] })
    const facts = { correlationId: 7, clientId: null }
    const body = { clientSoftwareName: 'spec', clientSoftwareVersion: '1' }
    const frame = Buffer.concat(encodeRequest(ApiVersions, 5, facts, body))

    const reaction = exchange.receive(1, frame.subarray(4))

    const answer = answerIn(ApiVersions, 0, reaction)
    expect(errorCode(answer.errorCode).name).toBe('UNSUPPORTED_VERSION')
    expect(answer.apiKeys).toEqual([{ apiKey: 18, minVersion: 0, maxVersion: 4 }])
    expect([reaction.next, model.violations]).toEqual(['read', []])
  })

  it('of a version that an old broker lacks ends the connection', () => {
    const { react } = brokers({
      versions: { ...releases[newestRelease].versions, Produce: [0, 7] },
    })
    expect(react(1, Produce, 8, produceTo(0)).next).toBe('close')
    expect(react(1, Produce, 7, produceTo(0)).next).toBe('read')
  })
})

describe('a fault', () => {
  it('affects every matching request, the nth, or some from the nth on', () => {
    const { react, script } = brokers()
    const [every, third, two, either] = [
      script.on('Produce', { broker: 1 }),
      script.on('Produce', { nth: 3 }),
      script.on('Produce', { nth: 2, times: 2 }),
      script.on('Produce', { times: 2 }),
    ]
    const counts: unknown[] = []
    for (const broker of [1, 2, 1, 1]) {
      react(broker, Produce, 9, produceTo(0))
      counts.push([every!.hits, third!.hits, two!.hits, either!.hits])
    }
    expect(counts).toEqual([
      [1, 0, 0, 1],
      [1, 0, 1, 2],
      [2, 1, 2, 2],
      [3, 1, 2, 2],
    ])
  })

  it('affects only requests of its API with its topic and partition, by name or by id', () => {
    const { react, script, model } = brokers()
    const fault = script.on('Produce', { topic: 't', partition: 1 })
    const id = model.state.topic('t')!.id
    const named = (topicId: string) => {
      return { ...produceTo(), topicData: [{ topicId, partitionData: [{ index: 1, records }] }] }
    }
    react(1, Produce, 9, produceTo(0))
    react(1, Metadata, 9, { topics: [{ name: 't' }] })
    react(1, Produce, 13, named(model.state.topic('u')!.id))
    expect(fault.hits).toBe(0)
    react(1, Produce, 9, produceTo(0, 1))
    react(1, Produce, 13, named(id))
    expect(fault.hits).toBe(2)
  })

  it('ends when it is cancelled', () => {
    const { react, script } = brokers()
    const fault = script.on('Produce').closeBeforeAppend()
    fault.cancel()
    expect([react(1, Produce, 9, produceTo(0)).next, fault.hits]).toEqual(['read', 0])
  })

  it.each([
    ['closeBeforeAppend', 'close', 0],
    ['closeAfterAppend', 'close', 1],
    ['hang', 'hang', 1],
  ] as const)('%s sends nothing', (name, next, appended) => {
    const { react, script, model } = brokers()
    script.on('Produce')[name]()
    expect(react(1, Produce, 9, produceTo(0))).toMatchObject({ chunks: null, next })
    expect(model.state.partition('t', 0).log.nextOffset).toBe(appended)
  })

  it('hangs before it appends, if that is requested', () => {
    const { react, script, model } = brokers()
    script.on('Produce').hang({ appended: false })
    expect(react(1, Produce, 9, produceTo(0)).next).toBe('hang')
    expect(model.state.partition('t', 0).log.nextOffset).toBe(0)
  })

  it('replies with an error only for its partition', () => {
    const { ask, script, model } = brokers()
    model.state.moveLeader('t', 1, 1)
    script.on('Produce', { topic: 't', partition: 1 }).reply('NOT_ENOUGH_REPLICAS')

    const [topic] = ask(1, Produce, 9, produceTo(0, 1)).responses

    const errors = topic!.partitionResponses.map((partition) => errorCode(partition.errorCode).name)
    expect(errors).toEqual(['NONE', 'NOT_ENOUGH_REPLICAS'])
    expect(model.state.partition('t', 1).log.nextOffset).toBe(0)
  })

  it.each([
    ['REQUEST_TIMED_OUT', undefined, 1],
    ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', undefined, 1],
    ['NOT_ENOUGH_REPLICAS', undefined, 0],
    ['NOT_ENOUGH_REPLICAS', { appended: true }, 1],
    ['REQUEST_TIMED_OUT', { appended: false }, 0],
  ] as const)('replies %s %o having appended %i', (error, options, appended) => {
    const { ask, script, model } = brokers()
    script.on('Produce').reply(error, options)
    const [topic] = ask(1, Produce, 9, produceTo(0)).responses
    expect(errorCode(topic!.partitionResponses[0]!.errorCode).name).toBe(error)
    expect(model.state.partition('t', 0).log.nextOffset).toBe(appended)
  })

  it('replies to requests that name no partition', () => {
    const { ask, script } = brokers()
    script.on('InitProducerId').reply('COORDINATOR_LOAD_IN_PROGRESS')
    script.on('Metadata', { topic: 't' }).reply('LEADER_NOT_AVAILABLE')
    script.on('ApiVersions').reply('UNSUPPORTED_VERSION')

    const identity = ask(1, InitProducerId, 5, { transactionalId: null, transactionTimeoutMs: 1 })
    const { topics } = ask(1, Metadata, 9, { topics: null })
    const versions = ask(1, ApiVersions, 0, {})

    expect(errorCode(identity.errorCode).name).toBe('COORDINATOR_LOAD_IN_PROGRESS')
    expect(topics.map((topic) => errorCode(topic.errorCode).name)).toEqual([
      'LEADER_NOT_AVAILABLE',
      'NONE',
    ])
    expect(errorCode(versions.errorCode).name).toBe('UNSUPPORTED_VERSION')
  })

  it('refuses to reply with anything but an error of Kafka', () => {
    const { script } = brokers()
    expect(() => script.on('Produce').reply('NO_SUCH_ERROR' as 'NONE')).toThrow(RangeError)
  })

  it('calls before the broker looks', () => {
    const { ask, script, model } = brokers()
    script.on('Produce', { nth: 1 }).call(({ broker }) => {
      expect(broker).toBe(1)
      model.state.moveLeader('t', 0, 2)
    })
    const [topic] = ask(1, Produce, 9, produceTo(0)).responses
    expect(errorCode(topic!.partitionResponses[0]!.errorCode).name).toBe('NOT_LEADER_OR_FOLLOWER')
  })

  it('delays and throttles at the same time, and announces the throttling', () => {
    const { react, script } = brokers()
    script.on('Produce').delay(20).throttle(300)
    const reaction = react(1, Produce, 9, produceTo(0))
    expect(reaction).toMatchObject({ next: 'read', delayMs: 20, muteMs: 300 })
    expect(answerIn(Produce, 9, reaction).throttleTimeMs).toBe(300)
  })

  const sent = (damage: (script: ReturnType<typeof brokers>['script']) => void) => {
    const { react, script } = brokers()
    const whole = Buffer.concat(react(1, Metadata, 9, { topics: null }).chunks!)
    damage(script)
    const reaction = react(1, Metadata, 9, { topics: null })
    return { whole, next: reaction.next, bytes: Buffer.concat(reaction.chunks!) }
  }

  it('truncates: so many bytes, then the end', () => {
    const { whole, next, bytes } = sent((script) => script.on('Metadata').truncate(9))
    expect([bytes, next]).toEqual([whole.subarray(0, 9), 'close'])
  })

  it('shortens and lengthens an answer with a matching size', () => {
    const shorter = sent((script) => script.on('Metadata').shorten(3))
    const longer = sent((script) => script.on('Metadata').lengthen(2))

    expect(shorter.bytes.readInt32BE(0)).toBe(shorter.whole.length - 4 - 3)
    expect(shorter.bytes.subarray(4)).toEqual(shorter.whole.subarray(4, -3))
    expect(() => decodeResponse(Metadata, 9, longer.bytes.subarray(4))).toThrow('2 bytes after')
    expect([shorter.next, longer.next]).toEqual(['read', 'read'])
  })

  it('sends garbage, given or random', () => {
    const mine = sent((script) => script.on('Metadata').garbage(Buffer.from('HTTP/1.1 400')))
    const nonsense = sent((script) => script.on('Metadata').garbage())
    expect(mine.bytes.toString()).toBe('HTTP/1.1 400')
    expect(nonsense.bytes).toHaveLength(64)
    expect(nonsense.bytes.readInt32BE(0)).toBeGreaterThan(100 * 1024 * 1024)
  })
})
