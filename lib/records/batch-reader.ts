// Reads record batches: all their records, and whether they keep the rules that a broker enforces. The
// other direction, batch-writer.ts, shares nothing with this file but the header's layout, so each proves
// the other. Used by the mock cluster, by specs, and to split a batch that a broker found too large.
//
//   record = [length:varint][attributes:int8][timestampDelta:varlong][offsetDelta:varint]
//            [key][value][headers:varint]([name][value])*       each a varint length and bytes
//
// A null has the length -1; any length below 0 is read as null, as by Kafka (DefaultRecord.readFrom).

import { Reader } from '../bytes/reader.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import {
  attributesAt,
  type BatchHeader,
  codecMask,
  headerBytes,
  lengthOverhead,
  logAppendTimeFlag,
  readHeader,
} from './batch-header.ts'
import { crc32c } from './checksum.ts'
import { type Compression, codecById, type Decompress } from './compression.ts'

/** A record in a log. Key, value and headers are views of the (decompressed) batch. */
export interface LogRecord {
  readonly offset: number
  /** Milliseconds since 1970; the broker's if the batch has the log append time. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly LogHeader[]
}

export interface LogHeader {
  readonly key: string
  readonly value: Uint8Array | null
}

export interface Batch {
  readonly header: BatchHeader
  /** Its bytes without compression, including the header. */
  readonly uncompressedBytes: number
  /** All of them in an array, which takes some twenty times the bytes of the smallest records. */
  readonly records: readonly LogRecord[]
  /** The same one by one, for foreign batches: none is kept. */
  readonly walk: () => Generator<LogRecord, void>
}

/** Decoders to use instead of those of compression.ts, or for codecs that are missing here. */
export type Decoders = Readonly<Partial<Record<Compression, Decompress>>>

// The maximum uncompressed size of a batch: far more than any broker accepts, and harmless.
const uncompressedBytesMax = 512 * 1024 * 1024

/** The smallest record: one byte for each of its lengths, deltas, attributes and counts. */
const recordBytesMin = 7

/**
 * The maximum number of records and headers of a foreign batch: more than a megabyte of the smallest
 * records has when compressed eight to one. As objects they take up to 500 MB.
 */
export const foreignItemsMax = 2 ** 21

/**
 * All batches in `bytes`, one after the other. Does not verify checksums. Refuses a batch with more records
 * and headers than `itemsMax`, which callers set for foreign batches.
 */
export function readBatches(
  bytes: Uint8Array,
  decoders: Decoders = {},
  itemsMax = Number.POSITIVE_INFINITY,
): Batch[] {
  const batches: Batch[] = []
  for (let at = 0; at < bytes.byteLength; ) {
    const { byteLength } = frameOf(bytes.subarray(at))
    const opened = openBatch(bytes.subarray(at, at + byteLength), decoders, itemsMax)
    const { header, uncompressedBytes, walk } = opened
    batches.push({ header, uncompressedBytes, walk, records: [...walk()] })
    at += byteLength
  }
  return batches
}

/**
 * The batch that fills `bytes`, if a broker would accept it from a producer.
 *
 * Throws a ProtocolError that says what is wrong and where: magic, length, checksum, counts, offset deltas,
 * trailing bytes, the codec's stream, or the maximum timestamp.
 */
export function checkBatch(bytes: Uint8Array, decoders: Decoders = {}): Batch {
  const header = checkFrame(bytes)
  const { recordCount, lastOffsetDelta } = header
  if (recordCount <= 0) throw corrupt(`it counts ${recordCount} records`)
  if (lastOffsetDelta !== recordCount - 1) {
    throw corrupt(
      `it counts ${recordCount} records, but its last offset delta is ${lastOffsetDelta}`,
    )
  }

  const batch = openBatch(bytes, decoders, foreignItemsMax)
  let index = 0
  let newest = Number.NEGATIVE_INFINITY
  for (const { offset, timestamp } of batch.walk()) {
    const delta = offset - header.baseOffset
    if (delta !== index) throw corrupt(`record ${index} has the offset delta ${delta}`)
    newest = Math.max(newest, timestamp)
    index += 1
  }
  if (newest !== header.maxTimestamp) {
    throw corrupt(`its maximum timestamp is ${header.maxTimestamp}, its newest record's ${newest}`)
  }
  return batch
}

/** The header of the batch that fills `bytes`, if its magic, length and checksum are right. */
export function checkFrame(bytes: Uint8Array): BatchHeader {
  const header = frameOf(bytes)
  if (header.byteLength !== bytes.byteLength) {
    throw corrupt(`it announces ${header.byteLength} bytes, but has ${bytes.byteLength}`)
  }
  const crc = crc32c(bytes, attributesAt)
  if (crc !== header.crc) throw corrupt(`its checksum is ${header.crc}, its bytes give ${crc}`)
  return header
}

