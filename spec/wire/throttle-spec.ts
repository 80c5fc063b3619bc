import { describe, expect, it } from 'vitest'
import { Throttle } from '../../lib/wire/throttle.ts'

const produce = 0

describe('a Throttle', () => {
  it('requires a pause from the version on in which clients must wait', () => {
    const throttle = new Throttle()

    expect(throttle.note(produce, 5, { throttleTimeMs: 100 }, 10, 0)).toBe(0)
    expect(throttle.until).toBe(Number.NEGATIVE_INFINITY)
    expect(throttle.note(produce, 6, { throttleTimeMs: 100 }, 10, 0)).toBe(100)
    expect(throttle.until).toBe(110)
  })

  it('keeps the longest of overlapping pauses', () => {
    const throttle = new Throttle()
    throttle.note(produce, 9, { throttleTimeMs: 500 }, 0, 0)
    throttle.note(produce, 9, { throttleTimeMs: 100 }, 10, 0)

    expect(throttle.until).toBe(500)
  })

  it('pauses for at most five minutes, whatever an answer says', () => {
    const throttle = new Throttle()
    expect(throttle.note(produce, 9, { throttleTimeMs: 0x7fffffff }, 10, 0)).toBe(300_000)
    expect([throttle.until, throttle.totalMs]).toEqual([300_010, 300_000])
    expect(throttle.note(produce, 9, { throttleTimeMs: -1 }, 10, 0)).toBe(0)
  })

  it('counts the time in every answer, also if the broker waits itself', () => {
    const throttle = new Throttle()
    throttle.note(produce, 3, { throttleTimeMs: 100 }, 150, 0)
    throttle.note(produce, 9, { throttleTimeMs: 20 }, 150, 0)
    throttle.note(produce, 9, { throttleTimeMs: 0 }, 150, 0)
    throttle.note(produce, 9, {}, 150, 0)

    expect(throttle.totalMs).toBe(120)
  })

  it("counts overlapping waits once, and of a broker's own wait only what has passed", () => {
    const throttle = new Throttle()
    throttle.note(produce, 9, { throttleTimeMs: 1000 }, 0, 0)
    throttle.note(produce, 9, { throttleTimeMs: 1000 }, 400, 0)
    expect(throttle.totalMs).toBe(1400)
    throttle.note(produce, 3, { throttleTimeMs: 1000 }, 2000, 1990)
    expect(throttle.totalMs).toBe(1410)
  })
})
