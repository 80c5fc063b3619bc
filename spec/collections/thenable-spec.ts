import { expect, it } from 'vitest'
import { isThenable, watchRejection } from '../../lib/collections/thenable.ts'

it.each([
  ['a promise', Promise.resolve()],
  ['an object with a method `then`', Object.defineProperty({}, 'then', { value: () => {} })],
])('treats %s as thenable', (_, thing) => {
  expect(isThenable(thing)).toBe(true)
})

it.each([
  undefined,
  null,
  'then',
  7,
  {},
  Object.defineProperty({}, 'then', { value: 7 }),
  () => {},
])('does not treat %s as thenable', (thing) => {
  expect(isThenable(thing)).toBe(false)
})

it('reports a rejection, and also an exception of `then`', async () => {
  const told: unknown[] = []
  const throwing = () => {
    throw 'asked'
  }
  watchRejection(Promise.reject('no'), (reason) => told.push(reason))
  watchRejection(Object.defineProperty({}, 'then', { value: throwing }), (reason) =>
    told.push(reason),
  )
  watchRejection(Promise.resolve('yes'), (reason) => told.push(reason))
  await new Promise(setImmediate)
  expect(told).toEqual(['no', 'asked'])
})
