import type { Settings } from '../config/settings.ts'

// How many bytes batches may have while the gate is open, and how much of buffer.memory must stay free.
//
// The first is what the next requests can take: one for each broker, with a batch for each partition that
// it leads, up to max.request.size, and at most a megabyte, because live objects cost time. Measured with
// batches of 128 KiB: 10,000 keys over 100 partitions cost 2.7 CPU s per million records within 128 KiB,
// 1.6 within 512, 1.5 within 1024. Records of 1 KiB over 12 partitions, the first 200,000 of a process: 6.0
// within 512, 5.5 within 1024. It is at least two batches, so that one can be filled while the other is
// sent: that saves a tenth of a record's cost with a single partition. Asked by headroom.ts when leaders
// have changed, or a topic is new.

/** For one broker, unless one batch is larger. */
const aheadMax = 1024 * 1024

/** The room for the next record, if a batch is smaller. */
const roomUsual = 64 * 1024

/** However little memory there is: its smallest buffer. */
const roomMin = 1024

/** Beside the cost of so many bytes of small records, the cost of a batch is small. */
const worthwhileUsual = 8 * 1024

/** `led` has the number of partitions that each broker leads. */
export function gateBytes(
  { maxRequestSize, batchSize }: Pick<Settings, 'maxRequestSize' | 'batchSize'>,
  led: Iterable<number>,
): number {
  const one = Math.min(maxRequestSize, batchSize)
  const most = Math.max(one, Math.min(maxRequestSize, aheadMax))
  let bytes = 0
  for (const partitions of led) bytes += Math.min(most, partitions * batchSize)
  return shortOf(Math.max(bytes, 2 * one, 1))
}

/**
 * How much of buffer.memory stays free for the next record: a batch, but at least 64 KiB, because a record
 * may be larger than a batch. At most a quarter of all memory, or a small memory would rarely have anything
 * in flight; at least the smallest buffer. Buffers come in doubling sizes, so a record of half as much
 * surely finds room.
 */
export function roomBytes({
  batchSize,
  bufferMemory,
}: Pick<Settings, 'batchSize' | 'bufferMemory'>): number {
  const usual = Math.min(Math.max(batchSize, roomUsual), bufferMemory / 4)
  return Math.max(usual, Math.min(roomMin, bufferMemory))
}

/**
 * How many bytes may wait for their transaction before its source stops: a megabyte, because they are
 * collected while another transaction commits. All of it is put into batches at once, whose buffers may be
 * twice as large and have to find room: so at most an eighth of buffer.memory.
 */
export function runUpBytes({ bufferMemory }: Pick<Settings, 'bufferMemory'>): number {
  return Math.min(aheadMax, bufferMemory / 8)
}

/** From so many bytes on, a batch need not wait for more: half a batch, at most 8 KiB. */
export function worthwhileBytes({ batchSize }: Pick<Settings, 'batchSize'>): number {
  return Math.min(worthwhileUsual, batchSize / 2)
}

/**
 * A little less: the record that fills the last batch completely begins another one, and with the gate shut
 * that batch would be sent with a single record.
 */
function shortOf(nextRequests: number): number {
  return nextRequests - Math.min(nextRequests / 16, 1024)
}
