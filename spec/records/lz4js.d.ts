// lz4js has no types. These are the ones that the specs need: a second opinion on LZ4's frames and
// blocks.

declare module 'lz4js' {
  const lz4: {
    compress(bytes: Uint8Array): Uint8Array
    decompress(frame: Uint8Array): Uint8Array
    compressBound(length: number): number
    compressBlock(
      source: Uint8Array,
      out: Uint8Array,
      start: number,
      length: number,
      table: Uint32Array,
    ): number
  }
  export default lz4
}
