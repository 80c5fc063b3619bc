import { describe, expect, it } from 'vitest'
import { Guard } from '../../lib/collections/guard.ts'

describe('a Guard', () => {
  it('makes every call, and throws what the first failed call threw', () => {
    const guard = new Guard()
    const made: string[] = []
    guard.run(() => made.push('a'))
    guard.run(() => {
      throw new Error('first')
    })
    guard.run(() => {
      throw new Error('second')
    })
    guard.run(() => made.push('b'))

    expect(made).toEqual(['a', 'b'])
    expect(() => guard.release()).toThrow('first')
  })

  it('also rethrows undefined, if that was thrown', () => {
    const guard = new Guard()
    guard.run(() => {
      throw undefined
    })
    let caught = false
    try {
      guard.release()
    } catch {
      caught = true
    }
    expect(caught).toBe(true)
  })

  it('throws nothing if nothing was thrown, and nothing twice', () => {
    const guard = new Guard()
    guard.run(() => {
      throw new Error('once')
    })

    expect(() => guard.release()).toThrow('once')
    expect(() => guard.release()).not.toThrow()
  })
})
