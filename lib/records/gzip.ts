// gzip in Kafka, by node:zlib: one member, or several. If bytes that begin no member follow the last one,
// Java ends there; Node refuses them, unless they are zeros. compression.ts is the only caller.

import { nodeZlib } from '../bytes/zlib.ts'

/** Before the optional fields of a member: magic, method, flags, time, level, system. */
const fixedBytes = 10
/** After the compressed data: a checksum and a length. */
const trailerBytes = 8
const deflate = 8
/** `Z_DEFAULT_COMPRESSION` of zlib. */
const defaultLevel = -1
/** How many members are read one by one; each costs an engine. */
const membersMax = 1000
const [headerChecksumFlag, extraFlag, nameFlag, commentFlag] = [2, 4, 8, 16]

/** `bytes` as one member. `level` is 1 to 9, or -1. */
export function compressGzip(bytes: Uint8Array, level: number = defaultLevel): Uint8Array {
  return nodeZlib().gzipSync(bytes, { level })
}

/** The content of the members. Throws if one is damaged, or if they hold more than the limit. */
export function decompressGzip(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const options = { maxOutputLength: limitBytes }
  const { gunzipSync } = nodeZlib()
  try {
    return gunzipSync(bytes, options)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw cause
    const end = endOfMembers(bytes, limitBytes)
    if (end === 0 || end === bytes.length) throw cause
    return gunzipSync(bytes.subarray(0, end), options)
  }
}

/** The position of the first bytes that begin no member; the length if there are none. */
function endOfMembers(bytes: Uint8Array, limitBytes: number): number {
  let end = 0
  for (let members = 0; members < membersMax; members += 1) {
    const start = startOfData(bytes, end)
    if (start === null) return end
    end = start + inflatedBytes(bytes.subarray(start), limitBytes) + trailerBytes
    if (end >= bytes.length) break
  }
  return bytes.length
}

/** Where the data of the member at `at` begins; null if none begins there. */
function startOfData(bytes: Uint8Array, at: number): number | null {
  if (bytes[at] !== 0x1f || bytes[at + 1] !== 0x8b || bytes[at + 2] !== deflate) return null
  const flags = bytes[at + 3] ?? 0
  let next = at + fixedBytes
  if (flags & extraFlag) next += 2 + (bytes[next] ?? 0) + 256 * (bytes[next + 1] ?? 0)
  if (flags & nameFlag) next = bytes.indexOf(0, next) + 1
  if (flags & commentFlag) next = bytes.indexOf(0, next) + 1
  if (flags & headerChecksumFlag) next += 2
  return next > at && next < bytes.length ? next : null
}

/** How many of the bytes belong to the deflated data at their start. */
function inflatedBytes(bytes: Uint8Array, limitBytes: number): number {
  const { engine } = nodeZlib().inflateRawSync(bytes, {
    maxOutputLength: limitBytes,
    info: true,
  }) as object as { readonly engine: { readonly bytesWritten: number } }
  return engine.bytesWritten
}
