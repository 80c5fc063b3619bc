// The codecs of a record batch, by name and by the id in its attributes. Each takes the bytes of all
// records at once and returns one stream, framed as Apache's Java client does it. A codec reports what it
// needs and this process lacks (a package, a newer Node), and the configuration then refuses it. Used
// without that check, it throws.

import { isError } from '../errors/is-error.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import { compressGzip, decompressGzip } from './gzip.ts'
import { compressLz4, decompressLz4 } from './lz4.ts'
import { lz4Package } from './lz4-package.ts'
import { compressSnappy, decompressSnappy } from './snappy.ts'
import { compressZstd, decompressZstd, zstdNeeds } from './zstd.ts'

/** The codecs of Kafka, as `compression.type` spells them. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** `limitBytes` limits the output, so that a small input cannot fill the memory. */
export type Decompress = (bytes: Uint8Array, limitBytes: number) => Uint8Array

/** One way to compress. */
export interface Codec {
  readonly name: Compression
  /** Bits 0 to 2 of a batch's attributes. */
  readonly id: number
  /** The first version of Produce that may carry it. */
  readonly produceVersionMin: number
  /** What is needed to compress with it here: a package, another Node. Null if nothing is missing. */
  compressNeeds(): string | null
  /** The same for decompressing. */
  decompressNeeds(): string | null
  /**
   * The bytes as one stream. `none` returns its input. `level` is for gzip, 1 to 9 or -1, and for zstd,
   * -131072 to 22. Throws a ProtocolError if something is missing.
   */
  compress(bytes: Uint8Array, level?: number): Uint8Array
  /** The bytes of the stream. Throws a ProtocolError if they are damaged, or above the limit. */
  readonly decompress: Decompress
}

/** By the names that `compression.type` takes. */
export const codecs: Readonly<Record<Compression, Codec>> = {
  none: codec('none', 0, { compress: (bytes) => bytes, decompress: withinLimit }),
  gzip: codec('gzip', 1, { compress: compressGzip, decompress: decompressGzip }),
  snappy: codec('snappy', 2, { compress: compressSnappy, decompress: decompressSnappy }),
  lz4: codec('lz4', 3, {
    compress: (bytes) => compressLz4(bytes, lz4Package().compressBlock!),
    decompress: decompressLz4,
    compressNeeds: () => lz4Package().needs,
  }),
  zstd: codec('zstd', 4, {
    compress: compressZstd,
    decompress: decompressZstd,
    produceVersionMin: 7,
    compressNeeds: zstdNeeds,
    decompressNeeds: zstdNeeds,
  }),
}

const byId = Object.values(codecs)

/** The codec with this id; undefined for 5 to 7, which Kafka has not assigned. */
export function codecById(id: number): Codec | undefined {
  return byId[id]
}

type Parts = Pick<Codec, 'compress' | 'decompress'> & Partial<Codec>

function codec(name: Compression, id: number, parts: Parts): Codec {
  const { produceVersionMin = 3, compressNeeds = nothing, decompressNeeds = nothing } = parts
  return {
    name,
    id,
    produceVersionMin,
    compressNeeds,
    decompressNeeds,
    compress(bytes, level) {
      insist(name, compressNeeds)
      return parts.compress(bytes, level)
    },
    decompress(bytes, limitBytes) {
      insist(name, decompressNeeds)
      return guarded(name, () => parts.decompress(bytes, limitBytes))
    },
  }
}

function nothing(): null {
  return null
}

function insist(name: Compression, needs: () => string | null): void {
  const missing = needs()
  if (missing !== null) throw new ProtocolError('INVALID_VALUE', `${name} needs ${missing}`)
}

// Each library throws its own errors for damaged bytes; callers get one kind of error.
function guarded(name: Compression, decompress: () => Uint8Array): Uint8Array {
  try {
    return decompress()
  } catch (cause) {
    if (cause instanceof ProtocolError) throw cause
    const why = isError(cause) ? cause.message : String(cause)
    throw new ProtocolError('CORRUPT_BATCH', `${name} can't be decompressed: ${why}`, { cause })
  }
}

function withinLimit(bytes: Uint8Array, limitBytes: number): Uint8Array {
  if (bytes.byteLength <= limitBytes) return bytes
  throw new RangeError(`it has ${bytes.byteLength} bytes, but at most ${limitBytes} are allowed`)
}
