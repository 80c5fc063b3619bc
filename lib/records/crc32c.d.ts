// The types of the CRC-32C half of `crc-32` 1.2.2, which its own declarations leave out.
// checksum.ts is the only importer.

declare module 'crc-32/crc32c.js' {
  const crc32c: {
    /** The contribution of each byte to the checksum. */
    readonly table: Int32Array
  }
  export default crc32c
}
