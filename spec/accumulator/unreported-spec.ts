import { describe, expect, it } from 'vitest'
import type { Batch } from '../../lib/accumulator/batch.ts'
import { Unreported } from '../../lib/accumulator/unreported.ts'

/** A batch that counts how often its topic is held, and records the flushes that it joins. */
function batch(token: object | null = null) {
  const state = { token, holds: 0, joined: [] as object[] }
  const of = {
    hold: () => {
      state.holds += 1
    },
    release: () => {
      state.holds -= 1
    },
  }
  const join = (held: object) => state.joined.push(held)
  return { state, batch: { place: { of }, join, token } as unknown as Batch }
}

const token = { order: 1 } as never

describe('Unreported', () => {
  it('has each batch until it is reported, and holds its topic until then', () => {
    const list = new Unreported()
    const { batch: one, state } = batch()
    list.add(one)
    expect([list.all, list.size, state.holds]).toEqual([[one], 1, 1])
    list.delete(one)
    list.delete(one)
    expect([list.all, list.size, state.holds]).toEqual([[], 0, 0])
  })

  it('gives a flush the batches that were begun since the last flush, and no others', () => {
    const list = new Unreported()
    const first = batch()
    list.add(first.batch)
    expect([...list.cut(token)]).toEqual([first.batch])
    const second = batch()
    const held = batch({})
    list.add(second.batch)
    list.add(held.batch) // it holds an earlier flush already
    expect([...list.cut(token)]).toEqual([second.batch])
    expect([first, second, held].map(({ state }) => state.joined.length)).toEqual([1, 1, 0])
    expect(list.size).toBe(3)
  })
})
