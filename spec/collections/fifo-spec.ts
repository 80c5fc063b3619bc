import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fifo } from '../../lib/collections/fifo.ts'

describe('a Fifo', () => {
  it('returns what was pushed, in order, like an array', () => {
    const dropped = fc.record({ drop: fc.nat({ max: 40 }) })
    const operations = fc.array(fc.oneof(fc.nat(), fc.constant('shift' as const), dropped), {
      maxLength: 300,
    })
    fc.assert(
      fc.property(operations, (tape) => {
        const fifo = new Fifo<number>()
        const model: number[] = []
        for (const step of tape) {
          if (step === 'shift') {
            expect(fifo.shift()).toBe(model.shift())
          } else if (typeof step === 'object') {
            const item = model[step.drop] ?? -1
            const index = model.indexOf(item)
            if (index >= 0) model.splice(index, 1)
            expect(fifo.delete(item)).toBe(index >= 0)
          } else {
            fifo.push(step)
            model.push(step)
          }
          expect(fifo.peek()).toBe(model[0])
          expect(fifo.length).toBe(model.length)
        }
        expect([...fifo]).toEqual(model)
      }),
      { numRuns: 30 },
    )
  })

  it('keeps order and count while thousands pass through', () => {
    const fifo = new Fifo<number>()
    for (let n = 0; n < 5_000; n += 1) fifo.push(n)
    const taken = Array.from({ length: 3_000 }, () => fifo.shift())

    expect(taken).toEqual(Array.from({ length: 3_000 }, (_, n) => n))
    expect(fifo.length).toBe(2_000)
    expect([...fifo]).toEqual(Array.from({ length: 2_000 }, (_, n) => n + 3_000))
  })

  it('is empty again when everything is taken', () => {
    const fifo = new Fifo<string>()
    fifo.push('a')
    fifo.shift()

    expect(fifo.length).toBe(0)
    expect(fifo.shift()).toBeUndefined()
    expect(fifo.peek()).toBeUndefined()
  })
})
