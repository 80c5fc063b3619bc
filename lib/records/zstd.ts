// zstd as Kafka carries it: a frame of its own format, by node:zlib where Node has it. No package in
// its place: those that compress are native builds, or far slower. compression.ts is the only caller.

import * as zlib from 'node:zlib'

/** What newer versions of Node add to node:zlib; the types here are those of Node 20. */
interface Zstd {
  zstdCompressSync(bytes: Uint8Array, options: { readonly params: Params }): Buffer
  zstdDecompressSync(bytes: Uint8Array, options: { readonly maxOutputLength: number }): Buffer
}
type Params = Readonly<Record<number, number>>

const { zstdCompressSync, zstdDecompressSync } = zlib as object as Partial<Zstd>

/** `ZSTD_c_compressionLevel` of zstd's API. */
const compressionLevel = 100
/** The default of Kafka, and of zstd. */
const defaultLevel = 3

/** What it takes to have zstd; null where it is there. */
export const zstdNeeds = zstdCompressSync && zstdDecompressSync ? null : 'Node 22.15, 23.8 or later'

/** `bytes` as a frame. `level` is -131072 to 22. */
export function compressZstd(bytes: Uint8Array, level: number = defaultLevel): Uint8Array {
  return zstdCompressSync!(bytes, { params: { [compressionLevel]: level } })
}

/** What a frame holds. Throws where it is damaged, or above the limit. */
export function decompressZstd(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const data: Uint8Array = zstdDecompressSync!(bytes, { maxOutputLength: limitBytes })
  const told = contentSizeOf(bytes)
  // Node 22 gives what it has of a frame that is cut off.
  if (data.length < told) throw new Error(`the frame holds ${told} bytes, and ${data.length} came`)
  return data
}

/** How many bytes a frame says that it holds (RFC 8878, 3.1.1.1); 0 where it does not say. */
function contentSizeOf(frame: Uint8Array): number {
  const descriptor = frame[4] ?? 0
  const isSingleSegment = (descriptor & 0b10_0000) !== 0
  const at = 5 + (isSingleSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 0b11]!
  const view = Buffer.from(frame.subarray(at, at + 8))
  switch (descriptor >> 6) {
    case 0:
      return isSingleSegment ? (view[0] ?? 0) : 0
    case 1:
      return view.length < 2 ? 0 : view.readUInt16LE() + 256
    case 2:
      return view.length < 4 ? 0 : view.readUInt32LE()
    default:
      return view.length < 8 ? 0 : Number(view.readBigUInt64LE())
  }
}
