// LZ4 in Kafka: one frame of LZ4's own format, in the one form that Java writes.
//
//   04 22 4D 18, flags 60 (version 1, independent blocks), 40 (blocks of 64 KiB), checksum 82
//   then, for each 64 KiB of input: [length:uint32, little endian][raw block], and at last a length of 0
// a length with its top bit set is followed by uncompressed bytes, if compression does not shrink them
//
// Reads what Java reads: other block sizes, and frames with checksums of their content, which are skipped
// (the batch has its own). It accepts no blocks that refer to earlier ones, and nothing behind the end
// mark. compression.ts is the only caller.

import { GrowingBytes } from './growing-bytes.ts'
import { decompressBlock, expansionMax } from './lz4-block.ts'
import type { CompressBlock } from './lz4-package.ts'
import { shortXxh32 } from './xxh32.ts'

const frameHeader = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82)
const blockBytes = 64 * 1024
const lengthBytes = 4
const asIs = 0x80000000

const magic = 0x184d2204
const magicBytes = 4
const contentSizeBytes = 8
const checksumBytes = 4

/** `bytes` as a frame. */
export function compressLz4(bytes: Uint8Array, compressBlock: CompressBlock): Uint8Array {
  const blocks = Math.ceil(bytes.length / blockBytes)
  const out = Buffer.allocUnsafe(
    frameHeader.length + blocks * lengthBytes + bytes.length + lengthBytes,
  )
  out.set(frameHeader)
  let end = frameHeader.length
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const block = bytes.subarray(at, at + blockBytes)
    const compressed = compressBlock(block)
    const shrunk = compressed.length < block.length
    const payload = shrunk ? compressed : block
    out.writeUInt32LE(shrunk ? payload.length : payload.length + asIs, end)
    out.set(payload, end + lengthBytes)
    end += lengthBytes + payload.length
  }
  out.writeUInt32LE(0, end)
  return out.subarray(0, end + lengthBytes)
}

/** The content of a frame. Throws if it is damaged, above the limit, or not of Java's form. */
export function decompressLz4(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const frame = frameOf(source)
  const out = new GrowingBytes(limitBytes)
  let at = frame.headerBytes
  for (let word = source.readUInt32LE(at); word !== 0; word = source.readUInt32LE(at)) {
    at += lengthBytes
    const length = word % asIs
    if (length > frame.blockBytesMax || at + length > source.length) {
      throw new RangeError(`the block at byte ${at} has a length of ${length}`)
    }
    const block = source.subarray(at, at + length)
    if (word >= asIs) out.append(block)
    else append(block, frame.blockBytesMax, out)
    at += length + frame.blockChecksumBytes
  }
  const end = at + lengthBytes + frame.contentChecksumBytes
  if (end > source.length) throw new RangeError('the checksum of the content is cut off')
  return out.finish()
}

function append(block: Uint8Array, blockBytesMax: number, out: GrowingBytes): void {
  const room = out.room(Math.min(blockBytesMax, block.length * expansionMax))
  out.advance(decompressBlock(block, room))
}

/** What the header of a frame says about the rest. */
function frameOf(source: Buffer) {
  if (source.readUInt32LE(0) !== magic) throw new RangeError('it is not an LZ4 frame')
  const flags = source.readUInt8(4)
  const blockSize = (source.readUInt8(5) >> 4) & 7
  if (flags >> 6 !== 1 || (flags & 0b11) !== 0 || blockSize < 4) {
    throw new RangeError(
      `its header has the flags ${flags} and the block size ${blockSize}, which are not supported`,
    )
  }
  if ((flags & 0b100000) === 0)
    throw new RangeError('its blocks depend on earlier ones, which is not supported')
  const headerBytes = frameHeader.length + ((flags & 0b1000) === 0 ? 0 : contentSizeBytes)
  const checksum = (shortXxh32(source.subarray(magicBytes, headerBytes - 1)) >>> 8) & 0xff
  if (source.readUInt8(headerBytes - 1) !== checksum) {
    throw new RangeError(`the checksum of its header is not ${checksum}`)
  }
  return {
    blockBytesMax: 1 << (2 * blockSize + 8),
    blockChecksumBytes: (flags & 0b10000) === 0 ? 0 : checksumBytes,
    headerBytes,
    contentChecksumBytes: (flags & 0b100) === 0 ? 0 : checksumBytes,
  }
}
