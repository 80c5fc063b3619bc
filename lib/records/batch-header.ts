// The 61 bytes that open every record batch (v2): where each field is, and all of them at once.
//
//   [baseOffset:8][batchLength:4][partitionLeaderEpoch:4][magic:1][crc:4][attributes:2]
//   [lastOffsetDelta:4][baseTimestamp:8][maxTimestamp:8][producerId:8][producerEpoch:2]
//   [baseSequence:4][recordCount:4] then the records, raw or as one compressed stream
//
// The checksum covers everything from `attributes` on, so a broker may set the fields before it.

export const baseOffsetAt = 0
export const batchLengthAt = 8
export const partitionLeaderEpochAt = 12
export const magicAt = 16
export const crcAt = 17
export const attributesAt = 21
export const lastOffsetDeltaAt = 23
export const baseTimestampAt = 27
export const maxTimestampAt = 35
export const producerIdAt = 43
export const producerEpochAt = 51
export const baseSequenceAt = 53
export const recordCountAt = 57

/** The bytes of the header; the records begin here. */
export const headerBytes = 61
/** `batchLength` counts the bytes after itself: the whole batch is this much longer. */
export const lengthOverhead = 12

/** Bits of `attributes`: the codec's id, and the flags. */
export const codecMask = 0b111
export const logAppendTimeFlag = 0b1000
export const transactionalFlag = 0b1_0000
export const controlFlag = 0b10_0000

/** A batch's description of itself. Offsets and timestamps are numbers, exact up to 2^53. */
export interface BatchHeader {
  readonly baseOffset: number
  /** Bytes after this field; {@link BatchHeader.byteLength} is 12 more. */
  readonly batchLength: number
  readonly partitionLeaderEpoch: number
  readonly magic: number
  readonly crc: number
  readonly attributes: number
  readonly lastOffsetDelta: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
  /** The bytes of the whole batch, including the header. */
  readonly byteLength: number
}

/** Reads the header that begins at `at`. The caller made sure that {@link headerBytes} are there. */
export function readHeader(bytes: Uint8Array, at = 0): BatchHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, headerBytes)
  const batchLength = view.getInt32(batchLengthAt)
  return {
    baseOffset: int64(view, baseOffsetAt),
    batchLength,
    partitionLeaderEpoch: view.getInt32(partitionLeaderEpochAt),
    magic: view.getInt8(magicAt),
    crc: view.getUint32(crcAt),
    attributes: view.getInt16(attributesAt),
    lastOffsetDelta: view.getInt32(lastOffsetDeltaAt),
    baseTimestamp: int64(view, baseTimestampAt),
    maxTimestamp: int64(view, maxTimestampAt),
    producerId: view.getBigInt64(producerIdAt),
    producerEpoch: view.getInt16(producerEpochAt),
    baseSequence: view.getInt32(baseSequenceAt),
    recordCount: view.getInt32(recordCountAt),
    byteLength: batchLength + lengthOverhead,
  }
}

/** The fields that a broker writes into a batch it appends: its offset and the leader epoch. */
export function assignOffset(bytes: Uint8Array, baseOffset: number, leaderEpoch: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes)
  view.setBigInt64(baseOffsetAt, BigInt(baseOffset))
  view.setInt32(partitionLeaderEpochAt, leaderEpoch)
}

function int64(view: DataView, at: number): number {
  return view.getInt32(at) * 0x1_0000_0000 + view.getUint32(at + 4)
}
