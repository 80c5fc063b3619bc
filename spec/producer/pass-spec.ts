import { describe, expect, it } from 'vitest'
import type { Feed } from '../../lib/model.ts'
import { Gate } from '../../lib/producer/gate.ts'

const feedsOf = (count: number): Feed[] => Array.from({ length: count }, () => ({ settle() {} }))
const [mine, yours] = feedsOf(2) as [Feed, Feed]

/** An open gate, and feeds of which something waits. */
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
  it('is shut by what waits of its own feed, and not of another', () => {
    const { gate, waiting, wait } = stage()
    const pass = gate.passFor(mine)
    wait(yours)
    expect(pass.isOpen).toBe(true)
    wait(mine)
    expect(pass.isOpen).toBe(false)
    waiting.delete(mine)
    expect(pass.isOpen).toBe(true)
  })

  it('learns the feeds that are entered between its begin and its end', () => {
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

  it('is shut at once by a feed that it comes to know while that waits', () => {
    const { gate, wait } = stage()
    const pass = gate.passFor(mine)
    wait(yours)
    expect(pass.isOpen).toBe(true)
    pass.entered(yours)
    expect(pass.isOpen).toBe(false)
  })

  it('looks only when something has begun to wait since it found nothing', () => {
    const { gate, holdings, wait } = stage()
    const pass = gate.passFor(mine)
    wait(yours)
    for (let record = 0; record < 100; record += 1) {
      expect(pass.isOpen).toBe(true)
      pass.entered(mine)
    }
    expect(holdings.looks).toBe(1)
  })

  it('is shut by whatever waits while it knows of none, but for the first 64 items', () => {
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

  it('forgets feeds of which nothing waits where it has come to know many, and no others', () => {
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
