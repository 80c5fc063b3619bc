// lz4js brings no types. What the golden batches need of it: the decoder of LZ4's frame format.

declare module 'lz4js' {
  const lz4: { decompress(frame: Uint8Array): Uint8Array }
  export default lz4
}
