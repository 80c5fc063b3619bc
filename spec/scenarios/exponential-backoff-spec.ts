// After librdkafka's 0143-exponential_backoff_mock, in virtual time: pauses double, plus or minus
// 20 %, up to a maximum, whatever fails.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calm, type Weather } from '../../lib/testing/weather.ts'
import { gaps, VirtualStage } from './virtual-stage.ts'

const backoff = { 'retry.backoff.ms': 100, 'retry.backoff.max.ms': 1_000, 'linger.ms': 0 } as const
const record = { topic: 't', value: 'hello' }
/** A round trip: the time between a failure and the next attempt is shorter by this. */
const roundTripMs = 2
const doubling = [100, 200, 400, 800, 1_000, 1_000, 1_000]
/** A connection takes a millisecond, and ApiVersions one more in each direction. */
const pauses = (moments: readonly number[]) => gaps(moments).map((gap) => gap - roundTripMs)

describe('pauses between attempts', () => {
  it('double from retry.backoff.ms up to retry.backoff.max.ms while a batch is refused', () => {
    const stage = new VirtualStage()
    stage.cluster.on('Produce', { times: 7 }).reply('NOT_ENOUGH_REPLICAS')
    const attempts = stage.arrivals('Produce')

    const results = stage.deliver([record], backoff)
    stage.clock.runUntil(10_000)

    expect(results).toMatchObject([{ status: 'fulfilled', metadata: { offset: 0 } }])
    expect(pauses(attempts)).toEqual(doubling)
  })

  it('stay within 20 % of that, and never exceed the maximum, with any random numbers', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (chance) => {
        const random = () => chance.next().value as number
        const stage = new VirtualStage({ random })
        stage.cluster.on('Produce', { times: 7 }).reply('NOT_ENOUGH_REPLICAS')
        const attempts = stage.arrivals('Produce')

        stage.deliver([record], backoff)
        stage.clock.runUntil(10_000)

        expect(attempts).toHaveLength(8)
        for (const [index, pause] of pauses(attempts).entries()) {
          expect(pause).toBeGreaterThanOrEqual(Math.floor(doubling[index]! * 0.8))
          expect(pause).toBeLessThanOrEqual(Math.min(doubling[index]! * 1.2, 1_000))
        }
      }),
      { numRuns: 100 },
    )
  })

  it('start again with each batch', () => {
    const stage = new VirtualStage()
    stage.cluster.on('Produce', { nth: 1, times: 3 }).reply('NOT_ENOUGH_REPLICAS')
    stage.cluster.on('Produce', { nth: 5, times: 2 }).reply('NOT_ENOUGH_REPLICAS')
    const attempts = stage.arrivals('Produce')
    const config = { ...backoff, 'batch.size': 1, 'max.in.flight.requests.per.connection': 1 }

    stage.deliver([record, record], config)
    stage.clock.runUntil(10_000)

    expect(pauses(attempts)).toEqual([100, 200, 400, 0, 100, 200])
  })

  it('double between requests for a producer id', () => {
    const stage = new VirtualStage()
    stage.cluster.on('InitProducerId', { times: 5 }).reply('COORDINATOR_LOAD_IN_PROGRESS')
    const questions = stage.arrivals('InitProducerId')

    const results = stage.deliver([record], backoff)
    stage.clock.runUntil(10_000)

    expect(results).toMatchObject([{ status: 'fulfilled' }])
    expect(pauses(questions)).toEqual(doubling.slice(0, 5))
  })
})

