import { describe, expect, it } from 'vitest'
import type { Batch } from '../../lib/accumulator/batch.ts'
import { Deadlines } from '../../lib/accumulator/deadlines.ts'
import { FakeClock } from '../support/fake-runtime.ts'

class Item {
  over = false
  estimate = 100
  readonly createdAt: number
  readonly name: string

  constructor(name: string, createdAt: number) {
    this.name = name
    this.createdAt = createdAt
  }
}

function deadlines(delayMs: number) {
  const clock = new FakeClock()
  const fell: string[] = []
  const events = {
    isOver: (batch: Batch) => (batch as unknown as Item).over,
    due: (batch: Batch) => {
      fell.push(`${(batch as unknown as Item).name}@${clock.now()}`)
    },
  }
  const list = new Deadlines(delayMs, clock, events)
  const add = (name: string) => {
    const item = new Item(name, clock.now())
    list.add(item as unknown as Batch)
    return item
  }
  return { clock, fell, list, add, events }
}

describe('Deadlines', () => {
  it('expire in the order in which the batches began, each after its time', () => {
    const { clock, fell, add } = deadlines(100)
    add('a')
    clock.advance(30)
    add('b')
    add('c')
    clock.advance(1000)
    expect(fell).toEqual(['a@100', 'b@130', 'c@130'])
    expect(clock.pending).toBe(0)
  })

  it('do not expire for batches that are finished', () => {
    const { clock, fell, add } = deadlines(100)
    const a = add('a')
    clock.advance(30)
    add('b')
    a.over = true
    clock.advance(1000)
    expect(fell).toEqual(['b@130'])
  })

  it('all expire at once when they are requested early, and no timer is left', () => {
    const { clock, fell, list, add } = deadlines(100)
    add('a').over = true
    add('b')
    list.press()
    expect(fell).toEqual(['b@0'])
    expect([list.length, clock.pending]).toEqual([0, 0])
  })

  it('fall due by the thousand, and the clock runs in between', () => {
    const { clock, fell, list, add } = deadlines(100)
    for (let index = 0; index < 5_000; index += 1) add(`${index}`)
    clock.advance(99)
    list.press()
    add('later')
    list.press()
    const [first, second] = [fell.length, list.length]
    expect([first < 5_000, first + second]).toEqual([true, 5_001])
    clock.advance(1)
    expect(fell.map((name) => name.split('@')[0])).toEqual([
      ...Array.from({ length: 5_000 }, (_, index) => `${index}`),
      'later',
    ])
    expect([list.length, clock.pending]).toEqual([0, 0])
  })

  it('of batches of average size or more expire when the fullest are requested, the fullest first', () => {
    const { clock, fell, list, add } = deadlines(100)
    const sizes = { a: 50, b: 150, c: 100, d: 100, e: 300, f: 20 }
    for (const [name, estimate] of Object.entries(sizes)) add(name).estimate = estimate
    Object.assign(add('over'), { estimate: 9000, over: true })
    clock.advance(30)
    list.pressFullest()
    expect(fell).toEqual(['e@30', 'b@30'])
    list.pressFullest()
    expect(fell.slice(2)).toEqual(['c@30', 'd@30'])
    clock.advance(1000)
    expect(fell.slice(4)).toEqual(['a@100', 'f@100']) // the others keep their time and their order
    expect(clock.pending).toBe(0)
  })

  it('of batches of equal size all expire when the fullest are requested, and no timer is left', () => {
    const { clock, fell, list, add } = deadlines(100)
    for (const name of ['a', 'b', 'c']) add(name)
    list.pressFullest()
    expect(fell).toEqual(['a@0', 'b@0', 'c@0'])
    expect([list.length, clock.pending]).toEqual([0, 0])
    list.pressFullest()
    expect(fell).toHaveLength(3)
  })

  it('may be added while others expire', () => {
    const { clock, fell, list, add, events } = deadlines(100)
    const { due } = events
    events.due = (batch) => {
      due(batch)
      if (fell.length < 3) add(`${fell.length}`)
    }
    add('a')
    list.press()
    expect([fell.length, list.length]).toEqual([1, 1])
    clock.advance(1000)
    expect(fell).toEqual(['a@0', '1@100', '2@200'])
  })

  it('never expire, and keep nothing, if there is no limit', () => {
    const { clock, list, add } = deadlines(Number.POSITIVE_INFINITY)
    add('a')
    expect([list.length, clock.pending]).toEqual([0, 0])
  })

  it('keep little of finished batches, even behind one that is not finished', () => {
    const { fell, list, add, clock } = deadlines(100)
    add('stuck')
    for (let index = 0; index < 100_000; index += 1) add('done').over = true
    expect(list.length).toBeLessThan(200)
    clock.advance(100)
    expect(fell).toEqual(['stuck@100'])
  })
})
