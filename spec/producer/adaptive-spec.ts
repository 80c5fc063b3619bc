import type { SendResult } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { Accumulator } from '../../lib/accumulator/accumulator.ts'
import type { Batch } from '../../lib/accumulator/batch.ts'
import { Memory } from '../../lib/accumulator/memory.ts'
import type { Lease } from '../../lib/accumulator/partition-queue.ts'
import type { Cluster } from '../../lib/cluster/cluster.ts'
import { Topology } from '../../lib/cluster/topology.ts'
import { Topics } from '../../lib/producer/topics.ts'
import { zeroUuid } from '../../lib/protocol/defaults.ts'
import { codecs } from '../../lib/records/compression.ts'
import { TopicTable } from '../../lib/topics/topic-table.ts'
import { VirtualStage } from '../scenarios/virtual-stage.ts'
import { envelope } from '../support/envelopes.ts'
import { FakeClock } from '../support/fake-runtime.ts'

// Adaptive partitioning (KIP-794) in the accumulator and in the whole client.

const everything = Number.POSITIVE_INFINITY
const stamp = { producerId: -1n, producerEpoch: -1, baseSequence: -1 }

const leaderOf = (leaderId: number) => ({ leaderId, leaderEpoch: 0 })

/**
 * Topics over a cluster with a number of partitions, each led by its own node, and the accumulator.
 */
class Bench {
  readonly clock = new FakeClock()
  readonly leases: Lease[] = []
  readonly topics: Topics
  readonly topology: Topology
  readonly accumulator: Accumulator
  slow: ReadonlySet<number> = new Set()
  draws = 0
  random = () => 0

  constructor({ partitions = 3, batchSize = 1024, lingerMs = 10, adaptive = true } = {}) {
    const table = new TopicTable(this.clock)
    const topology = new Topology([], table)
    const ids = Array.from({ length: partitions }, (_, id) => id)
    const cluster = {
      use: (name: string) => table.of(name),
      usable: (name: string) => table.get(name),
    }
    this.topology = topology
    this.lead(ids)
    const random = () => {
      this.draws += 1
      return this.random()
    }
    this.topics = new Topics(cluster as never as Cluster, { batchSize, random, adaptive })
    this.topics.avoid(() => this.slow)
    const settings = {
      batchSize,
      lingerMs,
      codec: codecs.none,
      compressionLevel: undefined,
      deliveryTimeoutMs: 120_000,
    }
    const memory = new Memory({ limit: 1 << 24, batchSize })
    this.accumulator = new Accumulator(settings, memory, this.clock, {
      due: (lease) => this.leases.push(lease),
      expired: (batch) => batch.fail(),
      waiting: (place, change) => this.topics.waiting(place, change),
    })
  }

  /** Applies an answer that names these nodes as leaders. */
  lead(nodes: readonly number[]): void {
    const brokers = nodes.map((_, id) => ({ id, host: 'h', port: 1 }))
    const told = { name: 't', id: zeroUuid, error: 0, partitions: nodes.map(leaderOf) }
    this.topology.tell({ brokers, topics: [told] }, 0)
  }

  /** Appends a record without a key; returns its partition. */
  give(bytes: number): number {
    const { sticky, state } = this.topics.find('t')!
    const partition = sticky.partition()
    const record = { partition: -1, sticky, topicState: state, value: 'x'.repeat(bytes) }
    expect(this.accumulator.append(envelope(record))).toBe(true)
    return partition
  }

  /** Appends a full batch to a partition. */
  fill(partition: number): void {
    const { state } = this.topics.find('t')!
    this.accumulator.append(envelope({ partition, topicState: state, value: 'x'.repeat(2000) }))
  }

  /** Takes everything that is due, as if it were sent. */
  drain(): Batch[] {
    const batches: Batch[] = []
    for (let lease = this.leases.shift(); lease; lease = this.leases.shift()) {
      const batch = lease.take(everything)
      if (batch === null) continue
      batch.depart(stamp, 0)
      batches.push(batch)
    }
    return batches
  }

  /** How often each partition is chosen when every share of `total` is drawn once. */
  frequencies(total: number): number[] {
    const { sticky } = this.topics.find('t')!
    const counts = [0, 0, 0, 0, 0]
    for (let share = 0; share < total; share += 1) {
      this.random = () => (share + 0.5) / total
      counts[sticky.partition()]! += 1
      sticky.appended(1 << 20, true)
    }
    return counts
  }
}

