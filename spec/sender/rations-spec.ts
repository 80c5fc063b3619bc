import { describe, expect, it } from 'vitest'
import { Rations } from '../../lib/sender/rations.ts'

/** Rations of a producer whose sources are in burst `state.burst`. */
function setUp(burst: number | null) {
  const state = { burst }
  return { state, rations: new Rations(() => state.burst) }
}

describe('Rations', () => {
  it('allow everything if no more records are about to arrive', () => {
    const { rations } = setUp(null)
    expect(rations.of(1, 5000)).toBe(Number.POSITIVE_INFINITY)
    rations.took(1, 5000)
    expect(rations.of(1, 5000)).toBe(Number.POSITIVE_INFINITY)
  })

  it('allow twelve batches for each burst', () => {
    const { state, rations } = setUp(1)
    expect(rations.of(1, 300)).toBe(12)
    rations.took(1, 8)
    expect(rations.of(1, 292)).toBe(4)
    rations.took(1, 4)
    expect(rations.of(1, 288)).toBe(0)
    state.burst = 2
    expect(rations.of(1, 288)).toBe(12)
  })

  it('allow more if the last waiting batch would otherwise wait for more than 84 bursts', () => {
    const { rations } = setUp(1)
    expect(rations.of(1, 84 * 12)).toBe(12)
    expect(rations.of(2, 84 * 12 + 1)).toBe(13)
    expect(rations.of(3, 10_000)).toBe(120)
  })

  it('are separate for each node', () => {
    const { rations } = setUp(1)
    rations.of(1, 100)
    rations.took(1, 12)
    expect(rations.of(1, 88)).toBe(0)
    expect(rations.of(2, 100)).toBe(12)
  })
})
