// The control batch that ends a transaction in one partition: one record, whose key says whether the
// transaction was committed. It takes an offset like any other record.
//
//   key [version:int16 0][type:int16 0 abort, 1 commit], value [version:int16 0][coordinator epoch:int32]
//
// Written only by the broker model, as WriteTxnMarkers makes a leader do it.

import {
  attributesAt,
  baseSequenceAt,
  baseTimestampAt,
  batchLengthAt,
  controlFlag,
  crcAt,
  headerBytes,
  lengthOverhead,
  magicAt,
  maxTimestampAt,
  producerEpochAt,
  producerIdAt,
  recordCountAt,
  transactionalFlag,
} from '../records/batch-header.ts'
import { crc32c } from '../records/checksum.ts'

/** The transaction that has ended, and how. */
export interface Marker {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly committed: boolean
}

/** A record's length, attributes, time and offset deltas, then key, value and no headers. */
const recordBytes = 17

export function markerBatch({ producerId, producerEpoch, committed }: Marker, now: number): Buffer {
  const bytes = Buffer.alloc(headerBytes + recordBytes)
  bytes.writeInt32BE(bytes.length - lengthOverhead, batchLengthAt)
  bytes.writeInt8(2, magicAt)
  bytes.writeInt16BE(transactionalFlag | controlFlag, attributesAt)
  bytes.writeBigInt64BE(BigInt(now), baseTimestampAt)
  bytes.writeBigInt64BE(BigInt(now), maxTimestampAt)
  bytes.writeBigInt64BE(producerId, producerIdAt)
  bytes.writeInt16BE(producerEpoch, producerEpochAt)
  bytes.writeInt32BE(-1, baseSequenceAt)
  bytes.writeInt32BE(1, recordCountAt)
  const record = [(recordBytes - 1) * 2, 0, 0, 0, 8, 0, 0, 0, committed ? 1 : 0, 12]
  bytes.set([...record, 0, 0, 0, 0, 0, 0, 0], headerBytes)
  bytes.writeUInt32BE(crc32c(bytes, attributesAt), crcAt)
  return bytes
}
