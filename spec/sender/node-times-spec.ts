import { describe, expect, it } from 'vitest'
import { NodeTimes } from '../../lib/sender/node-times.ts'
import { PartitionLine } from '../../lib/sender/partition-line.ts'
import { FakeClock } from '../support/fake-runtime.ts'
import { placeOf } from '../support/place-of.ts'

function times(timeoutMs = 100) {
  const clock = new FakeClock()
  const line = (partition = 0) =>
    new PartitionLine(placeOf(partition), { idempotent: true, maxInFlight: 5 })
  const board = new NodeTimes(timeoutMs, clock)
  return { clock, board, line, slow: () => [...board.slow] }
}

describe('NodeTimes', () => {
  it('counts a node as slow if it has had waiting batches for longer than the timeout and took none', () => {
    const { clock, board, line, slow } = times()
    board.waits(line(), 1)
    clock.advance(100)
    expect(slow()).toEqual([])
    clock.advance(1)
    expect(slow()).toEqual([1])
  })

  it('stops counting it as slow as soon as it can take a batch', () => {
    const { clock, board, line, slow } = times()
    board.waits(line(), 1)
    clock.advance(200)
    expect(slow()).toEqual([1])
    board.took(1)
    expect(slow()).toEqual([])
    clock.advance(101)
    expect(slow()).toEqual([1])
  })

  it('counts no time in which nothing waits for it', () => {
    const { clock, board, line, slow } = times()
    const one = line()
    board.waits(one, 1)
    clock.advance(50)
    board.waits(one, -1)
    clock.advance(1000)
    expect(slow()).toEqual([])
  })

  it('has a line wait for one node at a time', () => {
    const { clock, board, line, slow } = times()
    const one = line()
    board.waits(one, 1)
    board.waits(one, 2)
    board.waits(one, 2)
    clock.advance(101)
    expect(slow()).toEqual([2])
  })

  it('returns the same object while the slow nodes are the same', () => {
    const { clock, board, line } = times()
    const before = board.slow
    board.waits(line(), 1)
    clock.advance(101)
    const slow = board.slow
    expect(slow).not.toBe(before)
    clock.advance(50)
    expect(board.slow).toBe(slow)
    board.took(1)
    expect(board.slow).not.toBe(slow)
  })
})
