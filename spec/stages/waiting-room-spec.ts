import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { Fifo } from '../../lib/collections/fifo.ts'
import type { Watched } from '../../lib/observer.ts'
import { RecordEnvelope } from '../../lib/stages/envelope.ts'
import { WaitingRoom } from '../../lib/stages/waiting-room.ts'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import { FakeFeed } from '../support/marbles.ts'
import { Notes } from '../support/notes.ts'

const clock = new VirtualClock()
const [a, b, c] = [new FakeFeed(), new FakeFeed(), new FakeFeed()]

function envelope(feed: FakeFeed, ticket: unknown, enteredAt = 0) {
  return new RecordEnvelope(feed, ticket, { topic: 't', value: null }, enteredAt, 0)
}

function roomOf(watched?: Watched): WaitingRoom {
  return new WaitingRoom({ clock, watched })
}

function drain(room: WaitingRoom): unknown[] {
  const tickets: unknown[] = []
  for (let next = room.shift(); next !== undefined; next = room.shift()) tickets.push(next.ticket)
  return tickets
}

describe('WaitingRoom', () => {
  it('serves feeds in turn, and each feed in order', () => {
    const room = roomOf()
    for (const ticket of ['a1', 'a2', 'a3']) room.add(envelope(a, ticket))
    room.add(envelope(b, 'b1'))
    room.add(envelope(c, 'c1'))
    room.add(envelope(b, 'b2'))
    expect(room.lengthOf(a)).toBe(3)
    expect(room.length).toBe(6)
    expect(drain(room)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
    expect(room.isEmpty).toBe(true)
    expect(room.oldest).toBeNull()
  })

  it('shows whose turn it is without taking it', () => {
    const room = roomOf()
    expect(room.peek()).toBeUndefined()
    room.add(envelope(a, 'a1'))
    expect(room.peek()?.ticket).toBe('a1')
    expect(room.peek()?.ticket).toBe('a1')
    expect(room.has(a)).toBe(true)
    expect(room.has(b)).toBe(false)
  })

  it('removes expired records, from the head of each feed', () => {
    const room = roomOf()
    room.add(envelope(a, 'a1', 1))
    room.add(envelope(a, 'a2', 5))
    room.add(envelope(b, 'b1', 2))
    expect(room.oldest).toBe(1)
    expect(room.expired((enteredAt) => enteredAt <= 2).map(({ ticket }) => ticket)).toEqual([
      'a1',
      'b1',
    ])
    expect(room.has(b)).toBe(false)
    expect(room.oldest).toBe(5)
    expect(drain(room)).toEqual(['a2'])
  })

  it('removes a limited number at once; the others are the next to expire', () => {
    const room = roomOf()
    for (const ticket of ['a1', 'a2', 'a3']) room.add(envelope(a, ticket, 1))
    expect(room.expired(() => true, 2).map(({ ticket }) => ticket)).toEqual(['a1', 'a2'])
    expect(room.oldest).toBe(1)
    expect(room.expired(() => true, 2).map(({ ticket }) => ticket)).toEqual(['a3'])
  })

  it('gives a feed whose head expired its next turn after the others', () => {
    const room = roomOf()
    room.add(envelope(a, 'a1', 1))
    room.add(envelope(b, 'b1', 3))
    room.add(envelope(a, 'a2', 4))
    room.expired((enteredAt) => enteredAt <= 2)
    expect(drain(room)).toEqual(['b1', 'a2'])
  })

  it.each(['withdraw', 'expired'] as const)(
    'moves none of the others when feeds leave: %s',
    (how) => {
      const room = roomOf()
      const feeds = Array.from({ length: 1000 }, () => new FakeFeed())
      for (const feed of feeds) room.add(envelope(feed, 'x'))
      const pushed = vi.spyOn(Fifo.prototype, 'push')
      const walked = vi.spyOn(Fifo.prototype, Symbol.iterator)
      try {
        const taken =
          how === 'expired'
            ? room.expired(() => true)
            : feeds.flatMap((feed) => room.withdraw(feed))
        expect(taken).toHaveLength(1000)
        expect(room.isEmpty).toBe(true)
        expect(room.peek()).toBeUndefined()
        expect(pushed).not.toHaveBeenCalled()
        expect(walked.mock.calls.length).toBeLessThanOrEqual(2 * feeds.length) // each its own
      } finally {
        vi.restoreAllMocks()
      }
    },
  )

  it('keeps the turns of the others when one in the middle, the first or the last leaves', () => {
    for (const leaver of [a, b, c]) {
      const room = roomOf()
      for (const feed of [a, b, c]) for (const _ of 'xy') room.add(envelope(feed, feed))
      expect(room.withdraw(leaver)).toHaveLength(2)
      room.add(envelope(leaver, leaver))
      const others = [a, b, c].filter((feed) => feed !== leaver)
      expect(drain(room)).toEqual([...others, leaver, ...others])
    }
  })

  it('returns the records of one feed or of all', () => {
    const room = roomOf()
    for (const [feed, ticket] of [
      [a, 'a1'],
      [b, 'b1'],
      [a, 'a2'],
    ] as const) {
      room.add(envelope(feed, ticket))
    }
    expect([...room.held()].map(({ ticket }) => ticket)).toEqual(['a1', 'a2', 'b1'])
    expect(room.withdraw(a).map(({ ticket }) => ticket)).toEqual(['a1', 'a2'])
    expect(room.withdraw(a)).toEqual([])
    expect(room.withdraw(null).map(({ ticket }) => ticket)).toEqual(['b1'])
    expect(room.isEmpty).toBe(true)
  })

  it('loses no record and keeps the order of each feed, in any sequence of calls', () => {
    const step = fc.oneof(
      fc.constantFrom(a, b, c).map((feed) => ({ kind: 'add' as const, feed })),
      fc.constant({ kind: 'shift' as const }),
      fc.constantFrom(a, b, c).map((feed) => ({ kind: 'withdraw' as const, feed })),
      fc.nat(20).map((late) => ({ kind: 'expire' as const, late })),
      fc.nat(20).map((which) => ({ kind: 'recall' as const, which })),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const room = roomOf()
        const out = new Map<FakeFeed, number[]>([a, b, c].map((feed) => [feed, []]))
        const take = (taken: { feed: unknown; ticket: unknown }) =>
          out.get(taken.feed as FakeFeed)!.push(taken.ticket as number)
        let serial = 0
        const given: RecordEnvelope[] = []
        const recalled: number[] = []
        const topicState = {
          holds: 0,
          hold: () => topicState.holds++,
          release: () => topicState.holds--,
        }
        for (const one of steps) {
          if (one.kind === 'add') {
            serial += 1
            const made = envelope(one.feed, serial, serial)
            made.topicState = topicState as never
            given.push(made)
            room.add(made)
          } else if (one.kind === 'shift') {
            const head = room.peek()
            const taken = room.shift()
            expect(taken).toBe(head)
            if (taken !== undefined) take(taken)
          } else if (one.kind === 'recall') {
            const back = given[one.which]
            const isHere = back !== undefined && [...room.held()].includes(back)
            if (back !== undefined) expect(room.recall(back)).toBe(isHere)
            if (isHere) recalled.push(back!.ticket as number)
          } else if (one.kind === 'withdraw') room.withdraw(one.feed).forEach(take)
          else room.expired((enteredAt) => enteredAt <= one.late).forEach(take)
          expect(topicState.holds).toBe(room.length)
          expect(room.peek() === undefined).toBe(room.isEmpty)
        }
        room.withdraw(null).forEach(take)
        const all = [...out.values()]
        for (const tickets of all) expect(tickets).toEqual([...tickets].sort((x, y) => x - y))
        expect([...all.flat(), ...recalled].sort((x, y) => x - y)).toEqual(
          Array.from({ length: serial }, (_, index) => index + 1),
        )
      }),
    )
  })

  it('reports when the first record begins to wait, and when the last has gone in any way', () => {
    const notes = new Notes()
    const room = roomOf({ observer: notes.observer })
    const full = () =>
      notes.all
        .splice(0)
        .filter(([name]) => name === 'bufferFull')
        .map(([, isFull]) => [isFull])
    room.add(envelope(a, 'a1'))
    room.add(envelope(b, 'b1'))
    expect(full()).toEqual([[true]])
    room.shift()
    expect(full()).toEqual([])
    room.shift()
    expect(full()).toEqual([[false]])
    room.add(envelope(a, 'a2'))
    room.expired(() => true)
    room.add(envelope(a, 'a3'))
    room.withdraw(null)
    const last = envelope(a, 'a4')
    room.add(last)
    room.recall(last)
    expect(full()).toEqual([[true], [false], [true], [false], [true], [false]])
  })

  it('reports how long each record waited here, without earlier waits', () => {
    const notes = new Notes()
    const room = roomOf({ observer: notes.observer })
    const start = clock.now()
    clock.runUntil(start + 10)
    room.add(envelope(a, 'entered long ago', start))
    clock.runUntil(start + 15)
    room.add(envelope(a, 'entered now', start + 15))
    clock.runUntil(start + 30)
    room.shift()
    room.expired(() => true)
    expect(notes.of('waitedForMemory')).toEqual([
      [20, false],
      [15, true],
    ])
  })
})
