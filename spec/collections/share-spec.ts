import { describe, expect, it } from 'vitest'
import { Share } from '../../lib/collections/share.ts'
import { Turn } from '../../lib/collections/turn.ts'
import { FakeClock } from '../support/fake-runtime.ts'

/** Does work for a number of items as a stage does; returns how many were done in each turn. */
function working(items: number) {
  const clock = new FakeClock()
  const turn = new Turn(clock)
  const share = new Share(turn, 3)
  const turns = new Map<number, number>()
  let left = items
  turn.on('serve', () => {
    const before = left
    for (; left > 0 && share.left > 0; left -= 1) {
      share.spend()
      turns.set(turn.serial, (turns.get(turn.serial) ?? 0) + 1)
    }
    if (left > 0) share.later()
    return left < before
  })
  return { clock, turn, turns: () => [...turns.values()] }
}

describe('a share', () => {
  it('is done in one turn if it is large enough', () => {
    const { clock, turn, turns } = working(3)
    turn.run(() => {})
    clock.settle()
    expect(turns()).toEqual([3])
  })

  it('is the same for all rounds of a turn, and the rest is done in later turns', () => {
    const { clock, turn, turns } = working(8)
    turn.run(() => {})
    expect(turns()).toEqual([3])
    clock.settle()
    expect(turns()).toEqual([3, 3, 2])
  })

  it('ends earlier if the event loop has been kept for a long time', () => {
    const clock = Object.assign(new FakeClock(), { shouldYield: () => true })
    const turn = new Turn(clock)
    const share = new Share(turn, 1_000)
    const counts: number[] = []
    turn.on('serve', () => {
      let count = 0
      for (; share.left > 0; count += 1) share.spend()
      if (count > 0) counts.push(count)
      return false
    })
    turn.run(() => {})
    turn.run(() => {})
    expect(counts).toEqual([32, 32])
  })
})
