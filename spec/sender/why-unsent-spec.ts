import { describe, expect, it } from 'vitest'
import { calm, type Weather } from '../../lib/testing/weather.ts'
import { VirtualStage } from '../scenarios/virtual-stage.ts'

// What the user learns about a record that expired unsent: the cause of its DELIVERY_TIMEOUT.

const impatient = {
  'linger.ms': 0,
  'request.timeout.ms': 1_000,
  'delivery.timeout.ms': 3_000,
} as const

function expired(stage: VirtualStage, prepare: () => void = () => {}) {
  const producer = stage.producer(impatient)
  prepare()
  const results = stage.deliverOn(producer, [{ topic: 't', partition: 0, value: 'x' }])
  stage.clock.runUntil(stage.clock.now() + 10_000)
  expect(results).toMatchObject([
    { status: 'rejected', error: { code: 'DELIVERY_TIMEOUT', attempts: 0, persisted: 'no' } },
  ])
  return (results[0] as unknown as { error: { message: string; cause: object } }).error
}

describe('the cause of a DELIVERY_TIMEOUT without an attempt', () => {
  it('is that the leader cannot be reached, with the address that it advertises, and why', () => {
    const weather: Weather = {
      ...calm(1),
      connect: (broker) => ({ ms: 1, outcome: broker === 1 ? 'refuse' : 'accept' }),
    }
    const error = expired(new VirtualStage({ brokers: 2, weather }))

    expect(error.cause).toMatchObject({
      code: 'CONNECT_FAILED',
      address: expect.stringContaining(':9092'),
      cause: { code: 'CONNECT_FAILED' },
    })
    expect(error.message).toMatch(
      /broker 1, cannot be reached: .*ECONNREFUSED.*advertised.listeners/,
    )
  })

  it('is that the partition has no leader', () => {
    const stage = new VirtualStage({ brokers: 2 })
    const error = expired(stage, () => stage.cluster.moveLeader('t', 0, -1))

    expect(error.cause).toMatchObject({ code: 'LEADER_NOT_AVAILABLE' })
  })

  it('is the error of the last request for a producer id', () => {
    const stage = new VirtualStage()
    const error = expired(stage, () => {
      stage.cluster.on('InitProducerId', { times: 1000 }).reply('COORDINATOR_LOAD_IN_PROGRESS')
    })

    expect(error.cause).toMatchObject({ code: 'COORDINATOR_LOAD_IN_PROGRESS' })
    expect(error.message).toContain('InitProducerId')
  })

  it('is that the topic is gone', () => {
    const stage = new VirtualStage()
    const error = expired(stage, () => {
      stage.cluster.moveLeader('t', 0, -1)
      stage.clock.at(1_000, () => stage.cluster.deleteTopic('t'))
    })

    expect(error.cause).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
    expect(error.message).toContain('Metadata t: UNKNOWN_TOPIC_OR_PARTITION')
  })

  it('is that the topic has fewer partitions than before', () => {
    const stage = new VirtualStage({ topics: { t: { partitions: 2 } } })
    const producer = stage.producer(impatient)
    stage.cluster.moveLeader('t', 1, -1)
    stage.clock.at(1_000, () => {
      stage.cluster.deleteTopic('t')
      stage.cluster.createTopic('t', { partitions: 1 })
    })
    const results = stage.deliverOn(producer, [{ topic: 't', partition: 1, value: 'x' }])
    stage.clock.runUntil(10_000)

    const cause = { code: 'UNKNOWN_TOPIC_OR_PARTITION' }
    const message = expect.stringContaining('t-1: UNKNOWN_TOPIC_OR_PARTITION')
    expect(results).toMatchObject([{ error: { code: 'DELIVERY_TIMEOUT', cause, message } }])
    expect((results[0] as { error: Error }).error.message).toContain('fewer partitions now')
  })

  it('is that the broker throttles this client, with the time', () => {
    const stage = new VirtualStage()
    const producer = stage.producer(impatient)
    stage.cluster.on('Produce').throttle(60_000)
    stage.deliverOn(producer, [{ topic: 't', value: 'first' }])
    stage.clock.runUntil(1_000)
    const results = stage.deliverOn(producer, [{ topic: 't', value: 'second' }])
    stage.clock.runUntil(10_000)

    expect(results).toMatchObject([
      {
        error: {
          code: 'DELIVERY_TIMEOUT',
          cause: { code: 'THROTTLING_QUOTA_EXCEEDED', broker: 1 },
          message: expect.stringMatching(/throttles this client \(a quota\) for \d+ more ms/),
        },
      },
    ])
  })
})

describe('the cause of a DELIVERY_TIMEOUT in flight', () => {
  it('is that the broker does not answer', () => {
    const stage = new VirtualStage()
    const producer = stage.producer({
      'linger.ms': 0,
      'request.timeout.ms': 3_000,
      'delivery.timeout.ms': 3_000,
      'max.in.flight.requests.per.connection': 1,
    })
    stage.deliverOn(producer, [{ topic: 't', value: 'first' }])
    stage.clock.runUntil(1_000)
    stage.cluster.on('Produce').delay(60_000)
    const results = stage.deliverOn(producer, [{ topic: 't', value: 'second' }])
    stage.clock.runUntil(20_000)

    expect(results).toMatchObject([
      {
        error: {
          code: 'DELIVERY_TIMEOUT',
          attempts: 1,
          cause: {
            code: 'REQUEST_TIMEOUT',
            message: expect.stringContaining('has not answered 1 request'),
          },
        },
      },
    ])
  })
})
