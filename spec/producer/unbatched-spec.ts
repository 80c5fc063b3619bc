import { describe, expect, it } from 'vitest'
import type { Envelope, Feed } from '../../lib/model.ts'
import { refusal, Unbatched } from '../../lib/producer/unbatched.ts'
import { failed } from '../../lib/stages/envelope.ts'
import { Holdings } from '../../lib/stages/holding.ts'
import { CountingToken, envelope } from '../support/envelopes.ts'

const [one, other]: Feed[] = [{ settle() {} }, { settle() {} }]

/**
 * A stage in which `inside` waits, and an entrance at which `outside` waits: feed and value of
 * each.
 */
function stage(inside: string[], outside: string[]) {
  const made = (name: string) => envelope({ feed: name[0] === '1' ? one! : other!, value: name })
  let held = inside.map(made)
  const holdings = new Holdings()
  holdings.add({
    holds: () => true,
    held: () => held,
    withdraw(feed) {
      const taken = held.filter((each) => feed === null || each.feed === feed)
      held = held.filter((each) => !taken.includes(each))
      return taken
    },
    recall(envelope) {
      const isHere = held.includes(envelope)
      held = held.filter((each) => each !== envelope)
      return isHere
    },
  })
  const asked = { turns: 0 }
  const unbatched = new Unbatched(holdings, () => {
    asked.turns += 1
  })
  for (const name of outside) unbatched.entrance.push(made(name))
  return { unbatched, holdings, asked, made }
}

const names = (envelopes: Iterable<Envelope>) => [...envelopes].map(({ value }) => value)

describe('Unbatched', () => {
  it('returns the waiting records of a feed, those of the stages first, and keeps the others in order', () => {
    const { unbatched, holdings } = stage(['1a', '2b'], ['1c', '2d', '1e', '2f'])
    expect(names(unbatched.take(one!))).toEqual(['1a', '1c', '1e'])
    expect(names(holdings.held())).toEqual(['2b'])
    expect(names(unbatched.entrance)).toEqual(['2d', '2f'])
    expect(names(unbatched.take(null))).toEqual(['2b', '2d', '2f'])
    expect(unbatched.entrance.length).toBe(0)
  })

  it('returns one record, wherever it waits, and requests a turn for those behind it', () => {
    const { unbatched, holdings, asked, made } = stage(['1a', '2b'], ['1c', '2d', '1e'])
    const [inside] = [...holdings.held()]
    const [, outside] = [...unbatched.entrance]
    expect(unbatched.recall(made('1a'))).toBe(false)
    expect(asked.turns).toBe(0)
    expect([inside!, outside!].map((each) => unbatched.recall(each))).toEqual([true, true])
    expect(asked.turns).toBe(2)
    expect([inside!, outside!].map((each) => unbatched.recall(each))).toEqual([false, false])
    expect(names(unbatched.takeAll())).toEqual(['2b', '1c', '1e'])
  })

  it('requests a turn only if others may have waited behind the returned record', () => {
    const { unbatched, asked } = stage([], ['1a'])
    unbatched.take(other!)
    expect(asked.turns).toBe(0)
    unbatched.take(one!)
    expect(asked.turns).toBe(1)
  })

  it('lets a record that enters hold the next flush until it is taken out', () => {
    const cuts = { next: new CountingToken() }
    const unbatched = new Unbatched(new Holdings(cuts), () => {})
    const { made } = stage([], [])
    const first = cuts.next
    for (const name of ['1a', '2b']) unbatched.enter(made(name))
    cuts.next = new CountingToken()
    unbatched.enter(made('1c'))
    expect([first.holds, cuts.next.holds]).toEqual([2, 1])
    unbatched.take(one!)
    expect([first.holds, cuts.next.holds]).toEqual([1, 0])
    unbatched.take(other!)
    expect(first.ends).toBe(1)
  })

  it('also finds a record that a stage does not return, and one between two stages', () => {
    const { unbatched, holdings, made } = stage(['1a'], ['1b'])
    const kept = made('1kept')
    holdings.add({
      holds: () => false,
      held: () => [kept],
      withdraw: () => [],
      recall: () => false,
    })
    const bug = new Error('a bug')
    const handOn = () =>
      holdings.handOn(made('1between'), {
        next() {
          throw bug
        },
      })
    expect(handOn).toThrow(bug)
    expect(names(unbatched.takeAll())).toEqual(['1a', '1b', '1kept', '1between'])
  })
})

describe('refusal', () => {
  it('is the receipt of a record that fails now and is not in the log', () => {
    const cause = new Error('why')
    const record = envelope({ feed: one! })
    const { feed, metadata, error } = refusal(record, 'DISCARDED', cause)
    expect({ feed, metadata }).toEqual({ feed: one, metadata: null })
    expect(error).toMatchObject({ code: 'DISCARDED', cause, persisted: 'no' })
  })

  it('keeps the earlier failure of a record', () => {
    const record = failed(envelope(), 'BUFFER_EXHAUSTED')
    expect(refusal(record, 'CLOSED').error).toMatchObject({ code: 'BUFFER_EXHAUSTED' })
  })
})
