import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { isUint8Array } from '../../lib/bytes/is-bytes.ts'
import { bytesOf } from '../../lib/serialization/bytes.ts'

it('isUint8Array is true of those of another realm, and of no other array', () => {
  const foreign = runInNewContext('[new Uint8Array(1), new Uint16Array(1), [1]]') as unknown[]
  expect(foreign.map(isUint8Array)).toEqual([true, false, false])
  const heir = Object.create(Uint8Array.prototype)
  expect([new Uint8Array(1), Buffer.alloc(1), heir, null].map(isUint8Array)).toEqual([
    true,
    true,
    false,
    false,
  ])
})

it('bytesOf reads an ArrayBuffer of another realm', () => {
  const foreign = runInNewContext('new Uint8Array([1, 2]).buffer')
  expect(bytesOf(foreign)).toEqual(new Uint8Array([1, 2]))
  expect(bytesOf(Object.create(ArrayBuffer.prototype))).toBeNull()
})
