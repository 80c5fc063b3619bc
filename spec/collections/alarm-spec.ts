import { describe, expect, it } from 'vitest'
import { Alarm } from '../../lib/collections/alarm.ts'
import { FakeClock } from '../support/fake-runtime.ts'

function setUp() {
  const clock = new FakeClock()
  const fired: number[] = []
  const alarm = new Alarm(clock, () => fired.push(clock.now()))
  return { clock, fired, alarm }
}

describe('an Alarm', () => {
  it('fires once, at its deadline, and holds no timer afterwards', () => {
    const { clock, fired, alarm } = setUp()
    alarm.set(10)
    clock.advance(9)
    expect(fired).toEqual([])

    clock.advance(1_000)

    expect(fired).toEqual([10])
    expect(clock.pending).toBe(0)
  })

  it('fires at the last deadline that was set, whether earlier or later', () => {
    const { clock, fired, alarm } = setUp()
    alarm.set(10)
    alarm.set(20)
    alarm.set(15)
    clock.advance(100)

    expect(fired).toEqual([15])
  })

  it('arms one timer, however often its deadline moves later', () => {
    const { clock, alarm } = setUp()
    for (let at = 10; at < 1_000; at += 1) alarm.set(at)

    expect(clock.pending).toBe(1)
  })

  it('never fires inside set, even for a time that has passed', () => {
    const { clock, fired, alarm } = setUp()
    clock.advance(50)
    alarm.set(10)
    expect(fired).toEqual([])

    clock.settle()

    expect(fired).toEqual([50])
  })

  it('does not fire once cleared, and leaves nothing armed', () => {
    const { clock, fired, alarm } = setUp()
    alarm.set(10)
    alarm.clear()
    expect(clock.pending).toBe(0)

    clock.advance(100)

    expect(fired).toEqual([])
    expect(alarm.at).toBeNull()
  })

  it('can be set again while it fires', () => {
    const clock = new FakeClock()
    const fired: number[] = []
    const alarm: Alarm = new Alarm(clock, () => {
      fired.push(clock.now())
      if (fired.length < 3) alarm.set(clock.now() + 5)
    })
    alarm.set(5)
    clock.advance(100)

    expect(fired).toEqual([5, 10, 15])
  })

  it('keeps the process alive or not, as it was last set', () => {
    const { clock, fired, alarm } = setUp()
    alarm.set(10, true)
    expect([clock.pending, clock.pendingInBackground]).toEqual([0, 1])
    alarm.set(20)
    expect([clock.pending, clock.pendingInBackground]).toEqual([1, 0])
    alarm.set(30, true)
    expect([clock.pending, clock.pendingInBackground]).toEqual([0, 1])

    clock.advance(100)

    expect(fired).toEqual([30])
  })

  it('arms no new timer when it moves to the background and back, however often', () => {
    const clock = new FakeClock()
    let armed = 0
    const counting = {
      now: () => clock.now(),
      timestamp: () => clock.timestamp(),
      soon: (fire: () => void) => clock.soon(fire),
      at: (at: number, fire: () => void, background?: boolean) => {
        armed += 1
        return clock.at(at, fire, background)
      },
    }
    const alarm = new Alarm(counting, () => {})
    for (let at = 10; at < 100; at += 1) alarm.set(at, at % 2 === 0)

    expect(armed).toBe(1)
    expect([clock.pending, clock.pendingInBackground]).toEqual([1, 0])
  })

  it('withdraws a deadline that passed while the event loop was blocked, if what arrived meanwhile says so', () => {
    const { clock, fired, alarm } = setUp()
    alarm.set(1_000)
    clock.block(1_500)
    clock.soon(() => alarm.clear())

    clock.settle()

    expect(fired).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('moves such a deadline, if what arrived meanwhile says so', () => {
    const { clock, fired, alarm } = setUp()
    alarm.set(1_000)
    clock.block(1_500)
    clock.soon(() => alarm.set(2_000))

    clock.advance(10_000)

    expect(fired).toEqual([2_000])
  })

  it('looks once more at a newer deadline that has passed before the second look', () => {
    const { clock, fired, alarm } = setUp()
    alarm.set(1_000)
    alarm.set(1_600)
    clock.block(1_500)
    clock.soon(() => {
      clock.block(500)
      clock.soon(() => alarm.clear()) // the answer has come in time, but after the second look was requested
    })

    clock.settle()
    clock.advance(10_000)

    expect(fired).toEqual([])
  })

  it('still fires, once, if nothing arrived meanwhile', () => {
    const { clock, fired, alarm } = setUp()
    alarm.set(1_000)
    clock.block(1_500)

    clock.advance(10_000)

    expect(fired).toEqual([1_500])
  })

  it('checks again even if its deadline moved to just before now', () => {
    const { clock, fired, alarm } = setUp()
    alarm.set(1_000)
    alarm.set(1_490)
    clock.block(1_500)
    clock.soon(() => alarm.clear())

    clock.settle()

    expect(fired).toEqual([])
  })

  it('does not wait for a turn if it wakes in time', () => {
    const { clock, fired, alarm } = setUp()
    alarm.set(1_000)
    clock.block(1_049)
    clock.soon(() => alarm.clear())

    clock.settle()

    expect(fired).toEqual([1_049])
  })
})
