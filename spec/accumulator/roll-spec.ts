import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Roll } from '../../lib/accumulator/roll.ts'
import type { Feed } from '../../lib/model.ts'

const feeds: Feed[] = [{ settle() {} }, { settle() {} }, { settle() {} }]

describe('a Roll', () => {
  it('knows the original record, ticket and feed of each record, however many were expected', () => {
    const owners = fc.array(fc.nat(2), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(owners, fc.nat(60), (givers, expected) => {
        const all = givers.map((owner, index) => ({
          original: { topic: 't', value: `${index}` },
          ticket: index,
          feed: feeds[owner]!,
        }))
        const roll = new Roll(expected)
        for (const one of all) roll.add(one)
        expect(roll.count).toBe(all.length)
        for (const [index, { original, ticket, feed }] of all.entries()) {
          expect(roll.recordOf(index)).toBe(original)
          expect(roll.ticketOf(index)).toBe(ticket)
          expect(roll.feedOf(index)).toBe(feed)
        }
      }),
    )
  })

  it('releases everything', () => {
    const roll = new Roll(8)
    roll.add({ original: { topic: 't', value: 'a' }, ticket: 1, feed: feeds[0]! })
    roll.add({ original: { topic: 't', value: 'b' }, ticket: 2, feed: feeds[1]! })
    roll.clear()
    expect(roll.count).toBe(0)
    expect([roll.recordOf(0), roll.ticketOf(0), roll.feedOf(0)]).toEqual([
      undefined,
      undefined,
      null,
    ])
  })
})