describe('records without a key', () => {
  it('go less often to partitions with more waiting batches: 1, 7 and 2 of them have weights 7, 1 and 6', () => {
    const bench = new Bench()
    for (const [partition, batches] of [1, 7, 2].entries()) {
      for (let batch = 0; batch < batches; batch += 1) bench.fill(partition)
    }
    expect(bench.frequencies(14).slice(0, 3)).toEqual([7, 1, 6])
  })

  it('count batches that wait to be sent again, not those in flight', () => {
    const bench = new Bench()
    for (const partition of [0, 1, 2]) bench.fill(partition)
    const [first] = bench.drain()
    expect(bench.frequencies(3)).toEqual([1, 1, 1, 0, 0]) // even: nothing waits
    first!.landed()
    first!.retry(100)
    expect(bench.frequencies(5).slice(0, 3)).toEqual([1, 2, 2])
    first!.fail()
    expect(bench.frequencies(3).slice(0, 3)).toEqual([1, 1, 1])
    expect(bench.accumulator.waitingBatches).toBe(0)
  })

  it('are spread evenly if adaptive partitioning is off', () => {
    const bench = new Bench({ adaptive: false })
    for (const partition of [0, 1, 2, 2, 2]) bench.fill(partition)
    expect(bench.frequencies(6).slice(0, 3)).toEqual([2, 2, 2])
  })

  it('avoid a broker that takes nothing, until it does', () => {
    const bench = new Bench()
    for (const partition of [0, 1, 2]) bench.fill(partition)
    bench.slow = new Set([0])
    expect(bench.frequencies(10).slice(0, 3)).toEqual([0, 5, 5])
    bench.slow = new Set()
    expect(bench.frequencies(3).slice(0, 3)).toEqual([1, 1, 1])
    // A partition that has moved away from that broker is chosen like the others.
    bench.slow = new Set([0])
    expect(bench.frequencies(10).slice(0, 3)).toEqual([0, 5, 5])
    bench.lead([2, 1, 2])
    expect(bench.frequencies(3).slice(0, 3)).toEqual([1, 1, 1])
    bench.lead([0, 1, 2])
    expect(bench.frequencies(10).slice(0, 3)).toEqual([0, 5, 5])
    // If no broker takes anything, there is no better choice.
    bench.slow = new Set([0, 1, 2])
    expect(bench.frequencies(3).slice(0, 3)).toEqual([1, 1, 1])
  })

  it('stay with an open batch, then change with each full one, with one random number for each change', () => {
    const bench = new Bench({ adaptive: false })
    let turn = 0
    bench.random = () => ((turn++ % 3) + 0.5) / 3
    // A small record, and records as large as a batch: the first large one finds the batch of the
    // small one still open.
    const partitions = [50, 1024, 1024, 1024, 1024].map((bytes) => bench.give(bytes))
    expect(partitions).toEqual([0, 0, 1, 2, 0])
    expect(bench.draws).toBe(4)
  })

  it('leave no fragments if they linger', () => {
    const bench = new Bench({ batchSize: 3000, lingerMs: 10, partitions: 4 })
    let random = 1
    bench.random = () => {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0
      return random / 2 ** 32
    }
    const sizes: number[] = []
    for (let round = 0; round < 40; round += 1) {
      for (let part = 0; part < 20; part += 1) bench.give(90) // two thirds of a batch in each linger
      bench.clock.advance(10)
      for (const batch of bench.drain()) {
        sizes.push(batch.size)
        batch.landed()
        batch.acknowledge(0, -1)
        batch.reported()
      }
    }
    expect(sizes.length).toBeGreaterThan(30)
    for (const size of sizes.slice(0, -1)) {
      expect(size).toBeGreaterThan(1500)
      expect(size).toBeLessThan(3000)
    }
  })
})

function partitionsOf(results: readonly SendResult[]): Set<number> {
  return new Set(
    results.map((one) => (one.status === 'fulfilled' ? one.metadata.partition : Number.NaN)),
  )
}

describe('a broker that takes nothing', () => {
  it('gets no more records without a key after partitioner.availability.timeout.ms', async () => {
    let draw = 1
    const random = () => {
      draw = (Math.imul(draw, 1664525) + 1013904223) >>> 0
      return draw / 2 ** 32
    }
    const stage = new VirtualStage({ brokers: 2, topics: { t: { partitions: 2 } }, random })
    const { clock, cluster } = stage
    const producer = stage.producer({
      'batch.size': 200,
      'linger.ms': 0,
      'partitioner.availability.timeout.ms': 100,
      'request.timeout.ms': 20_000,
    })
    const give = (count: number) =>
      stage.deliverOn(
        producer,
        Array.from({ length: count }, () => ({ topic: 't', value: 'x'.repeat(150) })),
      )
    // Both partitions get a batch, then one broker stops answering.
    const early = give(20)
    clock.runUntil(1000)
    expect(partitionsOf(early)).toEqual(new Set([0, 1]))
    const slow = cluster.leaderOf('t', 0)
    cluster.pauseBroker(slow)
    for (let ms = 0; ms < 1000; ms += 10) {
      give(1)
      clock.runUntil(clock.now() + 10)
    }
    const late = []
    for (let ms = 0; ms < 500; ms += 10) {
      late.push(give(1))
      clock.runUntil(clock.now() + 10)
    }
    expect(late.every(([result]) => result !== undefined)).toBe(true)
    expect(partitionsOf(late.flat())).toEqual(new Set([1]))
    cluster.resumeBroker(slow)
    clock.runUntil(clock.now() + 5000)
    const again = give(50)
    clock.runUntil(clock.now() + 1000)
    expect(partitionsOf(again)).toEqual(new Set([0, 1]))
    void producer.close()
    clock.runUntil(clock.now() + 1000)
  })
})
