import { describe, expect, it } from 'vitest'
import { Cuts } from '../../lib/producer/cut.ts'
import { Inflow } from '../../lib/producer/inflow.ts'

describe('Inflow', () => {
  it('has a burst while a paused source is about to continue, and another after each pause', () => {
    const inflow = new Inflow(new Cuts())
    expect(inflow.burst).toBeNull()
    inflow.paused()
    const first = inflow.burst
    expect(first).not.toBeNull()
    inflow.resumed()
    expect(inflow.burst).toBeNull()
    inflow.paused()
    expect(inflow.burst).not.toBe(first)
  })

  it('has a burst as long as any of several sources has paused', () => {
    const inflow = new Inflow(new Cuts())
    inflow.paused()
    inflow.paused()
    inflow.resumed()
    expect(inflow.burst).not.toBeNull()
    inflow.resumed()
    expect(inflow.burst).toBeNull()
  })

  it('has no burst while a flush waits', () => {
    const cuts = new Cuts()
    const inflow = new Inflow(cuts)
    inflow.paused()
    const cut = cuts.begin(() => {})
    expect(inflow.burst).toBeNull()
    cut.release()
    expect(inflow.burst).not.toBeNull()
  })
})
