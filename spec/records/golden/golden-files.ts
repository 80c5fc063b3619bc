// The golden batches for the specs: the bytes that Apache's Java code wrote, and the records that
// it was given, from manifest.json. regenerate.sh writes them again.

import { readFileSync } from 'node:fs'

export interface GoldenRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
}

export interface GoldenBatch {
  readonly baseOffset: number
  readonly partitionLeaderEpoch: number
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly transactional: boolean
  readonly logAppendTime: boolean
  readonly maxTimestamp: number
  readonly records: readonly GoldenRecord[]
}

export interface GoldenFile {
  /** `keyed-gzip.bin` */
  readonly file: string
  /** `keyed`: shared by the files with the same contents in other codecs. */
  readonly content: string
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly bytes: Buffer
  readonly batches: readonly GoldenBatch[]
}

/** Every golden file: eleven contents, five codecs (large contents have no uncompressed file). */
export function goldenFiles(): GoldenFile[] {
  const manifest = JSON.parse(read('manifest.json').toString()) as Manifest
  return manifest.files.map((entry) => ({
    ...entry,
    bytes: read(entry.file),
    batches: (manifest.contents[entry.content] ?? []).map(batchOf),
  }))
}

interface Manifest {
  readonly files: readonly Pick<GoldenFile, 'file' | 'content' | 'compression'>[]
  readonly contents: Readonly<Record<string, readonly ManifestBatch[]>>
}

interface ManifestBatch extends Omit<GoldenBatch, 'producerId' | 'records'> {
  readonly producerId: string
  readonly records: readonly ManifestRecord[]
}

interface ManifestRecord extends Pick<GoldenRecord, 'offset' | 'timestamp'> {
  readonly key: Coded
  readonly value: Coded
  readonly headers: readonly (readonly [key: string, value: Coded])[]
}

/** Base64, or a part of base64 repeated a number of times. */
type Coded = string | null | { readonly piece: string; readonly times: number }

function batchOf(batch: ManifestBatch): GoldenBatch {
  return { ...batch, producerId: BigInt(batch.producerId), records: batch.records.map(recordOf) }
}

function recordOf({ offset, timestamp, key, value, headers }: ManifestRecord): GoldenRecord {
  return {
    offset,
    timestamp,
    key: bytesOf(key),
    value: bytesOf(value),
    headers: headers.map(([name, content]) => ({
      key: Buffer.from(name, 'base64').toString(),
      value: bytesOf(content),
    })),
  }
}

function bytesOf(coded: Coded): Buffer | null {
  if (coded === null) return null
  if (typeof coded === 'string') return Buffer.from(coded, 'base64')
  const piece = Buffer.from(coded.piece, 'base64')
  return Buffer.alloc(piece.length * coded.times, piece)
}

function read(name: string): Buffer {
  return readFileSync(new URL(name, import.meta.url))
}
