import { describe, expect, it } from 'vitest'
import type { Lease } from '../../lib/accumulator/partition-queue.ts'
import { IdentityKeeper } from '../../lib/sender/identity.ts'
import { PartitionLine } from '../../lib/sender/partition-line.ts'
import { Places } from '../../lib/sender/places.ts'
import { FakeClock } from '../support/fake-runtime.ts'
import { placeOf } from '../support/place-of.ts'
import { ScriptedDispatch } from '../support/scripted-dispatch.ts'

const lease: Lease = {
  topic: 't',
  partition: 0,
  place: placeOf(),
  since: 0,
  take: () => null,
  discard: () => null,
}

function places(idempotent = false) {
  const clock = new FakeClock()
  const dispatch = new ScriptedDispatch()
  const woken = { times: 0 }
  const wake = () => {
    woken.times += 1
  }
  const identity = new IdentityKeeper(
    { dispatch, clock, random: () => 0.5, backoff: () => 100 },
    { again: () => board.identify(), refused() {} },
  )
  const board = new Places({ dispatch, clock, wake }, idempotent ? identity : null)
  return { clock, dispatch, woken, board, line: (partition = 0) => due(partition, idempotent) }
}

function due(partition: number, idempotent: boolean): PartitionLine {
  const line = new PartitionLine(placeOf(partition), { idempotent, maxInFlight: 5 })
  line.place.line = line
  line.lease = lease
  return line
}

/** A batch that is to be sent again. */
function failed(line: PartitionLine, notBefore: number, leaderEpoch = 0): void {
  const batch = { state: 'closed', stamp: {}, notBefore, leaderEpoch, place: line.place }
  line.batches.push(batch as never)
}

function listed(board: Places): string[] {
  return [...board.ready].flatMap(([node, lines]) => (lines.length > 0 ? [`${node}`] : []))
}

describe('Places', () => {
  it('lists a line that can send with its leader', () => {
    const { board, line } = places()
    board.look(line())
    expect(listed(board)).toEqual(['1'])
  })

  it('does not list a line with nothing to send', () => {
    const { board, line } = places()
    const idle = line()
    idle.lease = null
    board.look(idle)
    expect(listed(board)).toEqual([])
  })

  it('keeps a line without a leader until there may be one', () => {
    const { board, dispatch, line, woken } = places()
    dispatch.lead(0, -1)
    const one = line()
    board.look(one)
    board.moved([])
    expect(listed(board)).toEqual([])
    expect(dispatch.refreshes).toBe(2)

    dispatch.lead(0, 3)
    board.moved([one.place])
    expect(listed(board)).toEqual(['3'])
    expect(woken.times).toBe(2)
  })

  it('moves a listed line when its leader moves', () => {
    const { board, dispatch, line } = places()
    const [one, other] = [line(0), line(1)]
    board.look(one)
    board.look(other)
    dispatch.lead(0, 2)
    board.moved([one.place])
    expect(listed(board)).toEqual(['1', '2'])
    expect(board.ready.get(1)!.shift()).toBe(other)
    expect(listed(board)).toEqual(['2'])
  })

  it('lists a line again when its backoff is over, and keeps no timer for one that is gone', () => {
    const { board, clock, line, woken } = places()
    const [one, other] = [line(0), line(1)]
    failed(one, 100)
    failed(other, 50)
    board.look(one)
    board.look(other)
    clock.advance(50)
    expect(listed(board)).toEqual(['1'])
    expect(woken.times).toBe(1)
    expect(clock.pending).toBe(1)

    one.batches.length = 0
    one.lease = null
    board.look(one)
    expect(clock.pending).toBe(0)
  })

  it('wakes the sender if a look ends a backoff before the alarm rings, which then does not', () => {
    const { board, clock, line, woken } = places()
    const one = line()
    clock.at(100, () => board.look(one))
    failed(one, 100)
    board.look(one)
    expect(woken.times).toBe(0)
    clock.advance(100)
    expect(listed(board)).toEqual(['1'])
    expect(clock.pending).toBe(0)
    expect(woken.times).toBe(1)
  })

  it('ends the backoff of a line when it has a newer leader', () => {
    const { board, dispatch, line } = places()
    const one = line()
    failed(one, 100, 4)
    dispatch.lead(0, 1, 4)
    board.look(one)
    expect(listed(board)).toEqual([])
    dispatch.lead(0, 2, 5)
    board.moved([one.place])
    expect(listed(board)).toEqual(['2'])
  })

  it('requests an identity for a line that needs one, and lists the line when it is there', () => {
    const { board, dispatch, line } = places(true)
    const waits = line()
    board.look(waits)
    expect(board.unidentified).toEqual([waits])
    expect(listed(board)).toEqual([])
    dispatch.giveIdentity()
    expect(listed(board)).toEqual(['1'])
    expect(board.unidentified).toEqual([])
  })

  it('requests none for a batch that has its number', () => {
    const { board, dispatch, line } = places(true)
    const numbered = line()
    numbered.lease = null
    failed(numbered, 0)
    board.look(numbered)
    expect(dispatch.identities).toHaveLength(0)
    expect(listed(board)).toEqual(['1'])
  })

  it('lists nothing and keeps no timer when it is closed', () => {
    const { board, clock, line } = places()
    const [one, other] = [line(0), line(1)]
    failed(one, 100)
    board.look(one)
    board.look(other)
    board.close()
    const late = line(2)
    board.look(late)
    board.moved([one.place, late.place])
    expect(listed(board)).toEqual([])
    expect(clock.pending).toBe(0)
  })
})
