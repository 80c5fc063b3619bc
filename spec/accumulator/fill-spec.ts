import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fill, rawLimit } from '../../lib/accumulator/fill.ts'
import { Ratio } from '../../lib/accumulator/ratio.ts'

function ratioOf(value: number): Ratio {
  const ratio = new Ratio()
  while (ratio.value > value) ratio.observe(value)
  return ratio
}

describe('Fill', () => {
  it('is exactly batch.size without compression', () => {
    const fill = new Fill(1000, null)
    expect([fill.estimate(999), fill.reach(500), fill.isFull(999)]).toEqual([999, 1000, false])
    expect(fill.isFull(1000)).toBe(true)
  })

  it('counts the present bytes by the estimate, and the next record as uncompressed', () => {
    const fill = new Fill(1000, ratioOf(0.5))
    // 61 + 600 × 0.5 × 1.05
    expect(fill.estimate(661)).toBe(376)
    expect(fill.reach(661)).toBe(661 + 624)
    expect(fill.isFull(661)).toBe(false)
  })

  it('is full when the estimate reaches batch.size', () => {
    const fill = new Fill(1000, ratioOf(0.5))
    const raw = [...Array(3000).keys()].slice(61).find((bytes) => fill.isFull(bytes))!
    expect(fill.estimate(raw)).toBe(1000)
    expect(raw).toBeLessThanOrEqual(rawLimit(1000, ratioOf(0.5)))
  })

  it('keeps a margin: a batch that is not expected to shrink ends before batch.size', () => {
    expect(new Fill(1000, ratioOf(1)).isFull(1000)).toBe(true)
    expect(new Fill(1000, ratioOf(1)).isFull(960)).toBe(true)
  })

  it('allows at most eight times batch.size of raw bytes', () => {
    const fill = new Fill(1000, ratioOf(0.05))
    expect(rawLimit(1000, ratioOf(0.05))).toBe(8000)
    expect(fill.estimate(8000)).toBeLessThan(1000)
    expect(fill.reach(7500)).toBe(8000)
    expect([fill.isFull(7999), fill.isFull(8000)]).toEqual([false, true])
  })

  it('never allows raw bytes beyond their limit, and always allows them until the batch is full', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 100_000 }),
        fc.double({ min: 0.02, max: 1, noNaN: true }),
        fc.nat(900_000),
        (batchSize, value, raw) => {
          const ratio = ratioOf(value)
          const fill = new Fill(batchSize, ratio)
          expect(fill.reach(raw)).toBeLessThanOrEqual(rawLimit(batchSize, ratio))
          if (!fill.isFull(raw)) expect(fill.reach(raw)).toBeGreaterThan(raw)
        },
      ),
    )
  })
})
