// Snappy in Kafka: the stream of the xerial library, which Java's decoder reads.
//
//   82 'S' 'N' 'A' 'P' 'P' 'Y' 00 [version:int32 = 1][compatible:int32 = 1]
//   then, for each 32 KiB of input: [compressed length:int32][raw snappy block]
//
// A reader must accept several of these streams one after the other, as Java does, and raw snappy without
// the frame, as librdkafka writes it. compression.ts is the only caller.

import { compress } from 'snappyjs'
import { GrowingBytes } from './growing-bytes.ts'
import { decompressBlock, headOf } from './snappy-block.ts'

const magic = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0)
const frameHeaderBytes = 16
const blockBytes = 32 * 1024
// Snappy's own bound for one block: incompressible input grows by a sixth, plus 32.
const blockBytesMax = 32 + blockBytes + Math.ceil(blockBytes / 6)

/** `bytes` as a xerial stream. */
export function compressSnappy(bytes: Uint8Array): Uint8Array {
  const source = plain(bytes)
  const blocks = Math.ceil(source.byteLength / blockBytes)
  const out = Buffer.allocUnsafe(
    frameHeaderBytes + blocks * (4 + Math.min(blockBytesMax, maxFor(source.byteLength))),
  )
  out.set(magic)
  out.writeInt32BE(1, 8)
  out.writeInt32BE(1, 12)

  let end = frameHeaderBytes
  for (let at = 0; at < source.byteLength; at += blockBytes) {
    const block = compress(source.subarray(at, at + blockBytes))
    out.writeInt32BE(block.byteLength, end)
    out.set(block, end + 4)
    end += 4 + block.byteLength
  }
  return out.subarray(0, end)
}

/**
 * The content of xerial streams, one after the other, or of a raw snappy block. Throws if it is damaged or
 * too large.
 */
export function decompressSnappy(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const source = plain(bytes)
  const out = new GrowingBytes(limitBytes)
  if (isFramed(source, 0)) decompressStreams(source, out)
  else append(source, out)
  return out.finish()
}

function decompressStreams(source: Uint8Array, out: GrowingBytes): void {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength)
  let at = 0
  while (at < source.byteLength) {
    if (isFramed(source, at)) {
      at += frameHeaderBytes
      continue
    }
    const length = at + 4 <= source.byteLength ? view.getInt32(at) : -1
    const end = at + 4 + length
    if (length < 0 || end > source.byteLength) {
      throw new RangeError(`the snappy block at byte ${at} goes beyond the end`)
    }
    append(source.subarray(at + 4, end), out)
    at = end
  }
}

function append(block: Uint8Array, out: GrowingBytes): void {
  const { headBytes, length } = headOf(block)
  out.expect(length)
  decompressBlock(block, headBytes, out.room(length))
  out.advance(length)
}

/** Whether a stream begins at `at`. */
function isFramed(bytes: Uint8Array, at: number): boolean {
  return (
    bytes.byteLength >= at + frameHeaderBytes &&
    magic.every((byte, index) => bytes[at + index] === byte)
  )
}

function maxFor(sourceBytes: number): number {
  return 32 + sourceBytes + Math.ceil(sourceBytes / 6)
}

// snappyjs returns the type of its input, and is fastest with a plain Uint8Array.
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
