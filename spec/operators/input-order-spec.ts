import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Receipt } from '../../lib/model.ts'
import { InputOrder } from '../../lib/operators/input-order.ts'

const receiptOf = (ticket: number) => ({ ticket }) as Receipt

describe('InputOrder', () => {
  it('emits results in input order, in whatever order they arrive', () => {
    const arrival = fc
      .nat(40)
      .chain((count) => fc.shuffledSubarray([...Array(count).keys()], { minLength: count }))
    fc.assert(
      fc.property(arrival, (tickets) => {
        const handed: unknown[] = []
        const come = new Set<number>()
        const order = new InputOrder(({ ticket }) => handed.push(ticket))
        for (const ticket of tickets) {
          order.take(receiptOf(ticket))
          come.add(ticket)
          let prefix = 0
          while (come.has(prefix)) prefix += 1
          expect(handed).toEqual([...Array(prefix).keys()])
        }
      }),
    )
  })

  it('emits the held results in order if the missing ones will never arrive', () => {
    const handed: unknown[] = []
    const order = new InputOrder(({ ticket }) => handed.push(ticket))
    for (const ticket of [5, 1, 3]) order.take(receiptOf(ticket))
    order.release()
    order.release()
    expect(handed).toEqual([1, 3, 5])
  })
})
