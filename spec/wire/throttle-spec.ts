import { describe, expect, it } from 'vitest'
import { Throttle } from '../../lib/wire/throttle.ts'

const produce = 0

describe('a Throttle', () => {
  it('asks for silence from the version on whose clients have to keep it', () => {
    const throttle = new Throttle()

    expect(throttle.note(produce, 5, { throttleTimeMs: 100 }, 10)).toBe(0)
    expect(throttle.until).toBe(Number.NEGATIVE_INFINITY)
    expect(throttle.note(produce, 6, { throttleTimeMs: 100 }, 10)).toBe(100)
    expect(throttle.until).toBe(110)
  })

  it('keeps the longest of overlapping silences', () => {
    const throttle = new Throttle()
    throttle.note(produce, 9, { throttleTimeMs: 500 }, 0)
    throttle.note(produce, 9, { throttleTimeMs: 100 }, 10)

    expect(throttle.until).toBe(500)
  })

  it('keeps silent for five minutes at most, whatever an answer tells', () => {
    const throttle = new Throttle()
    expect(throttle.note(produce, 9, { throttleTimeMs: 0x7fffffff }, 10)).toBe(300_000)
    expect([throttle.until, throttle.totalMs]).toEqual([300_010, 300_000])
    expect(throttle.note(produce, 9, { throttleTimeMs: -1 }, 10)).toBe(0)
  })

  it('counts what every answer tells, also where the broker waits itself', () => {
    const throttle = new Throttle()
    throttle.note(produce, 3, { throttleTimeMs: 100 }, 0)
    throttle.note(produce, 9, { throttleTimeMs: 20 }, 0)
    throttle.note(produce, 9, { throttleTimeMs: 0 }, 0)
    throttle.note(produce, 9, {}, 0)

    expect(throttle.totalMs).toBe(120)
  })
})
