import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecordFacts } from '../../lib/records/record-facts.ts'

type Fact = readonly [keySize: number, valueSize: number, delta: number]

const fact: fc.Arbitrary<Fact> = fc.tuple(
  fc.integer({ min: -1 }),
  fc.integer({ min: -1 }),
  fc.maxSafeInteger(),
)

function seen(facts: RecordFacts): Fact[] {
  return Array.from({ length: facts.count }, (_, index) => [
    facts.keySizeOf(index),
    facts.valueSizeOf(index),
    facts.deltaOf(index),
  ])
}

describe('RecordFacts', () => {
  it('returns what was added, whether more or fewer than expected', () => {
    fc.assert(
      fc.property(fc.array(fact), fc.nat(20), (list, expected) => {
        const facts = new RecordFacts(expected)
        for (const one of list) facts.add(...one)
        expect(seen(facts)).toEqual(list)
      }),
    )
  })

  it('replaces added sizes by measured ones, and changes nothing else', () => {
    const facts = new RecordFacts(4)
    facts.add(1, 2, 3)
    facts.add(4, 5, 6)
    facts.measured(0, 7, -1)
    expect(seen(facts)).toEqual([
      [7, -1, 3],
      [4, 5, 6],
    ])
  })

  it('releases everything', () => {
    const facts = new RecordFacts(4)
    facts.add(1, 2, 3)
    facts.clear()
    expect(facts.count).toBe(0)
    expect(facts.keySizeOf(0)).toBeUndefined()
  })
})
