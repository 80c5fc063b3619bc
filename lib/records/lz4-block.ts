// Decompresses one raw block of LZ4, so that reading lz4 needs no package.
//
//   block = (token literals offset match)* token literals
//
// A token holds two lengths of four bits: of the literals, which follow, and of the match, which is
// copied from `offset` bytes back and is 4 longer than its length says. 15 means that more bytes of
// the length follow, as long as they are 255. lz4.ts is the only caller.

const matchBytesMin = 4

/** How many bytes a block can hold for each of its own bytes: one more byte of a length adds 255. */
export const expansionMax = 255

/**
 * Writes the content of `block` to the start of `out`; returns the number of bytes. Throws if it is
 * damaged.
 */
export function decompressBlock(block: Uint8Array, out: Uint8Array): number {
  const source = { bytes: block, at: 0 }
  let end = 0
  for (;;) {
    const token = byte(source)
    const literals = extended(source, token >> 4)
    if (source.at + literals > block.length) throw damaged('ends within literals')
    if (end + literals > out.length) throw damaged(`holds more than ${out.length} bytes`)
    out.set(block.subarray(source.at, source.at + literals), end)
    source.at += literals
    end += literals
    if (source.at === block.length) return end

    const offset = byte(source) | (byte(source) << 8)
    const length = extended(source, token & 15) + matchBytesMin
    if (offset === 0 || offset > end) throw damaged(`refers to ${offset} bytes before byte ${end}`)
    if (end + length > out.length) throw damaged(`holds more than ${out.length} bytes`)
    repeat(out, end - offset, end, length)
    end += length
  }
}

/** A position in a block. */
interface Source {
  readonly bytes: Uint8Array
  at: number
}

function byte(source: Source): number {
  const value = source.bytes[source.at++]
  if (value === undefined) throw damaged('is cut off')
  return value
}

function extended(source: Source, length: number): number {
  if (length < 15) return length
  let sum = length
  for (let more = 255; more === 255; ) {
    more = byte(source)
    sum += more
  }
  return sum
}

/** Byte by byte if the match reaches into its own output, which then repeats itself. */
function repeat(out: Uint8Array, from: number, to: number, length: number): void {
  if (from + length <= to) out.copyWithin(to, from, from + length)
  else for (let index = 0; index < length; index++) out[to + index] = out[from + index]!
}

function damaged(what: string): RangeError {
  return new RangeError(`a block ${what}`)
}
