import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { onAbort } from '../../lib/producer/abort-listeners.ts'

describe('onAbort', () => {
  it('calls all waiting callers of a signal, in order, with one listener on the signal', () => {
    const controller = new AbortController()
    const told: number[] = []
    for (const each of Array.from({ length: 50 }, (_, index) => index)) {
      onAbort(controller.signal, () => told.push(each))
    }
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    controller.abort()
    expect(told).toEqual(Array.from({ length: 50 }, (_, index) => index))
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  it('does not call those that have stopped, and releases a signal that nothing waits for', () => {
    const controller = new AbortController()
    const told: string[] = []
    const stopFirst = onAbort(controller.signal, () => told.push('first'))
    const stopSecond = onAbort(controller.signal, () => told.push('second'))
    stopFirst()
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    stopSecond()
    stopSecond()
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    onAbort(controller.signal, () => told.push('third'))
    controller.abort()
    expect(told).toEqual(['third'])
  })
})
