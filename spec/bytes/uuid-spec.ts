import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readUuid, writeUuid } from '../../lib/bytes/uuid.ts'

/** A few ids, so that the one that is remembered comes again, and neighbours differ in one byte. */
const ids = fc
  .tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 2 }))
  .map(([at, byte]) => Buffer.alloc(16).fill(byte, at, at + 1))

describe('an id of a topic', () => {
  it('is what Node’s conversion gives, whichever ids came before', () => {
    const seen = fc.array(fc.tuple(ids, fc.boolean()), { maxLength: 40 })
    fc.assert(
      fc.property(seen, (all) => {
        for (const [bytes, isRead] of all) {
          const text = bytes.toString('base64url')
          if (isRead) expect(readUuid(Buffer.concat([Buffer.of(7), bytes]), 1)).toBe(text)
          else {
            const into = Buffer.alloc(18, 9)
            expect(writeUuid(into, 1, text)).toBe(true)
            expect(into).toEqual(Buffer.concat([Buffer.of(9), bytes, Buffer.of(9)]))
          }
        }
      }),
    )
  })

  it('does not change when the bytes that it was read from change', () => {
    const bytes = Buffer.alloc(16, 1)
    const text = readUuid(bytes, 0)
    bytes.fill(2)
    const into = Buffer.alloc(16)
    writeUuid(into, 0, text)
    expect(into).toEqual(Buffer.alloc(16, 1))
    expect(readUuid(bytes, 0)).toBe(Buffer.alloc(16, 2).toString('base64url'))
  })

  it('is refused if it has another length, or another alphabet', () => {
    for (const text of ['', 'AAAA', '!'.repeat(22), 'A'.repeat(23)]) {
      expect(writeUuid(Buffer.alloc(32), 0, text)).toBe(false)
    }
  })
})
