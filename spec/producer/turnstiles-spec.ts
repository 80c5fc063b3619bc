import { describe, expect, it } from 'vitest'
import type { Envelope, Feed } from '../../lib/model.ts'
import { Turnstiles } from '../../lib/producer/turnstiles.ts'
import { RecordEnvelope } from '../../lib/stages/envelope.ts'
import { CountingToken } from '../support/envelopes.ts'

function stage(maxWaiting = 100) {
  const admitted: Envelope[] = []
  const state = { now: 0, wanted: 0 }
  const turnstiles = new Turnstiles({
    maxWaiting,
    now: () => state.now,
    admit: (envelope) => admitted.push(envelope),
    held: () => {},
    wanted: () => {
      state.wanted += 1
    },
  })
  const feed = (): Feed => ({ settle: () => {} })
  const enter = (owner: Feed, letters: string) => {
    for (const value of letters) {
      turnstiles.enter(new RecordEnvelope(owner, value, { topic: 't', value }, state.now, 7))
    }
  }
  const inside = () => admitted.map(({ ticket }) => ticket).join('')
  return { turnstiles, admitted, state, feed, enter, inside }
}

describe('Turnstiles', () => {
  it('admit every record of an unbounded feed', () => {
    const { turnstiles, feed, enter, inside } = stage()
    turnstiles.add(feed(), 1)
    enter(feed(), 'abc')
    expect(inside()).toBe('abc')
    expect(turnstiles.holds(null)).toBe(false)
  })

  it('admit as many records as the limit allows, then one for each that has left, in order', () => {
    const { turnstiles, state, feed, enter, inside } = stage()
    const owner = feed()
    turnstiles.add(owner, 2)
    enter(owner, 'abcd')
    expect(inside()).toBe('ab')
    expect(turnstiles.holds(null)).toBe(true)
    expect(turnstiles.serve()).toBe(false)
    turnstiles.left(owner, 'a')
    expect(inside()).toBe('ab') // not inside the telling
    expect(state.wanted).toBe(1)
    enter(owner, 'e') // does not overtake
    expect(turnstiles.serve()).toBe(true)
    expect(inside()).toBe('abc')
    for (const ticket of 'bcd') turnstiles.left(owner, ticket)
    turnstiles.serve()
    expect(inside()).toBe('abcde')
    expect(turnstiles.holds(null)).toBe(false)
    turnstiles.left(owner, 'e')
    expect(state.wanted).toBe(4) // nobody waits any more
  })

  it('stop no source for a feed that does so itself', () => {
    const { turnstiles, feed, enter, inside } = stage()
    const owner = feed()
    const other = feed()
    turnstiles.add(owner, 0, false)
    turnstiles.add(other, 0)
    enter(owner, 'ab')
    expect(turnstiles.holds(owner)).toBe(false)
    expect(turnstiles.holds(null)).toBe(false)
    enter(other, 'c')
    expect(turnstiles.holds(other)).toBe(true)
    turnstiles.lift(owner)
    expect(turnstiles.serve()).toBe(true)
    expect(inside()).toBe('ab')
    expect(turnstiles.holds(null)).toBe(true)
    expect(turnstiles.withdraw(null)).toHaveLength(1)
    expect(turnstiles.holds(null)).toBe(false)
  })

  it('do not hold one feed because of another', () => {
    const { turnstiles, feed, enter, inside } = stage()
    const [one, other] = [feed(), feed()]
    turnstiles.add(one, 1)
    turnstiles.add(other, 1)
    enter(one, 'ab')
    enter(other, 'cd')
    turnstiles.left(other, 'c')
    turnstiles.serve()
    expect(inside()).toBe('acd')
  })

  it('restart the time that an admitted record may wait, and keep its timestamp and its flush', () => {
    const { turnstiles, admitted, state, feed, enter } = stage()
    const owner = feed()
    turnstiles.add(owner, 1)
    enter(owner, 'ab')
    const token = new CountingToken()
    for (const envelope of turnstiles.held()) envelope.token = token
    state.now = 50
    turnstiles.left(owner, 'a')
    turnstiles.serve()
    expect(admitted[1]).toMatchObject({ enteredAt: 50, timestamp: 7, token })
  })

  it('return waiting records, of one feed or of all, which count until they have left', () => {
    const { turnstiles, feed, enter, inside } = stage()
    const [one, other] = [feed(), feed()]
    turnstiles.add(one, 1)
    turnstiles.add(other, 1)
    enter(one, 'abc')
    enter(other, 'de')
    expect(turnstiles.withdraw(one).map(({ ticket }) => ticket)).toEqual(['b', 'c'])
    expect(turnstiles.holds(null)).toBe(true)
    expect(turnstiles.withdraw(null).map(({ ticket }) => ticket)).toEqual(['e'])
    expect(turnstiles.holds(null)).toBe(false)
    for (const ticket of 'abc') turnstiles.left(one, ticket)
    enter(one, 'fg')
    expect(inside()).toBe('adf')
  })

  it('fail a record that would exceed the limit of waiting records', () => {
    const { turnstiles, admitted, feed, enter, inside } = stage(1)
    const owner = feed()
    turnstiles.add(owner, 1)
    enter(owner, 'abc')
    expect(inside()).toBe('ac')
    expect(admitted[1]!.failure).toMatchObject({ code: 'BUFFER_EXHAUSTED', persisted: 'no' })
  })

  it('give a refused record no place: its result leaves after those of waiting records', () => {
    const { turnstiles, feed, enter, inside } = stage(1)
    const owner = feed()
    turnstiles.add(owner, 1)
    enter(owner, 'abc')
    turnstiles.left(owner, 'a')
    turnstiles.serve()
    expect(inside()).toBe('acb')
    for (const ticket of 'bc') turnstiles.left(owner, ticket)
    enter(owner, 'de')
    expect(inside()).toBe('acbd')
  })

  it('forget a feed that has ended', () => {
    const { turnstiles, feed, enter, inside } = stage()
    const owner = feed()
    turnstiles.add(owner, 1)
    enter(owner, 'a')
    turnstiles.delete(owner)
    turnstiles.left(owner, 'a')
    enter(owner, 'bc')
    expect(inside()).toBe('abc')
  })
})
