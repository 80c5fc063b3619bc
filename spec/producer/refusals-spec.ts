import { describe, expect, it } from 'vitest'
import { Turn } from '../../lib/collections/turn.ts'
import type { Receipt } from '../../lib/model.ts'
import { Refusals } from '../../lib/producer/refusals.ts'
import { CountingToken, envelope } from '../support/envelopes.ts'
import { fakeRuntime } from '../support/fake-runtime.ts'
import { FakeFeed } from '../support/marbles.ts'

const count = 5_000

function stage() {
  const { clock } = fakeRuntime()
  const turn = new Turn(clock)
  /** How many were reported in each turn. */
  const told = new Map<number, number>()
  const codes = new Set<string>()
  const dropped: Receipt[] = []
  const refusals = new Refusals(
    turn,
    ({ error }) => {
      told.set(turn.serial, (told.get(turn.serial) ?? 0) + 1)
      codes.add(error!.code)
    },
    (receipt) => dropped.push(receipt),
  )
  return { clock, turn, refusals, told, dropped, codes, turns: () => [...told.values()] }
}

const waiting = (feed: FakeFeed, token?: CountingToken) =>
  Array.from({ length: count }, () => envelope({ feed, ...(token && { token }) }))

describe('records that fail together', () => {
  it('are reported in several turns, all with the code of the time when they failed', () => {
    const { clock, turn, refusals, turns, codes } = stage()
    turn.run(() => refusals.add(waiting(new FakeFeed()), 'CLOSED', null))
    clock.settle()
    expect(turns()).toEqual([2_048, 2_048, 904])
    expect([...codes]).toEqual(['CLOSED'])
  })

  it('hold a flush until each is reported', () => {
    const { clock, turn, refusals } = stage()
    const token = new CountingToken()
    for (let index = 0; index < count; index += 1) token.hold()
    turn.run(() => refusals.add(waiting(new FakeFeed(), token), 'CLOSED', null))
    expect(token.holds).toBe(count - 2_048)
    clock.settle()
    expect(token.holds).toBe(0)
  })

  it('are not reported to a stream that has left meanwhile', () => {
    const { clock, turn, refusals, turns, dropped } = stage()
    const [mine, other] = [new FakeFeed(), new FakeFeed()]
    turn.run(() => {
      refusals.add(waiting(mine), 'CLOSED', null)
      refusals.add(waiting(other), 'CLOSED', null)
    })
    refusals.leave(mine)
    clock.settle()
    expect(dropped).toHaveLength(count - 2_048)
    expect(turns().reduce((sum, one) => sum + one)).toBe(2_048 + count)
    expect([...refusals.held()]).toEqual([])
  })
})
