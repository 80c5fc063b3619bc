// Reads entries from a zip (a jar is one) with its central directory, for specs that compare with
// what Apache ships. No zip64, no encryption.

import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

const endOfDirectory = 0x06054b50
const directoryEntry = 0x02014b50

/** The entries of the zip at `path` whose names `wanted` accepts, by name. */
export function unzip(path: string, wanted: (name: string) => boolean): Map<string, Buffer> {
  const zip = readFileSync(path)
  const end = findEnd(zip)
  const entries = new Map<string, Buffer>()
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== directoryEntry) throw new Error(`${path}: no entry at ${at}`)
    const nameLength = zip.readUInt16LE(at + 28)
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength)
    if (wanted(name)) entries.set(name, content(zip, at))
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return entries
}

/** The end record comes last, except for a comment. */
function findEnd(zip: Buffer): number {
  for (let at = zip.length - 22; at >= 0; at--) {
    if (zip.readUInt32LE(at) === endOfDirectory) return at
  }
  throw new Error('not a zip')
}

function content(zip: Buffer, entry: number): Buffer {
  const method = zip.readUInt16LE(entry + 10)
  const local = zip.readUInt32LE(entry + 42)
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
  const packed = zip.subarray(start, start + zip.readUInt32LE(entry + 20))
  if (method === 0) return packed
  if (method === 8) return inflateRawSync(packed)
  throw new Error(`compression method ${method}`)
}
