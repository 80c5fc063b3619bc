// Possible contents of a batch, for laws on codecs: nothing, noise, repeating text, up to several
// blocks of snappy (32 KiB) and lz4 (64 KiB).

import fc from 'fast-check'

const pieces = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 600 }))
  .map(([piece, times]) => new Uint8Array(Buffer.concat(Array(times).fill(piece))))

const noise = fc.tuple(fc.integer(), fc.integer({ min: 1, max: 150_000 })).map(([seed, length]) => {
  let state = seed | 1
  return Uint8Array.from({ length }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state
  })
})

/** Bytes of any kind. */
export const payloads: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  pieces,
  noise,
)
