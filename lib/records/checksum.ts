// CRC-32C (Castagnoli), the checksum of a record batch, over part of a byte array, by the table of crc-32.
// Its own loop reads byte by byte; reading words gives 2.1 instead of 1.4 GB/s. Once a process has checked
// some megabytes, long pieces are folded first (checksum-fold.ts): 5 GB/s. With tables alone, the checksum is
// a twelfth of the cost of a record of 100 bytes, and a sixth of that of 1 KiB. Called once for each batch by
// the writer, the reader and the mock broker.

import library from 'crc-32/crc32c.js'
import { Folds, foldable } from './checksum-fold.ts'

/** The bytes of a block, and so the number of tables. */
const block = 16

/**
 * [t * 256 + byte]: the byte's contribution to the checksum if `t` more bytes follow it in its block. Made
 * by the first batch that needs them, because a program that sends a single small record does not.
 */
let tables: Int32Array | null = null

/** Below so many bytes, reading words costs more than reading bytes. */
const fewBytes = 384

/**
 * After so many bytes in long pieces, folding is prepared: that costs a young process about a millisecond,
 * as much as folding these would have saved.
 */
const bytesBeforeFolds = 4_194_304

let longBytes = 0
/** Null if this machine cannot fold. */
let folds: Folds | null | undefined

/** Words have this machine's byte order, and the tables expect the first byte of four as the lowest. */
const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/**
 * The checksum of `bytes` from `start` up to but not including `end`, as a uint32. With `seed`, the
 * checksum of the piece before, it is the checksum of both pieces as if they were one.
 */
export function crc32c(
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.byteLength,
  seed = 0,
): number {
  if (end - start < fewBytes) return ~ofFew(bytes, start, end, library.table, ~seed) >>> 0
  if (end - start < foldable.least) return ~byTables(bytes, start, end, ~seed) >>> 0
  return ~ofLong(bytes, start, end, ~seed) >>> 0
}

// From here on, a checksum is its state: that of no bytes is ~0, and each result is ~ the final state.

function ofLong(bytes: Uint8Array, start: number, end: number, from: number): number {
  longBytes += end - start
  if (longBytes > bytesBeforeFolds && folds === undefined) folds = folding()
  if (!folds) return byTables(bytes, start, end, from)
  let crc = from
  let at = start
  while (end - at >= foldable.least) {
    const length = Math.min(end - at, foldable.most)
    const left = folds.fold(new Uint8Array(bytes.buffer, bytes.byteOffset + at, length), crc)
    crc = byTables(folds.bytes, folds.from, folds.from + left, 0)
    at += length
  }
  return byTables(bytes, at, end, crc)
}

/** Null without WebAssembly (`--jitless`), its vector instructions, or memory for it. */
function folding(): Folds | null {
  try {
    return new Folds()
  } catch {
    return null
  }
}

function byTables(bytes: Uint8Array, start: number, end: number, from: number): number {
  const { buffer, byteOffset } = bytes
  const aligned = start + (-(byteOffset + start) & 3)
  const blocks = isLittleEndian ? Math.floor((end - aligned) / block) : 0
  if (blocks < 1) return ofFew(bytes, start, end, library.table, from)
  tables ??= tablesOf(library.table)
  const words = new Int32Array(buffer, byteOffset + aligned, blocks * 4)
  const crc = byWords(words, tables, ofFew(bytes, start, aligned, library.table, from))
  return ofFew(bytes, aligned + blocks * block, end, library.table, crc)
}

function ofFew(
  bytes: Uint8Array,
  start: number,
  end: number,
  table: Int32Array,
  from: number,
): number {
  let crc = from
  for (let at = start; at < end; at += 1) crc = (crc >>> 8) ^ table[(crc ^ bytes[at]!) & 255]!
  return crc
}

/**
 * Nothing follows the loop, and the tables are a parameter. Otherwise V8 would look up a module constant
 * each time. And if V8 compiles code while a loop runs, and the code after the loop is new to it, it
 * discards the result, and compiles it again in the next loop.
 */
function byWords(words: Int32Array, table: Int32Array, from: number): number {
  let crc = from
  for (let at = 0; at < words.length; at += 4) {
    crc =
      ofWord(table, words[at]! ^ crc, 12) ^
      ofWord(table, words[at + 1]!, 8) ^
      ofWord(table, words[at + 2]!, 4) ^
      ofWord(table, words[at + 3]!, 0)
  }
  return crc
}

/** A word's contribution to the checksum if `after` more bytes follow it in its block. */
function ofWord(table: Int32Array, word: number, after: number): number {
  const at = after * 256
  return (
    table[(at + 768) | (word & 255)]! ^
    table[(at + 512) | ((word >>> 8) & 255)]! ^
    table[(at + 256) | ((word >>> 16) & 255)]! ^
    table[at | (word >>> 24)]!
  )
}

function tablesOf(first: Int32Array): Int32Array {
  const tables = new Int32Array(block * 256)
  tables.set(first)
  for (let at = 256; at < tables.length; at += 1) {
    const before = tables[at - 256]!
    tables[at] = (before >>> 8) ^ first[before & 255]!
  }
  return tables
}
