import { describe, expect, it } from 'vitest'
import type { Feed } from '../../lib/model.ts'
import { Gate } from '../../lib/producer/gate.ts'

const feedsOf = (count: number): Feed[] => Array.from({ length: count }, () => ({ settle() {} }))
const [mine, yours] = feedsOf(2) as [Feed, Feed]

/** An open gate, and feeds with waiting records. */
function stage() {
  const waiting = new Set<Feed>()
  const holdings = {
    beginnings: 0,
    looks: 0,
    holds(feed: Feed | null) {
      holdings.looks += 1
      return feed === null ? waiting.size > 0 : waiting.has(feed)
    },
  }
  const gate = new Gate({ isOpen: () => true, closed: () => {}, holdings })
  const wait = (feed: Feed) => {
    holdings.beginnings += 1
    waiting.add(feed)
  }
  return { gate, holdings, waiting, wait }
}

describe('Pass', () => {
  it('is blocked by waiting records of its own feed, and not of another', () => {
    const { gate, waiting, wait } = stage()
    const pass = gate.passFor(mine)
    wait(yours)
    expect(pass.isOpen).toBe(true)
    wait(mine)
    expect(pass.isOpen).toBe(false)
    waiting.delete(mine)
    expect(pass.isOpen).toBe(true)
  })

  it('learns the feeds that enter between its begin and its end', () => {
    const { gate, wait } = stage()
    const pass = gate.passFor()
    const before = pass.begin()
    gate.emitting!.entered(mine)
    pass.end(before)
    expect(gate.emitting).toBeNull()
    wait(yours)
    expect(pass.isOpen).toBe(true)
    wait(mine)
    expect(pass.isOpen).toBe(false)
  })

  it('learns nothing while another one that began inside it goes on', () => {
    const { gate, wait } = stage()
    const [outer, inner] = [gate.passFor(), gate.passFor()]
    const beforeOuter = outer.begin()
    const beforeInner = inner.begin()
    gate.emitting!.entered(mine)
    inner.end(beforeInner)
    gate.emitting!.entered(yours)
    outer.end(beforeOuter)
    wait(mine)
    expect([outer.isOpen, inner.isOpen]).toEqual([true, false])
  })

  it('is blocked at once by a feed that it learns while that feed waits', () => {
    const { gate, wait } = stage()
    const pass = gate.passFor(mine)
    wait(yours)
    expect(pass.isOpen).toBe(true)
    pass.entered(yours)
    expect(pass.isOpen).toBe(false)
  })

  it('looks only if something has begun to wait since it found nothing', () => {
    const { gate, holdings, wait } = stage()
    const pass = gate.passFor(mine)
    wait(yours)
    for (let record = 0; record < 100; record += 1) {
      expect(pass.isOpen).toBe(true)
      pass.entered(mine)
    }
    expect(holdings.looks).toBe(1)
  })

  it('is blocked by any waiting record while it knows no feed, except for the first 64 items', () => {
    const { gate, waiting, wait } = stage()
    const pass = gate.passFor()
    wait(yours)
    for (let item = 0; item < 64; item += 1) {
      expect(pass.isOpen).toBe(true)
      pass.pulled()
    }
    expect(pass.isOpen).toBe(false)
    waiting.clear()
    expect(pass.isOpen).toBe(true)
    wait(yours)
    expect(pass.isOpen).toBe(false)
  })

  it('forgets feeds without waiting records if it knows many, and no others', () => {
    const { gate, holdings, waiting, wait } = stage()
    const pass = gate.passFor(mine)
    wait(mine)
    for (const feed of feedsOf(1000)) pass.entered(feed)
    holdings.looks = 0
    expect(pass.isOpen).toBe(false)
    waiting.clear()
    expect(pass.isOpen).toBe(true)
    expect(holdings.looks).toBeLessThan(40)
  })
})
