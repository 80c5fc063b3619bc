import { describe, expect, it } from 'vitest'
import { VirtualStage } from './virtual-stage.ts'

// KIP-1123: records without a key stay in the rack of their producer as long as possible. Partition
// p is led by broker p + 1, in a cycle.

const racks = ['east', 'west', 'east']
const aware = { 'client.rack': 'east', 'partitioner.rack.aware': true, 'batch.size': 100 } as const
const records = Array.from({ length: 60 }, () => ({ topic: 't', value: 'x'.repeat(60) }))

function stageOf(brokerRacks: readonly (string | null)[] = racks) {
  let turn = 0
  const random = () => (turn++ * 0.618034) % 1 // so the choice changes soon
  const topics = { t: { partitions: 6 } }
  return new VirtualStage({ brokers: 3, racks: brokerRacks, topics, random })
}

function placesOf(results: ReturnType<VirtualStage['deliver']>): number[] {
  const all = results.map((result) => {
    if (result.status === 'rejected') throw result.error
    return result.metadata.partition
  })
  return [...new Set(all)].sort()
}

describe('a producer that is rack aware', () => {
  it('sends records without a key to all partitions whose leaders are in its rack, and to no others', () => {
    const stage = stageOf()
    const results = stage.deliver(records, aware)
    stage.clock.runUntil(1000)
    expect(results).toHaveLength(60)
    expect(placesOf(results)).toEqual([0, 2, 3, 5])
  })

  it('places records with a key or a partition as usual', () => {
    const stage = stageOf()
    const keyed = Array.from({ length: 60 }, (_, i) => ({ topic: 't', key: `${i}`, value: 'x' }))
    const named = [{ topic: 't', partition: 1, value: 'x' }]
    const near = placesOf(run(stage, keyed, aware))
    expect(near).toEqual(placesOf(run(stageOf(), keyed, {})))
    expect(near).toContain(1)
    expect(placesOf(run(stage, named, aware))).toEqual([1])
  })

  it('uses all partitions while its rack has no leader, and returns when it has one', () => {
    const stage = stageOf(['east', 'west', 'west'])
    const producer = stage.producer({ ...aware, 'metadata.max.age.ms': 1000 })
    const deliver = () => {
      const results = stage.deliverOn(producer, records)
      stage.clock.runUntil(stage.clock.now() + 10_000)
      return placesOf(results)
    }
    expect(deliver()).toEqual([0, 3])

    stage.cluster.stopBroker(1) // its partitions move to the others
    stage.clock.runUntil(stage.clock.now() + 10_000)
    expect(deliver()).toEqual([0, 1, 2, 3, 4, 5])

    stage.cluster.startBroker(1)
    stage.cluster.moveLeader('t', 4, 1)
    stage.clock.runUntil(stage.clock.now() + 10_000)
    deliver() // the earlier choice has a full batch
    expect(deliver()).toEqual([4])
  })

  it('behaves as usual if no broker has its rack, or brokers have no racks', () => {
    for (const brokerRacks of [
      ['north', 'west', 'west'],
      [null, null, null],
    ]) {
      const results = run(stageOf(brokerRacks), records, aware)
      expect(placesOf(results)).toEqual([0, 1, 2, 3, 4, 5])
    }
  })

  it('needs more than client.rack', () => {
    const results = run(stageOf(), records, { 'client.rack': 'east', 'batch.size': 100 })
    expect(placesOf(results)).toEqual([0, 1, 2, 3, 4, 5])
  })
})

function run(
  stage: VirtualStage,
  given: Parameters<VirtualStage['deliver']>[0],
  config: Parameters<VirtualStage['deliver']>[1],
) {
  const results = stage.deliver(given, config)
  stage.clock.runUntil(stage.clock.now() + 1000)
  return results
}
