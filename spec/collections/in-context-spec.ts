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

it('calls a method in the captured context, and returns its result', () => {
  const context = store.run('A', () => new AsyncResource('test'))
  expect(store.run('B', () => inContext(context, counter.add, counter, 2))).toBe('3 in A')
})

it('without a captured context, calls it in the context of the caller', () => {
  expect(store.run('B', () => inContext(null, counter.add, counter, 2))).toBe('5 in B')
})
