import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cluster, type ClusterOptions } from '../../lib/cluster/cluster.ts'
import { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import { FakeCluster } from '../support/fake-cluster.ts'
import { fakeRuntime } from '../support/fake-runtime.ts'

// With anything that brokers, network and users do, in any order: the laws of results, of timers,
// and of the return to a cluster that works again.

const options: ClusterOptions = {
  bootstrap: [
    { host: 'seed-1', port: 9092 },
    { host: 'seed-2', port: 9092 },
  ],
  clientId: 'spec',
  softwareName: 'to-kafka',
  softwareVersion: '1.0',
  maxInFlight: 2,
  requestTimeoutMs: 2_000,
  maxIdleMs: 60_000,
  security: null,
  backoff: { initialMs: 50, maxMs: 1_000 },
  setupTimeout: { initialMs: 1_000, maxMs: 3_000 },
  metadata: { maxAgeMs: 20_000, maxIdleMs: 60_000, backoff: { initialMs: 100, maxMs: 1_000 } },
  rebootstrapAfterMs: 30_000,
}
const identity = { transactionalId: null, transactionTimeoutMs: 60_000 }
const granted = { errorCode: 0, producerId: 7n, producerEpoch: 0 }
const ids = [1, 2, 3]

const id = fc.constantFrom(...ids)
const step = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('ask' as const), id) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('any' as const), id) },
  { weight: 6, arbitrary: fc.tuple(fc.constant('answer' as const), id) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('throttle' as const), id) },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constant('pass' as const), fc.integer({ max: 5_000, min: 0 })),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(
      fc.constantFrom('cut', 'down', 'up', 'silence', 'speak', 'unname', 'name', 'move', 'hint'),
      id,
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom('active', 'inactive', 'update', 'use', 'close'), id),
  },
)
type Step = readonly [act: string, argument: number]

function setUp(chance: number) {
  const runtime = fakeRuntime(() => chance)
  const { clock } = runtime
  const kafka = new FakeCluster(runtime, ids)
  kafka.alias('seed-1', 1)
  kafka.alias('seed-2', 2)
  const leaders: [number, number][] = [
    [1, 0],
    [2, 0],
    [3, 0],
  ]
  kafka.topics.set('t', { partitions: leaders })
  const results: number[] = []
  const slots: number[] = []
  /** Nodes that had no slot, and that have not offered one since. */
  const refused = new Set<number>()
  let asked = 0
  let closed = 0
  const cluster = new Cluster(options, runtime, {
    changed() {},
    slot: (node) => {
      slots.push(node)
      refused.delete(node)
    },
    fatal: (error) => expect.unreachable(error.message),
    closed: () => {
      closed += 1
    },
  })
  const handler = () => {
    const name = asked
    asked += 1
    return { answered: () => results.push(name), failed: () => results.push(name) }
  }
  const ask = (node: number) => {
    if (cluster.canSend(node)) cluster.send(node, InitProducerId, identity, handler())
    else refused.add(node)
  }
  const answer = (throttleTimeMs: number) =>
    kafka.asked.shift()?.answer(InitProducerId, { ...granted, throttleTimeMs })
  const acts: Readonly<Record<string, (argument: number) => void>> = {
    ask,
    any: () => cluster.sendToLeastLoaded(InitProducerId, identity, handler()),
    answer: () => answer(0),
    throttle: () => answer(1_500),
    pass: (ms) => clock.advance(ms),
    cut: (node) => kafka.cut(node),
    down: (node) => {
      kafka.up.delete(node)
      kafka.cut(node)
    },
    up: (node) => kafka.up.add(node),
    silence: (node) => kafka.silent.add(node),
    speak: (node) => kafka.silent.delete(node),
    unname: (node) => kafka.named.delete(node),
    name: (node) => kafka.named.add(node),
    move: (node) => {
      leaders[0] = [node, leaders[0]![1] + 1]
    },
    hint: (node) => {
      const hint = { topic: 't', partition: 0, leader: node, leaderEpoch: leaders[0]![1] + 1 }
      leaders[0] = [node, hint.leaderEpoch]
      cluster.applyHints([hint], [{ id: node, host: `broker-${node}`, port: 9092 }])
    },
    active: () => cluster.setActive(true),
    inactive: () => {
      cluster.setActive(false)
      refused.clear()
    },
    update: () => cluster.requestUpdate(),
    use: () => cluster.use('t'),
    close: () => {},
  }
  return {
    clock,
    kafka,
    cluster,
    leaders,
    results,
    slots,
    refused,
    asked: () => asked,
    closed: () => closed,
    act: ([what, argument]: Step) => acts[what]!(argument),
  }
}

