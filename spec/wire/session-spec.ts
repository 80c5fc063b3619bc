import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import { Session } from '../../lib/wire/session.ts'

/** Whether a session of this length, begun at 0, is renewed at these times. */
function due(lifetimeMs: number, chance: number, times: readonly number[]): boolean[] {
  const session = new Session()
  session.begin(lifetimeMs, { clock: new VirtualClock(), random: () => chance })
  return times.map((time) => session.isDue(time))
}

describe('a session', () => {
  it('is renewed between 85 and 95 % of its life', () => {
    expect(due(100_000, 0, [84_999, 85_000])).toEqual([false, true])
    expect(due(100_000, 0.5, [89_999, 90_000])).toEqual([false, true])
    expect(due(100_000, 0.999, [94_989, 94_991])).toEqual([false, true])
  })

  it('is not renewed within a second, because brokers refuse that', () => {
    expect(due(500, 0, [500, 1_099, 1_100])).toEqual([false, false, true])
  })

  it('without an end is never renewed', () => {
    expect(due(0, 0, [Number.MAX_SAFE_INTEGER])).toEqual([false])
    expect(new Session().isDue(Number.MAX_SAFE_INTEGER)).toBe(false)
  })
})
