import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'
import { SchedulerClock } from '../../lib/testing/scheduler-clock.ts'

// A TestScheduler as the engine's clock: a frame is a millisecond.

function run(work: (clock: SchedulerClock, scheduler: TestScheduler) => void): void {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
  scheduler.run(() => {
    work(new SchedulerClock(scheduler), scheduler)
    scheduler.flush()
  })
}

describe('the clock of a scheduler', () => {
  it('fires at the requested frame, in the order of frames', () => {
    const fired: [string, number][] = []
    run((clock) => {
      clock.at(7, () => fired.push(['late', clock.now()]))
      clock.at(3, () => fired.push(['early', clock.now()]))
    })
    expect(fired).toEqual([
      ['early', 3],
      ['late', 7],
    ])
  })

  it('fires as soon as possible for a time that has passed, never inside the call', () => {
    const fired: string[] = []
    run((clock) => {
      clock.at(5, () => {
        clock.at(2, () => fired.push(`at ${clock.now()}`))
        fired.push('asked')
      })
    })
    expect(fired).toEqual(['asked', 'at 5'])
  })

  it('does not fire what was cancelled', () => {
    const fired: string[] = []
    run((clock) => {
      const timer = clock.at(4, () => fired.push('cancelled'))
      clock.at(3, () => timer.cancel())
    })
    expect(fired).toEqual([])
  })

  it('ends a burst within the same frame, after the work of the burst', () => {
    const order: string[] = []
    run((clock) => {
      clock.at(6, () => {
        clock.soon(() => order.push(`soon at ${clock.now()}`))
        order.push('burst')
      })
    })
    expect(order).toEqual(['burst', 'soon at 6'])
  })

  it('gives records the time of the frame', () => {
    run((clock) => clock.at(9, () => expect(clock.timestamp()).toBe(9)))
  })
})
