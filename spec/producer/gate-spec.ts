import { describe, expect, it } from 'vitest'
import { Gate } from '../../lib/producer/gate.ts'

function stage() {
  const state = { open: false, closed: 0 }
  const gate = new Gate(
    () => state.open,
    () => {
      state.closed += 1
    },
  )
  return { state, gate }
}

describe('Gate', () => {
  it('is open as long as its producer says so', () => {
    const { state, gate } = stage()
    expect(gate.isOpen).toBe(false)
    state.open = true
    expect(gate.isOpen).toBe(true)
  })

  it('lets through, once, who waited, when it is open; never inside `wait`', () => {
    const { state, gate } = stage()
    let through = 0
    state.open = true
    gate.wait(() => {
      through += 1
    })
    expect(through).toBe(0)
    expect(gate.check()).toBe(true)
    expect(gate.check()).toBe(false)
    expect(through).toBe(1)
  })

  it('says that it is closed when somebody begins to wait, and for as long as he does', () => {
    const { state, gate } = stage()
    expect(gate.check()).toBe(false)
    expect(state.closed).toBe(0)
    gate.wait(() => {})
    expect(state.closed).toBe(1)
    expect(gate.check()).toBe(false)
    expect(state.closed).toBe(2)
    state.open = true
    gate.check()
    gate.check()
    expect(state.closed).toBe(2)
  })

  it('forgets who has gone', () => {
    const { state, gate } = stage()
    let through = 0
    const leave = gate.wait(() => {
      through += 1
    })
    leave()
    state.open = true
    expect(gate.check()).toBe(false)
    expect(through).toBe(0)
  })

  it('keeps who waits anew while it lets through for the next time', () => {
    const { state, gate } = stage()
    state.open = true
    let through = 0
    const again = () => {
      through += 1
      gate.wait(again)
    }
    gate.wait(again)
    gate.check()
    expect(through).toBe(1)
    gate.check()
    expect(through).toBe(2)
  })
})
