import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { LoopBudget } from '../../lib/collections/loop-budget.ts'

/** An event loop whose iterations run on request, with work that takes a given time. */
function loop(limitMs = 20) {
  let now = 0
  let soon: (() => void)[] = []
  const done: string[] = []
  const budget = new LoopBudget(limitMs, {
    now: () => now,
    soon: (work) => soon.push(work),
    context: () => new AsyncResource('spec'),
  })
  return {
    budget,
    done,
    work: (name: string, ms: number, then = () => {}) => {
      budget.run(() => {
        now += ms
        done.push(name)
        then()
      })
    },
    /** Work that follows at the end of this iteration. */
    soon: (work: () => void) => soon.push(work),
    /** The end of this iteration, and what is run in it. */
    iterate() {
      const before = done.length
      const all = soon
      soon = []
      for (const work of all) work()
      return done.slice(before).join('')
    },
    get isAsleep() {
      return soon.length === 0
    },
  }
}

describe('a budget of the event loop', () => {
  it('runs at once what there is time for, and sleeps afterwards', () => {
    const { done, work, iterate, ...rest } = loop()
    work('a', 10)
    work('b', 9)
    work('c', 1)
    expect(done.join('')).toBe('abc')
    expect(iterate()).toBe('')
    expect(iterate()).toBe('')
    expect(rest.isAsleep).toBe(true)
  })

  it('leaves the rest to later iterations, in order, each with its own budget', () => {
    const { done, work, iterate } = loop()
    for (const name of 'abcdefg') work(name, 10)
    expect(done.join('')).toBe('ab')
    expect([iterate(), iterate(), iterate(), iterate(), iterate()]).toEqual([
      '',
      'cd',
      'ef',
      'g',
      '',
    ])
  })

  it('runs new work after work that waits', () => {
    const { done, work, iterate } = loop()
    work('a', 20)
    work('b', 20)
    iterate()
    work('c', 1)
    expect(done.join('')).toBe('a')
    expect(iterate()).toBe('b')
    expect(iterate()).toBe('c')
  })

  it('runs at least one job in each iteration, however long it takes', () => {
    const { done, work, iterate } = loop(0)
    for (const name of 'abc') work(name, 1000)
    for (let turns = 0; turns < 3; turns += 1) iterate()
    expect(done.join('')).toBe('abc')
  })

  it('continues after a job that throws', () => {
    const { work, iterate } = loop()
    work('a', 20)
    work('b', 1, () => {
      throw new Error('of b')
    })
    work('c', 1)
    iterate()
    expect(iterate).toThrow('of b')
    expect(iterate()).toBe('c')
  })

  it('is spent until the next iteration continues when a job has used it up', () => {
    const { budget, work, iterate } = loop()
    work('a', 19)
    expect(budget.isSpent).toBe(false)
    work('b', 1)
    expect(budget.isSpent).toBe(true)
    iterate()
    expect(budget.isSpent).toBe(true)
    iterate()
    expect(budget.isSpent).toBe(false)
  })

  it('is one for all of an iteration, whatever follows its queue', () => {
    const { work, iterate, soon } = loop()
    work('a', 15)
    soon(() => work('b', 5))
    soon(() => work('c', 5))
    expect(iterate()).toBe('b')
    expect(iterate()).toBe('c')
  })

  it('is a new one in the next iteration if little of it is spent', () => {
    const { work, iterate } = loop()
    work('a', 9)
    expect(iterate()).toBe('')
    work('b', 15)
    work('c', 5)
    work('d', 1)
    expect([iterate(), iterate()]).toEqual(['', 'd'])
  })

  it('runs each waiting job in the async context in which it arrived', () => {
    const store = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    const { work, iterate } = loop()
    work('a', 20)
    for (const place of ['B', 'C']) {
      store.run(place, () => work(place, 1, () => seen.push(store.getStore())))
    }
    iterate()
    store.run('D', iterate)
    expect(seen).toEqual(['B', 'C'])
  })
})
