import { describe, expect, it } from 'vitest'
import type { Batch } from '../../lib/accumulator/batch.ts'
import { PartitionQueue } from '../../lib/accumulator/partition-queue.ts'
import { batchOf } from '../support/batch-of.ts'
import { placeOf } from '../support/place-of.ts'

function queueOf(...values: string[]) {
  const taken: Batch[] = []
  const queue = new PartitionQueue(placeOf(), {
    isAbandoned: false,
    taken: (_, batch) => taken.push(batch),
  })
  const batches = values.map((value, index) => {
    const { batch } = batchOf([value], { now: 10 * index })
    queue.closeOpen()
    queue.add(batch)
    return batch
  })
  return { queue, batches, taken }
}

describe('PartitionQueue', () => {
  it('is due when its head is closed, or open and wanted', () => {
    const { queue, batches } = queueOf('a')
    expect([queue.isDue, queue.since]).toEqual([false, null])
    batches[0]!.due = true
    expect([queue.isDue, queue.since]).toEqual([true, 0])

    const two = queueOf('a', 'b').queue
    expect([two.isDue, two.length]).toEqual([true, 2])
  })

  it('hands out its batches oldest first, closed', () => {
    const { queue, batches, taken } = queueOf('a', 'b')
    batches[1]!.due = true
    expect(queue.take(1000)).toBe(batches[0])
    expect(queue.open).toBe(batches[1])
    expect(queue.take(1000)).toBe(batches[1])
    expect(batches[1]!.state).toBe('closed')
    expect(queue.open).toBeNull()
    expect(queue.take(1000)).toBeNull()
    expect(taken).toEqual(batches)
  })

  it('loses its lease when a batch is taken, and when none is due', () => {
    const { queue } = queueOf('a', 'b')
    queue.leased = true
    queue.take(1000)
    expect(queue.leased).toBe(false)

    queue.leased = true
    expect(queue.take(1000)).toBeNull() // b is open and not wanted
    expect(queue.leased).toBe(false)
    expect(queue.open).not.toBeNull()
  })

  it('stays leased if the batch does not fit, after closing it to know its size', () => {
    const { queue, batches } = queueOf('a')
    batches[0]!.due = true
    queue.leased = true
    expect(queue.take(60)).toBeNull()
    expect(queue.leased).toBe(true)
    expect(queue.since).toBe(0)
    expect(batches[0]!.state).toBe('closed')
    expect(queue.take(1000)).toBe(batches[0])
  })

  it('loses its head when that batch fails, and its lease with the last due batch', () => {
    const { queue } = queueOf('a', 'b', 'c')
    queue.leased = true
    queue.drop()
    expect([queue.length, queue.leased]).toEqual([2, true])
    queue.drop()
    expect([queue.length, queue.leased]).toEqual([1, false])
    queue.drop()
    expect([queue.length, queue.open]).toEqual([0, null])
  })

  it('remembers the size of the last batch', () => {
    const { queue, batches } = queueOf('a')
    queue.closeOpen()
    expect(queue.lastSize).toBe(batches[0]!.rawSize)
  })
})
