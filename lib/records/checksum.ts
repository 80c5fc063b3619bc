// CRC-32C (Castagnoli), the checksum of a record batch, over a piece of a byte array.
// Called once for each batch by the writer, the reader and the mock broker.

import table from 'crc-32/crc32c.js'

/**
 * The checksum of `bytes` from `start` up to but not including `end`, as a uint32. With `seed`, the
 * checksum of the piece before, it is the checksum of both pieces as if they were one.
 */
export function crc32c(
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.byteLength,
  seed = 0,
): number {
  // Always a plain Uint8Array, also for a Buffer: the loop below stays monomorphic.
  const piece = new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
  return table.buf(piece, seed | 0) >>> 0
}