describe('pauses between metadata requests for a leader', () => {
  it('double while a partition has no leader, and the requests stop once it has one', () => {
    const stage = new VirtualStage()
    stage.cluster.moveLeader('t', 0, -1)
    const questions = stage.arrivals('Metadata')

    const results = stage.deliver([record], backoff)
    stage.clock.runUntil(5_000)
    stage.cluster.moveLeader('t', 0, 1)
    stage.clock.runUntil(7_000)
    const asked = questions.length
    stage.clock.runUntil(60_000)

    // The first answer has new metadata, so the doubling begins after the second.
    expect(pauses(questions).slice(0, 8)).toEqual([100, ...doubling])
    expect(results).toMatchObject([{ status: 'fulfilled', metadata: { offset: 0 } }])
    expect(questions).toHaveLength(asked)
  })

  it('also double while a leader says that it is not the leader and metadata names no other', () => {
    const stage = new VirtualStage({ brokers: 3 })
    const refusals = stage.cluster.on('Produce', { broker: 1 }).reply('NOT_LEADER_OR_FOLLOWER')
    const questions = stage.arrivals('Metadata')

    const results = stage.deliver([record], { ...backoff, 'delivery.timeout.ms': 60_000 })
    stage.clock.runUntil(6_000)
    const before = questions.length
    stage.cluster.moveLeader('t', 0, 2)
    stage.clock.runUntil(8_000)
    const asked = questions.length
    stage.clock.runUntil(60_000)

    expect(refusals.hits).toBeGreaterThan(4)
    const slowing = gaps(questions.slice(0, before)).slice(1)
    expect(slowing).toEqual(slowing.toSorted((one, other) => one - other))
    expect(slowing.at(-1)).toBeGreaterThanOrEqual(1_000)
    expect(results).toMatchObject([{ status: 'fulfilled', metadata: { offset: 0 } }])
    expect(questions).toHaveLength(asked)
  })
})

describe('pauses between connections', () => {
  // The first connection is for metadata, whose requests have their own pauses: constant here.
  const reconnect = {
    'retry.backoff.ms': 10,
    'retry.backoff.max.ms': 10,
    'reconnect.backoff.ms': 50,
    'reconnect.backoff.max.ms': 1_000,
  } as const

  function withAttempts(outcome: (broker: number) => 'accept' | 'refuse' | 'silence', brokers = 1) {
    const moments: number[] = []
    const weather: Weather = {
      ...calm(1),
      connect(broker) {
        moments.push(stage.clock.now())
        return { ms: 1, outcome: outcome(broker) }
      },
    }
    const stage: VirtualStage = new VirtualStage({ weather, brokers })
    return { stage, moments }
  }

  it('double from reconnect.backoff.ms up to reconnect.backoff.max.ms', () => {
    const { stage, moments } = withAttempts(() => 'refuse')

    stage.deliver([record], { ...reconnect })
    stage.clock.runUntil(5_000)

    // A refusal takes a millisecond.
    const expected = [50, 100, 200, 400, 800, 1_000, 1_000].map((pause) => pause + 1)
    expect(gaps(moments).slice(0, 7)).toEqual(expected)
  })

  it('start again once a connection was ready', () => {
    let refused = 4
    const { stage, moments } = withAttempts(() => (refused-- > 0 ? 'refuse' : 'accept'))
    const results = stage.deliver([record], { ...reconnect })
    stage.clock.runUntil(5_000)
    expect(results).toMatchObject([{ status: 'fulfilled' }])
    expect(gaps(moments).slice(0, 4)).toEqual([51, 101, 201, 401])
  })

  it('are for one broker only: the next bootstrap server need not wait as long', () => {
    const { stage, moments } = withAttempts((broker) => (broker === 1 ? 'accept' : 'refuse'), 5)
    const results = stage.deliver([record], { ...reconnect })
    stage.clock.runUntil(40)

    // `random` is one half: servers 3, 4 and 5, then 1, which reports the leader.
    expect(moments.slice(0, 4)).toEqual([0, 11, 22, 33])
    stage.clock.runUntil(100)
    expect(results).toMatchObject([{ status: 'fulfilled' }])
  })

  it('follow a set-up timeout that also doubles, if nothing answers', () => {
    const { stage, moments } = withAttempts(() => 'silence')
    const setup = {
      'socket.connection.setup.timeout.ms': 1_000,
      'socket.connection.setup.timeout.max.ms': 4_000,
    }

    stage.deliver([record], { ...reconnect, ...setup })
    stage.clock.runUntil(15_000)

    expect(gaps(moments).slice(0, 4)).toEqual([1_050, 2_100, 4_200, 4_400])
  })
})
