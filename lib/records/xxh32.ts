// xxHash32 of fewer than 16 bytes: the checksum at the end of an LZ4 frame's header, which uses one byte of
// it. lz4.ts is the only caller.

const [prime1, prime2, prime3] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d] as const
const [prime4, prime5] = [0x27d4eb2f, 0x165667b1] as const

/** The hash, as a signed number, with the seed 0. For longer input it is not xxHash32. */
export function shortXxh32(bytes: Buffer): number {
  let hash = (prime5 + bytes.length) | 0
  let at = 0
  for (; at + 4 <= bytes.length; at += 4) {
    hash = (hash + Math.imul(bytes.readUInt32LE(at), prime3)) | 0
    hash = Math.imul(rotated(hash, 17), prime4)
  }
  for (; at < bytes.length; at += 1) {
    hash = (hash + Math.imul(bytes.readUInt8(at), prime5)) | 0
    hash = Math.imul(rotated(hash, 11), prime1)
  }
  hash = Math.imul(hash ^ (hash >>> 15), prime2)
  hash = Math.imul(hash ^ (hash >>> 13), prime3)
  return hash ^ (hash >>> 16)
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
