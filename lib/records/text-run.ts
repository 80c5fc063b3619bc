import { sizeOfVarint, writeVarint } from '../bytes/varint.ts'
import type { RecordFacts } from './record-facts.ts'
import { sizeOfBody, sizeOfHead, writeHead } from './record-fields.ts'

// Records whose strings one native call has written into a batch, with gaps between them for the fields.
// The gaps are wide enough if everything is ASCII. This file fills in the fields. If not everything is
// ASCII, it first measures the strings, and moves them if a gap is too narrow. Called by batch-writer.ts,
// which made the gaps and ensures that there is room.

/** Records `from` to `to` (exclusive) of a batch; the first begins at `start`. */
export interface TextRun {
  readonly start: number
  readonly from: number
  readonly to: number
}

/** The strings are in place: writes the fields before and after each. */
export function fillGaps(buffer: Buffer, facts: RecordFacts, { start, from, to }: TextRun): void {
  let at = start
  for (let index = from; index < to; index += 1) {
    const keySize = facts.keySizeOf(index)
    const valueSize = facts.valueSizeOf(index)
    const delta = facts.deltaOf(index)
    const body = sizeOfBody(index, delta, keySize, valueSize, null)
    at = writeHead(buffer, at, body, delta, index)
    at = writeVarint(buffer, at, keySize)
    if (keySize > 0) at += keySize
    at = writeVarint(buffer, at, valueSize)
    if (valueSize > 0) at += valueSize
    buffer[at] = 0
    at += 1
  }
}

/**
 * The facts have lengths in UTF-16 units: replaces them by the real sizes. A size may need one byte more
 * than the length; then the strings are moved to make the gap wider. Returns where the last record ends,
 * and the size of the largest.
 */
export function measureRun(
  buffer: Buffer,
  facts: RecordFacts,
  run: TextRun,
): { readonly end: number; readonly largest: number } {
  const places: number[] = []
  let at = run.start
  let end = at
  let largest = 0
  for (let index = run.from; index < run.to; index += 1) {
    const keyLength = facts.keySizeOf(index)
    const valueLength = facts.valueSizeOf(index)
    const delta = facts.deltaOf(index)
    const body = sizeOfBody(index, delta, keyLength, valueLength, null)
    const keyAt = at + sizeOfHead(body, delta, index) + sizeOfVarint(keyLength)
    const keyEnd = endOfText(buffer, keyAt, keyLength)
    const valueAt = keyEnd + sizeOfVarint(valueLength)
    at = endOfText(buffer, valueAt, valueLength)
    facts.measured(index, keyLength < 0 ? -1 : keyEnd - keyAt, valueLength < 0 ? -1 : at - valueAt)
    places.push(keyAt, valueAt)
    at += 1 // the number of headers, which is 0
    const size = sizeOf(facts, index)
    if (size > largest) largest = size
    end += size
  }
  if (end !== at) spread(buffer, facts, run, places, end)
  return { end, largest }
}

/** Moves keys and values from `places` to their positions, the last ones first. */
function spread(
  buffer: Buffer,
  facts: RecordFacts,
  { from, to }: TextRun,
  places: readonly number[],
  runEnd: number,
): void {
  let end = runEnd
  for (let index = to - 1; index >= from; index -= 1) {
    const keySize = facts.keySizeOf(index)
    const valueSize = facts.valueSizeOf(index)
    const place = 2 * (index - from)
    const valueAt = end - 1 - Math.max(valueSize, 0)
    const keyAt = valueAt - sizeOfVarint(valueSize) - Math.max(keySize, 0)
    move(buffer, valueAt, places[place + 1]!, valueSize)
    move(buffer, keyAt, places[place]!, keySize)
    end -= sizeOf(facts, index)
  }
}

function move(buffer: Buffer, to: number, from: number, size: number): void {
  if (to !== from && size > 0) buffer.copyWithin(to, from, from + size)
}

function sizeOf(facts: RecordFacts, index: number): number {
  const [keySize, valueSize] = [facts.keySizeOf(index), facts.valueSizeOf(index)]
  const body = sizeOfBody(index, facts.deltaOf(index), keySize, valueSize, null)
  return sizeOfVarint(body) + body
}

/** The end of the text that begins at `at` and has so many UTF-16 units. */
function endOfText(buffer: Buffer, at: number, units: number): number {
  let end = at
  for (let left = units; left > 0; left -= 1) {
    const first = buffer[end]!
    if (first < 0x80) end += 1
    else if (first < 0xe0) end += 2
    else if (first < 0xf0) end += 3
    else {
      end += 4
      left -= 1 // it was a surrogate pair
    }
  }
  return end
}
