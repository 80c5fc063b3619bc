import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { expect, it } from 'vitest'
import { inContext } from '../../lib/collections/in-context.ts'

const store = new AsyncLocalStorage<string>()

const counter = {
  sum: 1,
  add(more: number): string {
    this.sum += more
    return `${this.sum} in ${store.getStore()}`
  },
}

it('calls a method in the context that was taken, and gives what it gives', () => {
  const context = store.run('A', () => new AsyncResource('test'))
  expect(store.run('B', () => inContext(context, counter.add, counter, 2))).toBe('3 in A')
})

it('without a context calls it where it is called from', () => {
  expect(store.run('B', () => inContext(null, counter.add, counter, 2))).toBe('5 in B')
})