/** The first batch's header, if the whole batch is there. */
function frameOf(bytes: Uint8Array): BatchHeader {
  if (bytes.byteLength < headerBytes) {
    throw corrupt(`${bytes.byteLength} bytes are too few for its header of ${headerBytes}`)
  }
  const header = readHeader(bytes)
  if (header.magic !== 2) throw corrupt(`its magic is ${header.magic}, not 2`)
  if (header.batchLength < headerBytes - lengthOverhead || header.byteLength > bytes.byteLength) {
    throw corrupt(
      `its length is ${header.batchLength}, but ${bytes.byteLength - lengthOverhead} bytes follow`,
    )
  }
  return header
}

/** The batch that fills `bytes`, decompressed; its records are read when needed. */
export function openBatch(
  bytes: Uint8Array,
  decoders: Decoders = {},
  itemsMax = Number.POSITIVE_INFINITY,
): Batch {
  const header = readHeader(bytes)
  const codec = codecById(header.attributes & codecMask)
  if (!codec) throw corrupt(`no codec has the id ${header.attributes & codecMask}`)
  const { recordCount } = header
  if (recordCount > itemsMax) {
    throw corrupt(`it counts ${recordCount} records, where ${itemsMax} are read`)
  }
  const decompress = decoders[codec.name] ?? codec.decompress
  const payload = decompress(bytes.subarray(headerBytes), uncompressedBytesMax)
  const countMax = Math.floor(payload.byteLength / recordBytesMin)
  if (recordCount > countMax) {
    throw corrupt(`it counts ${recordCount} records, and its bytes can hold ${countMax}`)
  }
  return {
    header,
    uncompressedBytes: headerBytes + payload.byteLength,
    walk: () => walk(payload, header, itemsMax),
    get records() {
      return [...walk(payload, header, itemsMax)]
    },
  }
}

function* walk(
  payload: Uint8Array,
  header: BatchHeader,
  itemsMax: number,
): Generator<LogRecord, void> {
  const reader = new Reader(payload)
  let room = itemsMax
  for (let index = 0; index < header.recordCount; index += 1) {
    const record = readRecord(reader, header, index, room - 1)
    room -= 1 + record.headers.length
    yield record
  }
  if (reader.remaining > 0) {
    throw corrupt(`${reader.remaining} bytes follow its ${header.recordCount} records`)
  }
}

function readRecord(
  reader: Reader,
  header: BatchHeader,
  index: number,
  headersMax: number,
): LogRecord {
  try {
    if (headersMax < 0) throw corrupt('with the headers before it, it is more than is read')
    return recordOf(reader, header, headersMax)
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    throw corrupt(`record ${index} of ${header.recordCount}: ${cause.message}`, cause)
  }
}

function recordOf(reader: Reader, header: BatchHeader, headersMax: number): LogRecord {
  const length = reader.varint()
  const end = reader.position + length
  reader.int8()
  const timestampDelta = reader.varlong()
  const offsetDelta = reader.varint()
  const key = readNullable(reader)
  const value = readNullable(reader)
  const headers = readHeaders(reader, headersMax)
  if (reader.position !== end) {
    throw corrupt(`its length is ${length}, its fields take ${length + reader.position - end}`)
  }
  const ofBroker = (header.attributes & logAppendTimeFlag) !== 0
  return {
    offset: header.baseOffset + offsetDelta,
    timestamp: ofBroker ? header.maxTimestamp : header.baseTimestamp + timestampDelta,
    key,
    value,
    headers,
  }
}

const noHeaders: readonly LogHeader[] = []

function readHeaders(reader: Reader, countMax: number): readonly LogHeader[] {
  const count = reader.varint()
  if (count === 0) return noHeaders
  if (count < 0 || count > countMax) {
    throw corrupt(`it counts ${count} headers, where 0 to ${countMax} are read`)
  }
  const headers: LogHeader[] = []
  for (let index = 0; index < count; index++) {
    const name = readNullable(reader)
    if (name === null) throw corrupt(`the name of header ${index} is null`)
    headers.push({ key: Buffer.from(name).toString(), value: readNullable(reader) })
  }
  return headers
}

function readNullable(reader: Reader): Uint8Array | null {
  const length = reader.varint()
  return length < 0 ? null : reader.bytes(length)
}

function corrupt(why: string, cause?: unknown): ProtocolError {
  return new ProtocolError('CORRUPT_BATCH', why, { cause })
}
