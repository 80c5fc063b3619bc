import { describe, expect, it } from 'vitest'
import { Remedy } from '../../lib/sender/remedy.ts'

/** For how many cases in a row it is used from now on. */
function span(remedy: Remedy): number {
  let cases = 0
  while (remedy.use()) cases += 1
  return cases
}

describe('a remedy', () => {
  it('is not used before it was needed', () => {
    expect(new Remedy().use()).toBe(false)
  })

  it('is used for eight cases when it was needed', () => {
    const remedy = new Remedy()
    remedy.note(true)
    expect(span(remedy)).toBe(8)
    expect(remedy.used).toBe(8)
  })

  it('is used for twice as many each time, up to 256', () => {
    const remedy = new Remedy()
    const spans = Array.from({ length: 7 }, () => {
      remedy.note(true)
      return span(remedy)
    })
    expect(spans).toEqual([8, 16, 32, 64, 128, 256, 256])
  })

  it('is used for half as many after a case without it that went well, but for no fewer than eight', () => {
    const remedy = new Remedy()
    for (let times = 0; times < 3; times += 1) remedy.note(true)
    remedy.note(false)
    remedy.note(true)
    expect(span(remedy)).toBe(32)
    for (let times = 0; times < 9; times += 1) remedy.note(false)
    remedy.note(true)
    expect(span(remedy)).toBe(8)
  })
})
