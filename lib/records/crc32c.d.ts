// The types of the CRC-32C half of `crc-32` 1.2.2, which its own declarations leave out.
// checksum.ts is the only importer.

declare module 'crc-32/crc32c.js' {
  const crc32c: {
    /** The contribution of each byte to the checksum. */
    readonly table: Int32Array
    /** Continues from `seed`, the result for the previous bytes; a signed 32-bit number. */
    buf(bytes: Uint8Array, seed?: number): number
  }
  export default crc32c
}