const tapes = fc.array(step, { maxLength: 80, size: 'max' })
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('whatever happens to a cluster', () => {
  it('every request has exactly one result, and closing leaves nothing', () => {
    fc.assert(
      fc.property(tapes, chances, (tape, chance) => {
        const { act, cluster, clock, kafka, results, asked, closed } = setUp(chance)
        cluster.setActive(true)
        cluster.use('t')
        for (const taken of tape) {
          act(taken)
          if (taken[0] === 'close') cluster.close()
        }
        cluster.close()
        clock.settle()
        kafka.takeLog()
        clock.advance(1_000_000)

        expect([...results].sort((a, b) => a - b)).toEqual(
          Array.from({ length: asked() }, (_, name) => name),
        )
        expect(closed()).toBe(1)
        expect(kafka.connections).toEqual([])
        expect(kafka.takeLog()).toEqual([])
        expect(clock.pending + clock.pendingInBackground).toBe(0)
      }),
      { numRuns: 400 },
    )
  })

  it('a node that was refused a slot is offered one when there is one', () => {
    fc.assert(
      fc.property(tapes, chances, (tape, chance) => {
        const { act, cluster, clock, refused } = setUp(chance)
        cluster.setActive(true)
        cluster.use('t')
        for (const taken of tape) {
          act(taken)
          clock.settle()
          for (const node of refused) {
            if (!cluster.topology.brokers.has(node)) refused.delete(node)
            else expect(cluster.connection(node)?.canSend(clock.now()) ?? false).toBe(false)
          }
        }
      }),
      { numRuns: 400 },
    )
  })

  it('rests when it is told to: it connects to no broker, and leaves no timer in the end', () => {
    fc.assert(
      fc.property(tapes, chances, (tape, chance) => {
        const { act, cluster, clock, kafka } = setUp(chance)
        cluster.setActive(true)
        cluster.use('t')
        for (const taken of tape) act(taken)
        cluster.setActive(false)
        clock.settle()
        kafka.takeLog()
        clock.advance(100_000)

        expect(kafka.takeLog()).toEqual([])
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  it('returns to a cluster that works again, from any state', () => {
    fc.assert(
      fc.property(tapes, chances, (tape, chance) => {
        const { act, asked, cluster, clock, kafka, leaders, results, slots } = setUp(chance)
        cluster.setActive(true)
        cluster.use('t')
        for (const taken of tape) act(taken)
        for (const node of ids) {
          kafka.silent.delete(node)
          kafka.up.add(node)
          kafka.named.add(node)
        }
        cluster.setActive(true)
        cluster.use('t')
        cluster.requestUpdate()
        clock.advance(40_000)

        expect([0, 1, 2].map((partition) => cluster.leaderOf('t', partition))).toEqual(
          leaders.map(([leader]) => leader),
        )
        expect(cluster.topology.hasBootstrap).toBe(false)
        // A node has a slot if the caller asks whenever one is offered.
        for (const node of ids) {
          while (kafka.asked.length > 0) act(['answer', 0])
          slots.length = 0
          if (cluster.canSend(node)) continue
          clock.advance(5_000)
          expect(slots).toContain(node)
          while (kafka.asked.length > 0) act(['answer', 0])
          expect(cluster.canSend(node)).toBe(true)
        }
        for (let turn = 0; turn < 5; turn += 1) {
          while (kafka.asked.length > 0) act(['answer', 0])
          clock.advance(1_000)
        }
        expect(results.length).toBe(asked())
      }),
      { numRuns: 300 },
    )
  })

  it('the same seed gives the same run', () => {
    fc.assert(
      fc.property(tapes, chances, (tape, chance) => {
        const [one, other] = [0, 1].map(() => {
          const { act, cluster, clock, kafka } = setUp(chance)
          cluster.setActive(true)
          cluster.use('t')
          for (const taken of tape) act(taken)
          clock.advance(10_000)
          return kafka.takeLog()
        })
        expect(one).toEqual(other)
      }),
      { numRuns: 100 },
    )
  })
})
