// Where the frames of zstd begin and end, and what their headers say (RFC 8878). A decoder that reads one
// frame must get each of them separately. zstd.ts is the only caller.
//
//   frame     = 28 B5 2F FD, descriptor, [window], [dictionary], [content size], block+, [checksum]
//   block     = [isLast:1 bit, type:2 bits, size:21 bits, little endian], bytes
//   skippable = 5? 2A 4D 18, [size:uint32, little endian], bytes

const magic = 0xfd2fb528
const skippableMagic = 0x184d2a50
const headBytes = 5
const blockHeadBytes = 3
const checksumBytes = 4
/** One byte, repeated so many times. */
const runLengthBlock = 1

/** Where the frame at `at` ends, and whether it has content. Throws if none begins there, or it is cut off. */
export function frameAt(
  source: Buffer,
  at: number,
): { readonly end: number; readonly holds: boolean } {
  const first = source.readUInt32LE(at)
  const isSkippable = (first & ~0xf) >>> 0 === skippableMagic
  if (!isSkippable && first !== magic) throw new RangeError(`no zstd frame begins at byte ${at}`)
  const end = isSkippable ? at + 8 + source.readUInt32LE(at + 4) : endOfFrame(source, at)
  if (end > source.length) throw new RangeError(`the frame at byte ${at} is cut off`)
  return { end, holds: !isSkippable }
}

/** The content size that a frame announces (RFC 8878, 3.1.1.1); 0 if it announces none. */
export function contentSizeOf(frame: Buffer): number {
  const descriptor = frame.readUInt8(4)
  const at = contentSizeAt(descriptor)
  switch (descriptor >> 6) {
    case 0:
      return isSingleSegment(descriptor) ? frame.readUInt8(at) : 0
    case 1:
      return frame.readUInt16LE(at) + 256
    case 2:
      return frame.readUInt32LE(at)
    default:
      return Number(frame.readBigUInt64LE(at))
  }
}

function endOfFrame(source: Buffer, start: number): number {
  const descriptor = source.readUInt8(start + 4)
  let at = start + contentSizeAt(descriptor) + contentSizeBytes(descriptor)
  for (let isLast = false; !isLast; ) {
    const head = source.readUIntLE(at, blockHeadBytes)
    isLast = (head & 1) !== 0
    const isRunLength = ((head >> 1) & 0b11) === runLengthBlock
    at += blockHeadBytes + (isRunLength ? 1 : head >> 3)
  }
  return at + ((descriptor & 0b100) === 0 ? 0 : checksumBytes)
}

function contentSizeAt(descriptor: number): number {
  const windowBytes = isSingleSegment(descriptor) ? 0 : 1
  return headBytes + windowBytes + [0, 1, 2, 4][descriptor & 0b11]!
}

function contentSizeBytes(descriptor: number): number {
  return [isSingleSegment(descriptor) ? 1 : 0, 2, 4, 8][descriptor >> 6]!
}

function isSingleSegment(descriptor: number): boolean {
  return (descriptor & 0b10_0000) !== 0
}
