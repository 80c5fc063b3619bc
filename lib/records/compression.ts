// The codecs of a record batch, by name and by the id in its attributes. Each takes the bytes of all
// records at once and gives one stream, framed as Apache's Java client frames it.
// lz4 and zstd have their ids here and no code: using one is an error that says so.

import { constants, gunzipSync, gzipSync } from 'node:zlib'
import { ProtocolError } from '../errors/protocol-error.ts'
import { compressSnappy, decompressSnappy } from './snappy.ts'

/** The codecs of Kafka, as `compression.type` spells them. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** `limitBytes` bounds what comes out, so that a small input can't fill the memory. */
export type Decompress = (bytes: Uint8Array, limitBytes: number) => Uint8Array

/** One way to compress. */
export interface Codec {
  readonly name: Compression
  /** Bits 0 to 2 of a batch's attributes. */
  readonly id: number
  /** Whether this build can compress with it. */
  readonly canCompress: boolean
  /** Whether this build can decompress it. */
  readonly canDecompress: boolean
  /** The bytes as one stream. `none` gives back what it got. `level` is gzip's, 1 to 9. */
  compress(bytes: Uint8Array, level?: number): Uint8Array
  /** The bytes of the stream. Throws a ProtocolError where they are damaged, or above the limit. */
  readonly decompress: Decompress
}

/** By the names that `compression.type` takes. */
export const codecs: Readonly<Record<Compression, Codec>> = {
  none: codec('none', 0, (bytes) => bytes, withinLimit),
  gzip: codec(
    'gzip',
    1,
    (bytes, level = constants.Z_DEFAULT_COMPRESSION) => gzipSync(bytes, { level }),
    (bytes, limitBytes) => gunzipSync(bytes, { maxOutputLength: limitBytes }),
  ),
  snappy: codec('snappy', 2, compressSnappy, decompressSnappy),
  lz4: codec('lz4', 3),
  zstd: codec('zstd', 4),
}

const byId = Object.values(codecs)

/** The codec with this id; undefined for 5 to 7, which Kafka has not given out. */
export function codecById(id: number): Codec | undefined {
  return byId[id]
}

function codec(
  name: Compression,
  id: number,
  compress?: Codec['compress'],
  decompress?: Decompress,
): Codec {
  return {
    name,
    id,
    canCompress: compress !== undefined,
    canDecompress: decompress !== undefined,
    compress: compress ?? (() => unavailable(name)),
    decompress: decompress === undefined ? () => unavailable(name) : guarded(name, decompress),
  }
}

// Damaged bytes surface as whatever the library at hand throws; callers see one kind of error.
function guarded(name: Compression, decompress: Decompress): Decompress {
  return (bytes, limitBytes) => {
    try {
      return decompress(bytes, limitBytes)
    } catch (cause) {
      if (cause instanceof ProtocolError) throw cause
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new ProtocolError('CORRUPT_BATCH', `${name} can't be decompressed: ${why}`, { cause })
    }
  }
}

function withinLimit(bytes: Uint8Array, limitBytes: number): Uint8Array {
  if (bytes.byteLength <= limitBytes) return bytes
  throw new RangeError(`${bytes.byteLength} bytes, where at most ${limitBytes} are allowed`)
}

function unavailable(name: Compression): never {
  throw new ProtocolError('INVALID_VALUE', `the codec ${name} is not available in this version`)
}
