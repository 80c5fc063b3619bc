import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Backwards } from '../../lib/telemetry/backwards.ts'

// Read by a decoder of the spec's own, from the beginning to the end.

interface Field {
  readonly field: number
  readonly value: bigint | Buffer
}

function read(bytes: Uint8Array): Field[] {
  const buffer = Buffer.from(bytes)
  const fields: Field[] = []
  let at = 0
  const varint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer[at++]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  while (at < buffer.length) {
    const tag = Number(varint())
    const [field, type] = [tag >> 3, tag & 7]
    if (type === 0) fields.push({ field, value: varint() })
    else {
      const length = type === 1 ? 8 : Number(varint())
      expect([1, 2]).toContain(type)
      expect(at + length).toBeLessThanOrEqual(buffer.length)
      fields.push({ field, value: buffer.subarray(at, at + length) })
      at += length
    }
  }
  return fields
}

describe('Backwards', () => {
  it('writes what reads as the fields in the other order, however much it is', () => {
    const field = fc.integer({ min: 1, max: 2000 })
    const text = fc.oneof(
      { weight: 5, arbitrary: fc.string({ unit: 'grapheme' }) },
      { weight: 1, arbitrary: fc.constant('é'.repeat(12_000)) },
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(field, fc.oneof(text, fc.nat())), { maxLength: 20 }), (all) => {
        const out = new Backwards()
        for (const [number, value] of all) {
          if (typeof value === 'string') out.text(number, value)
          else out.varint(number, value)
        }
        const told = read(out.bytes()).reverse()
        const shown = told.map(({ field: number, value }) => `${number} ${value}`)
        expect(shown).toEqual(all.map(([number, value]) => `${number} ${value}`))
      }),
    )
  })

  it('puts a head before what was written since, and that may have heads of its own', () => {
    const out = new Backwards()
    out.varint(9, 300)
    const outer = out.at
    out.text(2, 'b')
    const inner = out.at
    out.text(1, 'a')
    out.head(3, inner)
    out.head(4, outer)
    const [first, second] = read(out.bytes())
    expect(second).toEqual({ field: 9, value: 300n })
    const [nested, last] = read(first!.value as Buffer)
    expect([first!.field, nested!.field, last]).toEqual([
      4,
      3,
      { field: 2, value: Buffer.from('b') },
    ])
    expect(read(nested!.value as Buffer)).toEqual([{ field: 1, value: Buffer.from('a') }])
  })

  it('writes numbers in eight bytes: doubles, integers, milliseconds as nanoseconds', () => {
    const out = new Backwards()
    out.moment(3, 1_700_000_000_001)
    out.integer(2, -7)
    out.double(1, 0.5)
    const [double, integer, moment] = read(out.bytes()).map(({ value }) => value as Buffer)
    expect(double!.readDoubleLE()).toBe(0.5)
    expect(integer!.readBigInt64LE()).toBe(-7n)
    expect(moment!.readBigUInt64LE()).toBe(1_700_000_000_001_000_000n)
  })
})
