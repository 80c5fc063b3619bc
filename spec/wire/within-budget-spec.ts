import { describe, expect, it } from 'vitest'
import { LoopBudget } from '../../lib/collections/loop-budget.ts'
import { clockWithin } from '../../lib/wire/within-budget.ts'
import { FakeClock } from '../support/fake-runtime.ts'

/** A clock within a budget that one thing spends, until the next millisecond. */
function busy() {
  const clock = new FakeClock()
  const log: string[] = []
  const budget = new LoopBudget(0, {
    now: () => clock.now(),
    soon: (work) => clock.at(clock.now() + 1, work),
    context: () => ({ runInAsyncScope: (work, self, given) => work.call(self, given) }),
  })
  const noted = (name: string) => () => {
    log.push(`${name}@${clock.now()}`)
  }
  return { clock, log, noted, budget, within: clockWithin(budget, clock) }
}

describe('a clock within the budget of the event loop', () => {
  it('has its timers wait behind what came before them', () => {
    const { clock, log, noted, budget, within } = busy()
    within.at(10, noted('timeout'))
    clock.advance(9.5)
    for (const name of ['first', 'answer']) budget.run(noted(name))
    clock.advance(100)
    expect(log.map((one) => one.split('@')[0])).toEqual(['first', 'answer', 'timeout'])
  })

  it('does not fire a timer that is cancelled while it waits', () => {
    const { clock, log, noted, budget, within } = busy()
    const timer = within.at(10, noted('timeout'))
    clock.advance(9.5)
    budget.run(noted('first'))
    budget.run(() => timer.cancel())
    clock.advance(100)
    expect(log).toEqual(['first@9.5'])
  })

  it('has what is to come soon wait, too, and says when work should', () => {
    const { clock, log, noted, within } = busy()
    within.soon(noted('a'))
    within.soon(() => log.push(`yield ${within.shouldYield?.()}`))
    clock.advance(100)
    expect(log).toEqual(['a@0', 'yield true'])
    expect(within.shouldYield?.()).toBe(false)
  })
})
