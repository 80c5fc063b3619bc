import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import wabt from 'wabt'
import { assembled, Folds, foldable } from '../../lib/records/checksum-fold.ts'
import { crcBitByBit } from '../support/batches.ts'

/** Bytes without a period that a fold could hide behind. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed | 1
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223
    return state >>> 24
  })
}

/** Of a fresh module: it has seen no bytes yet. */
async function freshCrc32c() {
  vi.resetModules()
  return (await import('../../lib/records/checksum.ts')).crc32c
}

describe('Folds', () => {
  it('leaves bytes with the checksum of the whole piece, for any length and state', () => {
    const folds = new Folds()
    const lengths = fc.oneof(
      fc.integer({ min: foldable.least, max: foldable.least + 64 }),
      fc.integer({ min: foldable.least, max: 20_000 }),
      fc.integer({ min: foldable.most - 20, max: foldable.most }),
    )
    fc.assert(
      fc.property(lengths, fc.integer(), fc.nat(7), (length, seed, before) => {
        const bytes = noise(before + length, seed)
        const state = crcBitByBit(bytes.subarray(0, before)) ^ ~0
        const left = folds.fold(bytes.subarray(before), state)
        // The definition begins from a state of ~0; four bytes more, which are ~0, bring it to 0.
        const remaining = [
          255,
          255,
          255,
          255,
          ...folds.bytes.subarray(folds.from, folds.from + left),
        ]
        expect(crcBitByBit(Uint8Array.from(remaining))).toBe(crcBitByBit(bytes))
        expect(left).toBeLessThan(foldable.least / 2)
      }),
    )
  })

  it('is checksum-fold.wat, assembled', async () => {
    const text = readFileSync(
      new URL('../../lib/records/checksum-fold.wat', import.meta.url),
      'utf8',
    )
    const module = (await wabt()).parseWat('checksum-fold.wat', text, { simd: true })
    expect(Buffer.from(module.toBinary({}).buffer).toString('base64')).toBe(assembled)
  })
})

describe('crc32c of many long pieces', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  const bytes = noise(200_003, 7)
  const parts = [
    0, 21, 3_071, 3_072, 3_073, 16_384, 65_536, 65_537, 68_607, 68_608, 140_000, 200_003,
  ]
  const expected = parts.map((end) => crcBitByBit(bytes.subarray(0, end)))

  it('stays the same from the first to the last, when folding begins', async () => {
    const crc32c = await freshCrc32c()
    for (let time = 0; time < 12; time += 1) {
      expect(parts.map((end) => crc32c(bytes, 0, end))).toEqual(expected)
    }
    for (const middle of parts) {
      expect(crc32c(bytes, middle, bytes.length, crc32c(bytes, 0, middle))).toBe(expected.at(-1))
    }
  })

  it('folds after some megabytes, and not before, because a young process would pay for it', async () => {
    const crc32c = await freshCrc32c()
    const made = vi.fn()
    const { Module, Instance } = globalThis['WebAssembly' as never] as Record<
      string,
      new () => object
    >
    vi.stubGlobal('WebAssembly', {
      Module: class extends (Module!) {
        constructor(...given: []) {
          super(...given)
          made()
        }
      },
      Instance,
    })
    crc32c(bytes)
    expect(made).not.toHaveBeenCalled()
    for (let time = 0; time < 100; time += 1) crc32c(bytes)
    expect(made).toHaveBeenCalledOnce()
  })

  it.each([
    ['no WebAssembly, as with --jitless', undefined],
    [
      'no room for its memory',
      {
        Module: class {
          constructor() {
            throw new RangeError('WebAssembly.Memory(): could not allocate memory')
          }
        },
      },
    ],
  ])('is right on a machine with %s', async (_, global) => {
    const crc32c = await freshCrc32c()
    vi.stubGlobal('WebAssembly', global)
    for (let time = 0; time < 12; time += 1) {
      expect(parts.map((end) => crc32c(bytes, 0, end))).toEqual(expected)
    }
  })
})
