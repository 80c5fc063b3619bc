import { describe, expect, it } from 'vitest'
import { Headroom } from '../../lib/producer/headroom.ts'

/** A gate of two batches minus a sixteenth, while no broker leads more than one partition. */
function stage() {
  const state = { queuedBytes: 0, queuedBatches: 0, available: 8000, length: 0 }
  const topology = { led: new Map<number, number>(), ledVersion: 0 }
  const headroom = new Headroom({
    settings: { batchSize: 1600, maxRequestSize: 16_000, bufferMemory: 8000 },
    topology,
    accumulator: state,
    memory: state,
    entrance: state,
  })
  return { state, topology, headroom }
}

describe('Headroom', () => {
  it('is open while batches hold less than the next requests can take', () => {
    const { state, headroom } = stage()
    expect(headroom.isOpen).toBe(true)
    state.queuedBytes = 2999
    expect(headroom.isOpen).toBe(true)
    state.queuedBytes = 3000
    expect(headroom.isOpen).toBe(false)
  })

  it('is closed while a record waits at the entrance', () => {
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

  it('stays open beyond that while the average batch is less than half full', () => {
    const { state, headroom } = stage()
    state.queuedBytes = 3200
    state.queuedBatches = 4
    expect(headroom.isOpen).toBe(false)
    state.queuedBatches = 5
    expect(headroom.isOpen).toBe(true)
  })

  it('leaves half of buffer.memory free, however small the batches are', () => {
    const { state, headroom } = stage()
    Object.assign(state, { queuedBytes: 3200, queuedBatches: 100, available: 4000 })
    expect(headroom.isOpen).toBe(true)
    state.available = 3999
    expect(headroom.isOpen).toBe(false)
  })

  it('is closed while a record waits at the entrance, even if the batches are small', () => {
    const { state, headroom } = stage()
    Object.assign(state, { queuedBytes: 3200, queuedBatches: 100, length: 1 })
    expect(headroom.isOpen).toBe(false)
  })

  it('has the bound of the current leaders, computed when they change', () => {
    const { state, topology, headroom } = stage()
    state.queuedBytes = 4000
    expect(headroom.isOpen).toBe(false)
    topology.led.set(1, 3)
    expect(headroom.isOpen).toBe(false)
    topology.ledVersion += 1
    expect(headroom.isOpen).toBe(true)
  })
})
