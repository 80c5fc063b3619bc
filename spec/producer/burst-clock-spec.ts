import { describe, expect, it } from 'vitest'
import { BurstClock } from '../../lib/producer/burst-clock.ts'
import type { Clock } from '../../lib/runtime.ts'

function stage() {
  const time = { at: 1000, looks: 0 }
  const clock = {
    now: () => {
      time.looks += 1
      return time.at
    },
    timestamp: () => 1_700_000_000_000 + time.at,
  } as Clock
  const burst = new BurstClock(clock)
  /** The times of records that arrive a given number of milliseconds apart. */
  const come = (records: number, apartMs: number) =>
    Array.from({ length: records }, () => {
      burst.look()
      const given = { at: time.at, late: time.at - burst.now }
      expect(burst.timestamp).toBe(1_700_000_000_000 + burst.now)
      time.at += apartMs
      return given.late
    })
  return { time, burst, come }
}

describe('the time of a record in a burst', () => {
  it('is that of its call if each record takes long', () => {
    const { come } = stage()
    expect(come(100, 20)).toEqual(new Array(100).fill(0))
  })

  it('is shared by up to 64 records if they arrive quickly', () => {
    const { come, time } = stage()
    come(127, 0)
    expect(time.looks).toBe(7) // 1, 2, 4, … 64 of them
    come(640, 0)
    expect(time.looks).toBe(17)
  })

  it('is that of its call again soon after records have become slow', () => {
    const { come } = stage()
    come(1000, 0)
    const late = come(200, 20)
    expect(late.slice(64)).toEqual(new Array(136).fill(0))
  })

  it('is read again in each burst', () => {
    const { burst, time, come } = stage()
    come(1000, 0)
    burst.ended()
    time.at += 500
    expect(come(1, 0)).toEqual([0])
  })
})
