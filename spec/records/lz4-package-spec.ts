import { describe, expect, it } from 'vitest'
import { loadLz4, lz4Package, registerLz4 } from '../../lib/records/lz4-package.ts'

function failing(code: string, message: string) {
  return () => {
    throw Object.assign(new Error(message), { code })
  }
}

describe('the package that compresses lz4', () => {
  it('is found, and is the same the next time', () => {
    expect(lz4Package()).toMatchObject({ needs: null, compressBlock: expect.any(Function) })
    expect(lz4Package()).toBe(lz4Package())
  })

  it('returns a raw block, without the length that the package puts before it', () => {
    expect([...lz4Package().compressBlock!(Buffer.from('abc'))]).toEqual([0x30, 97, 98, 99])
  })

  it('is the registered one, even if another could be found', () => {
    const before = lz4Package()
    registerLz4((bytes) => Uint8Array.of(0, 0, 0, 0, bytes.length))
    expect([...lz4Package().compressBlock!(Buffer.from('abc'))]).toEqual([3])
    registerLz4((bytes) => Buffer.concat([Buffer.alloc(4), before.compressBlock!(bytes)]))
    expect([...lz4Package().compressBlock!(Buffer.from('abc'))]).toEqual([0x30, 97, 98, 99])
  })

  it('is named, with the command that installs it, if it is missing', () => {
    const missing = failing('MODULE_NOT_FOUND', "Cannot find module 'lz4-wasm-nodejs'")
    expect(loadLz4(missing)).toEqual({
      compressBlock: null,
      needs:
        'the package lz4-wasm-nodejs, which is not here: npm install lz4-wasm-nodejs, and ' +
        "import 'to-kafka/lz4' if that does not suffice",
    })
  })

  it('has the reason in the error if it exists but cannot be loaded', () => {
    const broken = failing('ENOENT', 'no such file: lz4.wasm')
    expect(loadLz4(broken).needs).toBe(
      "the package lz4-wasm-nodejs, which can't be loaded: no such file: lz4.wasm",
    )
    const without = failing('MODULE_NOT_FOUND', "Cannot find module 'path'")
    expect(loadLz4(without).needs).toContain("can't be loaded: Cannot find module 'path'")
  })
})
