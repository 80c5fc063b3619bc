import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PartitionerRecord } from '../../lib/partitioners/partitioner.ts'
import { roundRobin } from '../../lib/partitioners/round-robin.ts'

const record = { topic: 't', value: null }
const facts: PartitionerRecord = { topic: 't', key: 'same', value: null, headers: null, record }
const info = (name: string, partitionCount: number, availablePartitions: readonly number[]) => ({
  name,
  partitionCount,
  availablePartitions,
})

describe('roundRobin', () => {
  it('uses the partitions that have a leader in turn, whatever the key', () => {
    const partitioner = roundRobin()
    const found = Array.from({ length: 5 }, () => partitioner(facts, info('a', 4, [0, 2, 3])))
    expect(found).toEqual([0, 2, 3, 0, 2])
  })

  it('uses all partitions in turn if none has a leader', () => {
    const partitioner = roundRobin()
    expect([0, 1, 2].map(() => partitioner(facts, info('a', 2, [])))).toEqual([0, 1, 0])
  })

  it('counts separately for each topic, and starts each partitioner at 0', () => {
    const partitioner = roundRobin()
    const order = ['a', 'b', 'a', 'b'].map((name) => partitioner(facts, info(name, 2, [0, 1])))
    expect(order).toEqual([0, 0, 1, 1])
    expect(roundRobin()(facts, info('a', 2, [0, 1]))).toBe(0)
  })

  it('forgets a topic that was not used while 100,000 others were, and no other topic', () => {
    const partitioner = roundRobin()
    const chosen = (name: string) => partitioner(facts, info(name, 1000, []))
    chosen('idle')
    const busy = Array.from({ length: 100_000 }, (_, other) => {
      chosen(`other-${other}`)
      return other % 1000 === 0 ? chosen('busy') : null
    })

    expect(busy.filter((turn) => turn !== null)).toEqual([...Array(100).keys()])
    expect([chosen('idle'), chosen('other-99999'), chosen('other-50001')]).toEqual([0, 1, 1])
  })

  it('gives each partition the same number of records, or one more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(200), (count, records) => {
        const partitioner = roundRobin()
        const counts = Array.from({ length: count }, () => 0)
        const topic = info('a', count, [...counts.keys()])
        for (let sent = 0; sent < records; sent++) counts[partitioner(facts, topic)!]!++
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }),
    )
  })
})
