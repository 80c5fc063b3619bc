// zstd as Kafka carries it: a frame of its own format, by node:zlib where Node has it. No package in
// its place: those that compress are native builds, or far slower. compression.ts is the only caller.
// Reads several frames, as Java does: of them Node 22 and 24 give the first, and no error.

import * as zlib from 'node:zlib'
import { GrowingBytes } from './growing-bytes.ts'
import { contentSizeOf, frameAt } from './zstd-frame.ts'

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

/** Each frame costs an engine, whatever it holds; who writes by the record has fewer in a batch. */
const framesMax = 10_000

/** What it takes to have zstd; null where it is there. */
export const zstdNeeds = zstdCompressSync && zstdDecompressSync ? null : 'Node 22.15, 23.8 or later'

/** `bytes` as a frame. `level` is -131072 to 22. */
export function compressZstd(bytes: Uint8Array, level: number = defaultLevel): Uint8Array {
  return zstdCompressSync!(bytes, { params: { [compressionLevel]: level } })
}

/** What the frames hold, one behind the other. Throws where one is damaged, or above the limit. */
export function decompressZstd(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const first = frameAt(source, 0)
  // Almost always there is one, and its content need not be copied.
  if (first.end === source.length && first.holds) return contentOf(source, limitBytes)
  const out = new GrowingBytes(limitBytes)
  let frames = 0
  for (let at = 0; at < source.length; ) {
    const { end, holds } = frameAt(source, at)
    if (holds) {
      frames += 1
      if (frames > framesMax) throw new RangeError(`more than ${framesMax} frames`)
      out.append(contentOf(source.subarray(at, end), limitBytes))
    }
    at = end
  }
  return out.finish()
}

/** What a frame holds. */
function contentOf(frame: Buffer, limitBytes: number): Uint8Array {
  const data: Uint8Array = zstdDecompressSync!(frame, { maxOutputLength: limitBytes })
  const told = contentSizeOf(frame)
  // Node 22 gives what it has of a frame that is cut off.
  if (data.length < told) throw new Error(`the frame holds ${told} bytes, and ${data.length} came`)
  return data
}
