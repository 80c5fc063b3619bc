import { describe, expect, it } from 'vitest'
import type { Envelope, Feed } from '../../lib/model.ts'
import { RecordEnvelope } from '../../lib/stages/envelope.ts'
import { Unplaced } from '../../lib/stages/unplaced.ts'
import { FakeFeed } from '../support/marbles.ts'

const nobody = { hold() {}, release() {} }
const [mine, yours] = [new FakeFeed(), new FakeFeed()]

function envelope(ticket: string, partition = -1, topic = 't', feed: Feed = mine): Envelope {
  const made = new RecordEnvelope(feed, ticket, { topic, value: null }, Number.NaN, 0)
  return Object.assign(made, { topic, partition })
}

function ticketsOf(envelopes: Iterable<Envelope>): unknown[] {
  return [...envelopes].map(({ ticket }) => ticket)
}

describe('Unplaced', () => {
  it('holds back all records of a feed and topic while the topic is unknown', () => {
    const unplaced = new Unplaced(nobody)
    unplaced.add(envelope('a'), false)
    expect(unplaced.isBehind(envelope('b', 3), false)).toBe(true)
    expect(unplaced.isBehind(envelope('b', 3, 'u'), false)).toBe(false)
    expect(unplaced.isBehind(envelope('b', 3, 't', yours), false)).toBe(false)
  })

  it('holds back only the records of one partition if the topic is known', () => {
    const unplaced = new Unplaced(nobody)
    unplaced.add(envelope('a', 3), true)
    expect(unplaced.isBehind(envelope('b', 3), false)).toBe(true)
    expect(unplaced.isBehind(envelope('b', 4), false)).toBe(false)
    expect(unplaced.isBehind(envelope('b'), false)).toBe(false)
  })

  it('also holds back all records of a feed and topic while waiting ones may be placed', () => {
    const unplaced = new Unplaced(nobody)
    unplaced.add(envelope('a', 3), true)
    expect(unplaced.isBehind(envelope('b'), true)).toBe(true)
    expect(unplaced.isBehind(envelope('b', 3, 'u'), true)).toBe(false)
  })

  it('moves its head behind the records that wait for the same partition', () => {
    const unplaced = new Unplaced(nobody)
    for (const one of [envelope('a', 3), envelope('b'), envelope('c', 3)]) unplaced.add(one, false)
    const [all] = unplaced.queues
    unplaced.moveHead(all!)
    unplaced.shift(all!)
    unplaced.moveHead(all!)
    const [partition, ...others] = unplaced.queues
    expect(others).toEqual([])
    expect(partition!.isForPartition).toBe(true)
    expect(ticketsOf(partition!)).toEqual(['a', 'c'])
  })

  it('looks at no other feed when a feed withdraws its records', () => {
    const unplaced = new Unplaced(nobody)
    const feeds = Array.from({ length: 1000 }, () => new FakeFeed())
    for (const feed of feeds) unplaced.add(envelope('x', -1, 't', feed), false)
    let looks = 0
    for (const queue of unplaced.queues) {
      const { feed } = queue
      const get = () => {
        looks += 1
        return feed
      }
      Object.defineProperty(queue, 'feed', { get })
    }
    for (const feed of feeds) expect(unplaced.withdraw(feed)).toHaveLength(1)
    expect(unplaced.isEmpty).toBe(true)
    expect(looks).toBeLessThanOrEqual(5 * feeds.length)
  })

  it('returns one record, and releases what only that record held back', () => {
    let holds = 0
    const unplaced = new Unplaced({ hold: () => holds++, release: () => holds-- })
    const [a, b, c] = [envelope('a'), envelope('b'), envelope('c', 3, 'u')]
    for (const one of [a!, b!]) unplaced.add(one, false)
    unplaced.add(c!, true)
    expect([unplaced.recall(a!), unplaced.recall(a!), unplaced.recall(envelope('b'))]).toEqual([
      true,
      false,
      false,
    ])
    expect([unplaced.countOf(mine), holds, ticketsOf(unplaced.held())]).toEqual([2, 2, ['b', 'c']])
    expect(unplaced.recall(c!)).toBe(true)
    expect([unplaced.countOf(mine), holds]).toEqual([1, 1])
    expect(unplaced.recall(b!)).toBe(true)
    expect([unplaced.isEmpty, unplaced.queues, holds]).toEqual([true, [], 0])
  })

  it('counts the waiting records of each feed, over all its topics', () => {
    const unplaced = new Unplaced(nobody)
    unplaced.add(envelope('a'), false)
    unplaced.add(envelope('b', 3, 'u'), true)
    unplaced.add(envelope('c', -1, 't', yours), false)
    expect([mine, yours].map((feed) => unplaced.countOf(feed))).toEqual([2, 1])
    expect(ticketsOf(unplaced.held())).toEqual(['a', 'c', 'b'])
    expect(ticketsOf(unplaced.withdraw(mine))).toEqual(['a', 'b'])
    expect([mine, yours].map((feed) => unplaced.countOf(feed))).toEqual([0, 1])
    unplaced.withdraw(null)
    expect(unplaced.isEmpty).toBe(true)
    expect(unplaced.queues).toEqual([])
  })
})
