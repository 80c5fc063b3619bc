// Builds record batches the plain way, byte by byte, without sharing code with the package: what
// specs of the reader and of the mock cluster send. `batch({ records: [{ value: 'a' }] })`.

import { gzipSync } from 'node:zlib'
import { compress as snappy } from 'snappyjs'

export interface RecordSpec {
  readonly key?: string | Uint8Array | null
  readonly value?: string | Uint8Array | null
  readonly headers?: readonly (readonly [string | null, string | Uint8Array | null])[]
  /** Default 1000 + its index. */
  readonly timestamp?: number
  readonly offsetDelta?: number
  /** The length that means null. Default -1. */
  readonly nullLength?: number
}

export interface BatchSpec {
  readonly records: readonly RecordSpec[]
  /** `raw-snappy` is snappy without the xerial frame, as librdkafka writes it. */
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'raw-snappy'
  readonly producerId?: number | bigint
  readonly producerEpoch?: number
  readonly baseSequence?: number
  /** Fields with wrong values. */
  readonly recordCount?: number
  readonly lastOffsetDelta?: number
  readonly maxTimestamp?: number
  readonly magic?: number
  readonly attributes?: number
  readonly batchLength?: number
  readonly crc?: number
  /** Bytes after the records, inside the batch. */
  readonly trailing?: Uint8Array
  /** Compresses instead of the codec that `attributes` name. */
  readonly stream?: (raw: Buffer) => Uint8Array
}

const codecId = { none: 0, gzip: 1, snappy: 2, 'raw-snappy': 2 }

/** The whole batch. */
export function batch(spec: BatchSpec): Buffer {
  const count = spec.records.length
  const timestamps = spec.records.map(timestampOf)
  const base = timestamps[0] ?? -1
  const raw = Buffer.concat([
    ...spec.records.map((record, index) => recordBytes(record, index, base)),
    ...(spec.trailing ? [spec.trailing] : []),
  ])
  const compression = spec.compression ?? 'none'
  const checked = Buffer.concat([
    int(2, spec.attributes ?? codecId[compression]),
    int(4, spec.lastOffsetDelta ?? count - 1),
    int(8, base),
    int(8, spec.maxTimestamp ?? Math.max(...timestamps)),
    int(8, spec.producerId ?? -1),
    int(2, spec.producerEpoch ?? -1),
    int(4, spec.baseSequence ?? -1),
    int(4, spec.recordCount ?? count),
    spec.stream?.(raw) ?? compressed(compression, raw),
  ])
  return Buffer.concat([
    int(8, 0),
    int(4, spec.batchLength ?? 4 + 1 + 4 + checked.length),
    int(4, -1),
    int(1, spec.magic ?? 2),
    int(4, (spec.crc ?? crcBitByBit(checked)) | 0),
    checked,
  ])
}

/** `int`, signed big-endian, in a given number of bytes. */
export function int(bytes: 1 | 2 | 4 | 8, value: number | bigint): Buffer {
  const out = Buffer.alloc(8)
  out.writeBigInt64BE(BigInt(value))
  return out.subarray(8 - bytes)
}

/** Zigzag, then seven bits in each byte, the least significant first. */
export function varint(value: number): Buffer {
  const out: number[] = []
  let left = value < 0 ? BigInt(value) * -2n - 1n : BigInt(value) * 2n
  for (; left > 127n; left >>= 7n) out.push(Number(left & 127n) | 128)
  return Buffer.from([...out, Number(left)])
}

function recordBytes(record: RecordSpec, index: number, base: number): Buffer {
  const headers = record.headers ?? []
  const body = Buffer.concat([
    int(1, 0),
    varint(timestampOf(record, index) - base),
    varint(record.offsetDelta ?? index),
    nullable(record.key, record),
    nullable(record.value, record),
    varint(headers.length),
    ...headers.flatMap(([name, value]) => [nullable(name, record), nullable(value, record)]),
  ])
  return Buffer.concat([varint(body.length), body])
}

function timestampOf(record: RecordSpec, index: number): number {
  return record.timestamp ?? 1000 + index
}

function nullable(
  bytes: string | Uint8Array | null | undefined,
  { nullLength = -1 }: RecordSpec,
): Buffer {
  if (bytes === null || bytes === undefined) return varint(nullLength)
  const content = Buffer.from(bytes as string)
  return Buffer.concat([varint(content.length), content])
}

function compressed(compression: keyof typeof codecId, raw: Buffer): Buffer {
  if (compression === 'gzip') return gzipSync(raw)
  if (compression === 'raw-snappy') return Buffer.from(snappy(raw))
  if (compression === 'none') return raw
  const out = [Buffer.from([0x82]), Buffer.from('SNAPPY\0'), int(4, 1), int(4, 1)]
  for (let at = 0; at < raw.length; at += 32 * 1024) {
    const block = snappy(raw.subarray(at, at + 32 * 1024))
    out.push(int(4, block.length), Buffer.from(block))
  }
  return Buffer.concat(out)
}

/** CRC-32C by its definition, one bit at a time. */
export function crcBitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return ~crc >>> 0
}
