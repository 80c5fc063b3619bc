import { describe, expect, it } from 'vitest'
import { Gate } from '../../lib/producer/gate.ts'

function stage() {
  const state = { open: false, closed: 0, beginnings: 0, isHolding: false }
  const gate = new Gate({
    isOpen: () => state.open,
    closed: () => {
      state.closed += 1
    },
    holdings: {
      get beginnings() {
        return state.beginnings
      },
      holds: () => state.isHolding,
    },
  })
  return { state, gate, pass: gate.passFor({ settle() {} }) }
}

describe('Gate', () => {
  it('is open as long as its producer says so', () => {
    const { state, gate } = stage()
    expect(gate.isOpen).toBe(false)
    state.open = true
    expect(gate.isOpen).toBe(true)
  })

  it('releases each waiting caller once when it is open, and never inside `wait`', () => {
    const { state, gate, pass } = stage()
    let through = 0
    state.open = true
    gate.wait(pass, () => {
      through += 1
    })
    expect(through).toBe(0)
    expect(gate.check()).toBe(true)
    expect(gate.check()).toBe(false)
    expect(through).toBe(1)
  })

  it('reports that it is closed when a caller begins to wait, and as long as it waits', () => {
    const { state, gate, pass } = stage()
    expect(gate.check()).toBe(false)
    expect(state.closed).toBe(0)
    gate.wait(pass, () => {})
    expect(state.closed).toBe(1)
    expect(gate.check()).toBe(false)
    expect(state.closed).toBe(2)
    state.open = true
    gate.check()
    gate.check()
    expect(state.closed).toBe(2)
  })

  it('releases callers without waiting records, and does not send lingering batches for the others', () => {
    const { state, gate, pass } = stage()
    const through: string[] = []
    state.open = true
    expect(pass.isClear).toBe(true)
    state.beginnings += 1
    state.isHolding = true
    gate.wait(pass, () => through.push('behind its own'))
    expect(gate.check()).toBe(false)
    expect(state.closed).toBe(1)
    gate.wait(gate.passFor(), () => through.push('knows of none'))
    expect(gate.check()).toBe(true)
    state.isHolding = false
    expect(gate.check()).toBe(true)
    expect(through).toEqual(['knows of none', 'behind its own'])
  })

  it('forgets a caller that has left', () => {
    const { state, gate, pass } = stage()
    let through = 0
    const leave = gate.wait(pass, () => {
      through += 1
    })
    leave()
    state.open = true
    expect(gate.check()).toBe(false)
    expect(through).toBe(0)
  })

  it('keeps a caller that waits again during a release for the next release', () => {
    const { state, gate, pass } = stage()
    state.open = true
    let through = 0
    const again = () => {
      through += 1
      gate.wait(pass, again)
    }
    gate.wait(pass, again)
    gate.check()
    expect(through).toBe(1)
    gate.check()
    expect(through).toBe(2)
  })
})
