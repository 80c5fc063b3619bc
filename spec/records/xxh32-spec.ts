import { expect, it } from 'vitest'
import { shortXxh32 } from '../../lib/records/xxh32.ts'

it.each([
  ['', 0x02cc5d05],
  ['a', 0x550d7456],
  ['abc', 0x32d153ff],
])('the hash of "%s" is the published one', (text, hash) => {
  expect(shortXxh32(Buffer.from(text)) >>> 0).toBe(hash)
})

// As the program lz4 1.9.4 writes them.
it.each(['604082', '6440a7', '607073', '6c40060000000000000089', '6c40701101000000000037'])(
  'byte 1 ends the header %s of an lz4 frame',
  (hex) => {
    const header = Buffer.from(hex, 'hex')
    expect((shortXxh32(header.subarray(0, -1)) >>> 8) & 0xff).toBe(header.at(-1))
  },
)
