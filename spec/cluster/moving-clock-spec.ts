import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cluster, type ClusterOptions } from '../../lib/cluster/cluster.ts'
import type { Clock } from '../../lib/runtime.ts'
import { FakeCluster } from '../support/fake-cluster.ts'
import { fakeRuntime } from '../support/fake-runtime.ts'

// A real clock moves between two readings. 1. A connection is lost; the next refresh is due in 100
// ms. 2. Some event makes the cluster check at 99.99 ms: the refresh is not due yet. 3. At 100.01
// ms it sets its alarm, but for nothing, because no deadline is in the future. Nothing wakes it
// again.

const options: ClusterOptions = {
  bootstrap: [{ host: 'broker-1', port: 9092 }],
  clientId: 'spec',
  softwareName: 'to-kafka',
  softwareVersion: '1.0',
  maxInFlight: 5,
  requestTimeoutMs: 1_000,
  maxIdleMs: 540_000,
  security: null,
  backoff: { initialMs: 50, maxMs: 1_000 },
  setupTimeout: { initialMs: 1_000, maxMs: 1_000 },
  metadata: { maxAgeMs: 300_000, maxIdleMs: 300_000, backoff: { initialMs: 30, maxMs: 1_000 } },
  rebootstrapAfterMs: null,
}

/** A clock that is `stepMs` further at every reading. */
function moving(clock: Clock, stepMs: number): Clock {
  let last = 0
  return {
    now() {
      last = Math.max(last, clock.now()) + stepMs
      return last
    },
    timestamp: () => clock.timestamp(),
    at: (at, fire, background) => clock.at(at, fire, background),
    soon: (fire) => clock.soon(fire),
  }
}

function setUp(stepMs: number, chance: number, settings = options) {
  const fake = fakeRuntime(() => chance)
  const { clock } = fake
  const kafka = new FakeCluster(fake, [1, 2])
  kafka.topics.set('orders', {
    partitions: [
      [1, 0],
      [2, 0],
    ],
  })
  const runtime = { ...fake, clock: moving(clock, stepMs) }
  const cluster: Cluster = new Cluster(settings, runtime, {
    changed: () => {},
    slot: (node) => void cluster.canSend(node),
    fatal: () => {},
  })
  cluster.setActive(true)
  cluster.use('orders')
  return { clock, kafka, cluster }
}

const times = {
  stepMs: fc.double({ min: 0, max: 20, noNaN: true }),
  chance: fc.double({ min: 0, max: 0.99, noNaN: true }),
}
const law = fc.record({ ...times, outageMs: fc.integer({ min: 1, max: 20_000 }) })

describe('a cluster whose clock moves between two readings', () => {
  it('asks for metadata again after every refresh that fails', () => {
    fc.assert(
      fc.property(law, ({ stepMs, chance, outageMs }) => {
        const { clock, kafka, cluster } = setUp(stepMs, chance)
        kafka.silent.add(1)
        clock.advance(outageMs)
        kafka.silent.clear()
        clock.advance(60_000)

        expect(cluster.leaderOf('orders', 0)).toBe(1)
      }),
      { numRuns: 200 },
    )
  })

  it('connects again to a broker that the sender needs', () => {
    fc.assert(
      fc.property(law, ({ stepMs, chance, outageMs }) => {
        const { clock, kafka, cluster } = setUp(stepMs, chance)
        clock.advance(10_000)
        kafka.up.delete(2)
        kafka.cut(2)
        cluster.canSend(2)
        clock.advance(outageMs)
        kafka.up.add(2)
        clock.advance(60_000)

        expect(kafka.connections).toContain(2)
      }),
      { numRuns: 200 },
    )
  })

  // 1. The alarm is set for a refresh. 2. The time has come, and another event is first: it
  // requests a slot at a node that is down, which sets the alarm for that node. 3. The refresh is
  // still due.
  it.each([30, 60, 120])('refreshes even if a slot is requested at that moment (%i ms)', (ms) => {
    const patient = { ...options, backoff: { initialMs: 5_000, maxMs: 5_000 } }
    const { clock, kafka, cluster } = setUp(0, 0.5, patient)
    clock.advance(10_000)
    kafka.up.delete(2)
    cluster.canSend(2)
    clock.advance(1_000)
    cluster.requestUpdate()
    clock.settle()
    kafka.takeLog()
    clock.at(clock.now() + ms, () => cluster.canSend(2))
    cluster.requestUpdate()
    clock.advance(1_000)

    expect(kafka.takeLog().filter((line) => line.includes('metadata'))).toHaveLength(1)
  })
})
