import { describe, expect, it } from 'vitest'
import { Headroom } from '../../lib/producer/headroom.ts'

/** One partition with a leader in each topic; a gate of two batches, less a sixteenth, without any. */
function stage() {
  const state = { queuedBytes: 0, available: 8000, length: 0, topics: [] as string[] }
  const partitions = [{ leader: 1, leaderEpoch: 0 }]
  const headroom = new Headroom({
    settings: { batchSize: 1600, maxRequestSize: 16_000, bufferMemory: 8000 },
    cluster: { topicOf: (name) => ({ name, id: '', error: 0, partitions }) },
    topics: {
      get names() {
        return state.topics.values()
      },
    },
    accumulator: state,
    memory: state,
    entrance: state,
  })
  return { state, headroom }
}

describe('Headroom', () => {
  it('is open while less lies in batches than the next requests take', () => {
    const { state, headroom } = stage()
    expect(headroom.isOpen).toBe(true)
    state.queuedBytes = 2999
    expect(headroom.isOpen).toBe(true)
    state.queuedBytes = 3000
    expect(headroom.isOpen).toBe(false)
  })

  it('is closed while something waits at the entrance', () => {
    const { state, headroom } = stage()
    state.length = 1
    expect(headroom.isOpen).toBe(false)
    state.length = 0
    expect(headroom.isOpen).toBe(true)
  })

  it('is closed while memory has less than the next record may need', () => {
    const { state, headroom } = stage()
    state.available = 1999
    expect(headroom.isOpen).toBe(false)
    state.available = 2000
    expect(headroom.isOpen).toBe(true)
  })

  it('has the bound of the topics that were known when it was measured last', () => {
    const { state, headroom } = stage()
    state.queuedBytes = 4000
    state.topics = ['a', 'b', 'c']
    expect(headroom.isOpen).toBe(false)
    headroom.measure()
    expect(headroom.isOpen).toBe(true)
  })
})
