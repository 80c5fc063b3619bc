// Decompresses one raw block of snappy. This is our own code, because snappyjs (0.7.0) does not check the
// lengths in a damaged block before it uses them, so a writer to a topic could keep its readers busy.
//
//   block   = [bytes that it holds: uvarint] (literal | copy)*
//   literal = tag with length - 1 in its upper six bits (60 to 63: in the next 1 to 4 bytes), the bytes
//   copy    = tag, offset: what is repeated begins `offset` bytes back, and may reach into itself
//             01: length 4 to 11, offset of 11 bits   10: 1 to 64, 16 bits   11: 1 to 64, 32 bits
//
// Every step moves forward in the block and is checked against both ends. snappy.ts is the only caller.

/** How many bytes a block can hold for each of its own bytes: a copy of three bytes gives 64. */
const expansionMax = 64 / 3
const headBytesMax = 5

/** Where the elements of a block begin, and how many bytes they produce. */
export interface SnappyHead {
  readonly headBytes: number
  readonly length: number
}

/** The header of `block`. Throws if it is cut off, or names more bytes than the block can hold. */
export function headOf(block: Uint8Array): SnappyHead {
  let length = 0
  for (let at = 0; at < headBytesMax; at += 1) {
    const byte = block[at]
    if (byte === undefined) throw damaged('is cut off in its length')
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return checked({ headBytes: at + 1, length }, block.length)
  }
  throw damaged(`has a length of more than ${headBytesMax} bytes`)
}

function checked(head: SnappyHead, blockBytes: number): SnappyHead {
  const { headBytes, length } = head
  const lengthMax = Math.floor((blockBytes - headBytes) * expansionMax)
  if (length <= lengthMax) return head
  throw damaged(`of ${blockBytes} bytes says that it holds ${length}, and can hold ${lengthMax}`)
}

/** Writes the content of `block` from `headBytes` on to `out`, and fills it. Throws if it is damaged. */
export function decompressBlock(block: Uint8Array, headBytes: number, out: Uint8Array): void {
  let at = headBytes
  let end = 0
  while (at < block.length) {
    const tag = block[at]!
    at += 1
    if ((tag & 3) === 0) {
      const extra = Math.max(0, (tag >> 2) - 59)
      const length = (extra === 0 ? tag >> 2 : numberAt(block, at, extra)) + 1
      at += extra
      if (length > block.length - at) throw damaged('ends within literals')
      if (length > out.length - end) throw tooLong(out)
      place(block, at, out, end, length)
      at += length
      end += length
    } else {
      const offsetBytes = offsetBytesOf[tag & 3]!
      const isShort = offsetBytes === 1
      const length = isShort ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
      const offset = numberAt(block, at, offsetBytes) + (isShort ? (tag >> 5) << 8 : 0)
      at += offsetBytes
      if (offset === 0 || offset > end) {
        throw damaged(`refers to ${offset} bytes before byte ${end}`)
      }
      if (length > out.length - end) throw tooLong(out)
      for (let index = end; index < end + length; index += 1) out[index] = out[index - offset]!
      end += length
    }
  }
  if (end < out.length) throw damaged(`holds ${end} bytes, not ${out.length}`)
}

/** By the lowest two bits of a tag. */
const offsetBytesOf = [0, 1, 2, 4]

/** A number of 1 to 4 bytes, little endian. */
function numberAt(block: Uint8Array, at: number, bytes: number): number {
  if (at + bytes > block.length) throw damaged('is cut off')
  let number = block[at]!
  for (let index = 1; index < bytes; index += 1) number += block[at + index]! * 2 ** (8 * index)
  return number
}

/** A view costs more than copying a few bytes one by one. */
const fewBytes = 32

function place(from: Uint8Array, at: number, to: Uint8Array, toAt: number, length: number): void {
  if (length > fewBytes) to.set(from.subarray(at, at + length), toAt)
  else for (let index = 0; index < length; index += 1) to[toAt + index] = from[at + index]!
}

function tooLong(out: Uint8Array): RangeError {
  return damaged(`holds more than the ${out.length} bytes of its head`)
}

function damaged(what: string): RangeError {
  return new RangeError(`a block ${what}`)
}
