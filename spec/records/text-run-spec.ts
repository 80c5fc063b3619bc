import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeHeader, writeStamp } from '../../lib/records/batch-seal.ts'
import { BatchWriter } from '../../lib/records/batch-writer.ts'
import { batchOverhead, sizeOfRecord } from '../../lib/records/record-fields.ts'
import { batch as plainly } from '../support/batches.ts'

// Strings that wait as text and are encoded by one call, with enough space for all of them:
// whatever the strings are, the batch equals that of the plain builder for the same records.

interface Given {
  readonly key: string | null
  readonly value: string | null
}

const alphabets = ['a', 'aé', 'жд', '世界', '🌍', 'aж世🌍', '\ud83c', '\udf0d', '\0é']

/** Lengths at which a size in UTF-8 takes one byte more than the length does, and all others. */
const text = fc
  .tuple(fc.constantFrom(...alphabets), fc.oneof(fc.nat(90), fc.nat(1024), fc.constant(63)))
  .map(([alphabet, length]) => alphabet.repeat(length).slice(0, length))
const given: fc.Arbitrary<Given> = fc.record({
  key: fc.option(text, { nil: null }),
  value: fc.option(text, { nil: null }),
})

function written(records: readonly Given[]): { whole: Buffer; writer: BatchWriter } {
  const writer = new BatchWriter(Buffer.alloc(2 ** 20, 0xee))
  for (const [index, { key, value }] of records.entries()) {
    expect(writer.append(1000 + index, key, value, null)).toBe(true)
  }
  writer.finish()
  writeHeader(writer.buffer, writer, 0, writer.length - batchOverhead)
  const whole = writer.buffer.subarray(0, writer.length)
  writeStamp([whole], { producerId: 1n, producerEpoch: 0, baseSequence: 0 })
  return { whole, writer }
}

function byTheBook(records: readonly Given[]): Buffer {
  return plainly({ producerId: 1n, producerEpoch: 0, baseSequence: 0, records })
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

describe('records that wait as text', () => {
  it('have the same bytes as if each were written separately, with any strings', () => {
    fc.assert(
      fc.property(fc.array(given, { minLength: 1, maxLength: 70, size: 'max' }), (records) => {
        const { whole, writer } = written(records)
        // As text, because vitest would compare and describe each byte separately.
        expect(hex(whole)).toBe(hex(byTheBook(records)))
        const sizes = records.map(({ key, value }, index) =>
          sizeOfRecord(index, index, key, value, null),
        )
        expect(writer.largestRecord).toBe(Math.max(...sizes))
        expect(records.map((_, index) => writer.facts.keySizeOf(index))).toEqual(
          records.map(({ key }) => (key === null ? -1 : Buffer.byteLength(key))),
        )
        expect(records.map((_, index) => writer.facts.valueSizeOf(index))).toEqual(
          records.map(({ value }) => (value === null ? -1 : Buffer.byteLength(value))),
        )
      }),
      { numRuns: 150 },
    )
  })

  it.each([
    ['a value of 63 characters and more bytes', { key: null, value: `${'a'.repeat(62)}é` }],
    ['a key of 63 characters and more bytes', { key: `${'a'.repeat(62)}ж`, value: 'v' }],
    ['a record whose length alone takes a byte more', { key: 'é', value: 'é'.repeat(29) }],
    ['half a pair at the end of a key, before the other half', { key: '\ud83c', value: '\udf0d' }],
  ])('make room for %s, also before later records', (_, odd) => {
    const records = [{ key: 'k', value: 'v' }, odd, { key: null, value: null }, odd]
    expect(written(records).whole).toEqual(byTheBook(records))
  })
})
