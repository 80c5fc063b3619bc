// zstd in Kafka: a frame of its own format, by node:zlib, if Node has it. There is no package instead,
// because those that compress are native builds, or much slower. Reads several frames, as Java does; Node
// 22 and 24 return only the first, without an error. compression.ts is the only caller.

import { nodeZlib } from '../bytes/zlib.ts'
import { GrowingBytes } from './growing-bytes.ts'
import { contentSizeOf, frameAt } from './zstd-frame.ts'

/** What newer versions of Node add to node:zlib; the types here are those of Node 20. */
interface Zstd {
  zstdCompressSync(bytes: Uint8Array, options: { readonly params: Params }): Buffer
  zstdDecompressSync(bytes: Uint8Array, options: { readonly maxOutputLength: number }): Buffer
}
type Params = Readonly<Record<number, number>>

/** `ZSTD_c_compressionLevel` of zstd's API. */
const compressionLevel = 100
/** The default of Kafka and of zstd. */
const defaultLevel = 3

/** Each frame costs an engine, whatever its content; a writer of one frame per record has fewer in a batch. */
const framesMax = 10_000

/** What is needed to have zstd; null if it is available. */
export function zstdNeeds(): string | null {
  const { zstdCompressSync, zstdDecompressSync } = nodeZlib() as object as Partial<Zstd>
  return zstdCompressSync && zstdDecompressSync ? null : 'Node 22.15, 23.8 or later'
}

/** `bytes` as a frame. `level` is -131072 to 22. */
export function compressZstd(bytes: Uint8Array, level: number = defaultLevel): Uint8Array {
  return zstd().zstdCompressSync(bytes, { params: { [compressionLevel]: level } })
}

/** The content of the frames, one after the other. Throws if one is damaged, or above the limit. */
export function decompressZstd(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const first = frameAt(source, 0)
  // There is almost always one, whose content need not be copied.
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

/** The content of a frame. */
function contentOf(frame: Buffer, limitBytes: number): Uint8Array {
  const data: Uint8Array = zstd().zstdDecompressSync(frame, { maxOutputLength: limitBytes })
  const told = contentSizeOf(frame)
  // Node 22 returns what it has of a frame that is cut off.
  if (data.length < told)
    throw new Error(`the frame announces ${told} bytes, but has ${data.length}`)
  return data
}

function zstd(): Zstd {
  return nodeZlib() as object as Zstd
}
