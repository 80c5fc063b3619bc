import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bytes, Header } from '../../lib/model.ts'
import {
  batchOverhead,
  recordOverheadMax,
  sizeOfBody,
  sizeOfHead,
  sizeOfRecord,
  sizeUpperBound,
  writeBytes,
  writeHead,
  writeHeaders,
} from '../../lib/records/record-fields.ts'

const bytes: fc.Arbitrary<Bytes> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.uint8Array({ maxLength: 200 }),
  fc.constant(null),
)
const headers: fc.Arbitrary<readonly Header[] | null> = fc.option(
  fc.array(fc.record({ key: fc.string({ unit: 'binary' }), value: bytes }), { maxLength: 3 }),
  { nil: null },
)
const index = fc.nat(100_000)
const delta = fc.oneof(fc.integer(), fc.maxSafeInteger())

function measure(value: Bytes): number {
  return value === null ? -1 : Buffer.from(value as string).length
}

describe('the fields of a record', () => {
  it('take as many bytes as computed', () => {
    fc.assert(
      fc.property(index, delta, bytes, bytes, headers, (place, later, key, value, list) => {
        const body = sizeOfBody(place, later, measure(key), measure(value), list)
        const buffer = Buffer.alloc(5000)
        const head = writeHead(buffer, 3, body, later, place)
        expect(head - 3).toBe(sizeOfHead(body, later, place))
        let end = writeBytes(buffer, head, key, measure(key))
        end = writeBytes(buffer, end, value, measure(value))
        end = writeHeaders(buffer, end, list)
        expect(end - 3).toBe(sizeOfRecord(place, later, key, value, list))
      }),
    )
  })

  it('are not written if a string does not have the given size', () => {
    expect(writeBytes(Buffer.alloc(20), 0, 'für', 3)).toBe(-1)
    expect(writeBytes(Buffer.alloc(20), 0, 'für', 4)).toBe(5)
  })

  it('need at most the bound for one record, and not much less', () => {
    fc.assert(
      fc.property(bytes, bytes, headers, (key, value, list) => {
        const bound = sizeUpperBound(key, value, list)
        const size = batchOverhead + sizeOfRecord(0, 0, key, value, list)
        expect(size).toBeLessThanOrEqual(bound)
        expect(size).toBeGreaterThanOrEqual(bound - recordOverheadMax)
      }),
    )
  })
})
