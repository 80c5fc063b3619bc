// Brokers that do not know a producer accept any number from it: those of a recreated topic, and
// all of them after producer.id.expiration.ms. The order within a partition must still hold. In
// virtual time; a request and its answer take 1 ms each.

import { Subject } from 'rxjs'
import { toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { isNewest } from '../support/kafka-version.ts'
import { VirtualStage } from './virtual-stage.ts'

const config = { 'linger.ms': 0, 'retry.backoff.ms': 20, 'request.timeout.ms': 5000 }

/** Records sent one by one at certain times, and the result of each. */
class Session {
  readonly stage: VirtualStage
  readonly outcomes = new Map<unknown, string>()
  #records$ = new Subject<{ topic: string; value: string }>()

  constructor(stage: VirtualStage, more: object = {}) {
    this.stage = stage
    const producer = stage.producer({ ...config, ...more })
    this.#records$.pipe(toKafkaSettled(producer)).subscribe((result) => {
      if (result.status === 'rejected') this.outcomes.set(result.record.value, result.error.code)
      else this.outcomes.set(result.metadata.record.value, `@${result.metadata.offset}`)
    })
  }

  /** Sends these records a given number of milliseconds apart, and lets time pass. */
  give(values: string, everyMs = 2): this {
    for (const value of values) {
      this.#records$.next({ topic: 't', value })
      this.pass(everyMs)
    }
    return this
  }

  pass(ms: number): this {
    this.stage.clock.runUntil(this.stage.clock.now() + ms)
    return this
  }

  get log(): string {
    return this.stage.cluster
      .records('t')
      .map(({ valueText }) => valueText)
      .join('')
  }
}

describe('a topic that is recreated while a stream runs', () => {
  function madeAgain(session: Session): void {
    session.stage.cluster.deleteTopic('t')
    session.stage.cluster.createTopic('t')
  }

  it('gets the refused batch before any other (Produce by id)', () => {
    const session = new Session(new VirtualStage()).give('012', 10)
    madeAgain(session)
    const { cluster } = session.stage
    // The first request has the old id; the second, its repeat, meets a leader that is not ready
    // yet.
    cluster.on('Produce', { nth: 2 }).delay(60).reply('NOT_LEADER_OR_FOLLOWER')

    session.give('3').pass(50).give('4567').pass(1000)

    expect(session.log).toBe('34567')
    expect([...session.outcomes.values()]).toEqual(
      ['@0', '@1', '@2'].concat(['@0', '@1', '@2', '@3', '@4']),
    )
  })

  it.each([7, 12, 13])(
    'gets nothing until requests in flight to the old topic are answered (v%i)',
    (version) => {
      const versions = { Produce: [0, version] } as const
      const stage = new VirtualStage({ versions })
      const session = new Session(stage, { 'metadata.max.age.ms': 20 }).give('012', 10)
      madeAgain(session)
      stage.cluster.on('Produce', { nth: 1 }).delay(200).reply('NOT_LEADER_OR_FOLLOWER')

      session.give('3').pass(100).give('4567').pass(1000)

      expect(session.log).toBe('34567')
      expect([...session.outcomes.values()].slice(3)).toEqual(['@0', '@1', '@2', '@3', '@4'])
    },
  )

  // Brokers before 2.5 refuse any number except 0 from an unknown producer.
  it
    .runIf(isNewest)
    .each([
      'NOT_LEADER_OR_FOLLOWER',
      'UNKNOWN_TOPIC_OR_PARTITION',
      'LEADER_NOT_AVAILABLE',
      'KAFKA_STORAGE_ERROR',
    ] as const)(
    'fails a batch if it has accepted a later one, and no error has reported the recreation (%s)',
    (code) => {
      const stage = new VirtualStage({ versions: { Produce: [0, 7] } })
      const session = new Session(stage).give('012', 10)
      madeAgain(session)
      stage.cluster.on('Produce', { nth: 1 }).reply(code)

      session.give('34567', 1).pass(1000)

      expect(session.log).toBe('4567')
      expect([...session.outcomes]).toContainEqual(['3', 'SEQUENCE_LOST'])
      expect(session.outcomes.size).toBe(8)
    },
  )

  it.runIf(isNewest)(
    'between two batches in flight fails the one that was not accepted (Produce by name)',
    () => {
      const stage = new VirtualStage({ versions: { Produce: [3, 12] } })
      const session = new Session(stage).give('0', 100)
      let requests = 0
      stage.cluster.on('Produce', { nth: 1, times: 2 }).call(() => {
        requests += 1
        if (requests === 1) stage.cluster.deleteTopic('t')
        else stage.cluster.createTopic('t')
      })

      session.give('abc', 1).pass(1000)

      expect(session.log).toBe('bc')
      expect([...session.outcomes].sort()).toEqual([
        ['0', '@0'],
        ['a', 'SEQUENCE_LOST'],
        ['b', '@0'],
        ['c', '@1'],
      ])
    },
  )
})

describe('a producer that the brokers have forgotten', () => {
  it('sends the first batch after a pause alone, so that no other is accepted before it', () => {
    const session = new Session(new VirtualStage()).give('0', 10).pass(3000)
    const { cluster } = session.stage
    cluster.forgetProducers()
    cluster.on('Produce', { nth: 1 }).reply('NOT_ENOUGH_REPLICAS')

    session.give('abcdef', 1).pass(1000)

    expect(session.log).toBe('0abcdef')
  })

  it('also sends a repeated batch alone', () => {
    const session = new Session(new VirtualStage()).give('0', 10)
    const { cluster } = session.stage
    cluster.on('Produce', { nth: 1, times: 2 }).reply('NOT_ENOUGH_REPLICAS')

    session.give('a', 10)
    cluster.forgetProducers('t')
    session.pass(11).give('bcdef', 1).pass(1000)

    expect(session.log).toBe('0abcdef')
  })

  it('has several batches in flight again once one of them is in the log', () => {
    const session = new Session(new VirtualStage({ latencyMs: 50 })).give('0', 1000).pass(5000)
    const { cluster, clock } = session.stage
    const arrivals: number[] = []
    cluster.on('Produce').call(() => arrivals.push(clock.now()))
    const begin = clock.now()

    session.give('abc', 10).pass(70).give('defg', 10).pass(1000)

    // Two records wait for the answer to the first, and are sent together. Then none waits any
    // more: an answer takes 100 ms, and a simulated network carries one request at a time.
    expect(arrivals.map((at) => at - begin)).toEqual([50, 150, 200, 250, 300, 350])
    expect(session.log).toBe('0abcdefg')
  })
})

describe('MockCluster and SimulatedCluster', () => {
  it('forget the producers of one partition, of a topic, or of all topics', () => {
    const { cluster } = new VirtualStage({ topics: { t: { partitions: 2 } } })
    expect(() => cluster.forgetProducers('t', 2)).toThrow('no partition t-2')
    expect(() => cluster.forgetProducers('nowhere')).toThrow('no topic nowhere')
  })
})
