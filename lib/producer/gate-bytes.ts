import type { Settings } from '../config/settings.ts'

// How many bytes may lie in batches while the gate is open, and how much of buffer.memory has to be left.
// The first is what the next requests can take, one for each broker, with a batch for each partition that
// it leads, up to max.request.size; and a megabyte, for what is alive at once has its price. Measured with
// batches of 128 KiB: 10,000 keys over 100 partitions cost 2.7 CPU s a million within 128 KiB, 1.6 within
// 512, 1.5 within 1024; records of 1 KiB over 12 partitions, the first 200,000 of a process, 6.0 within 512
// and 5.5 within 1024.
// And two batches at least, so that one can be filled while the other goes: a tenth of what a record
// costs where there is a single partition.
// Asked by headroom.ts when leaders have changed, or a topic is new.

/** For one broker, unless one batch is larger. */
const aheadMax = 1024 * 1024

/** Room for the next record, where a batch is smaller. */
const roomUsual = 64 * 1024

/** However little memory there is: its smallest buffer. */
const roomMin = 1024

/** What a batch costs is small beside the cost of so many bytes of small records. */
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
 * What of buffer.memory is left to the next record: a batch, and 64 KiB, for a record may be larger
 * than that; but a quarter of all at most, or little would ever be on its way where all is little; and
 * the smallest buffer at least. Buffers come in doubling sizes, so a record of half as much surely
 * finds room.
 */
export function roomBytes({
  batchSize,
  bufferMemory,
}: Pick<Settings, 'batchSize' | 'bufferMemory'>): number {
  const usual = Math.min(Math.max(batchSize, roomUsual), bufferMemory / 4)
  return Math.max(usual, Math.min(roomMin, bufferMemory))
}

/**
 * What may wait for the turn of its transaction before its source stops: a megabyte, for it is filled while
 * another one commits. All of it goes into batches at once, whose buffers may be twice as large and have to
 * find room: so an eighth of buffer.memory at most.
 */
export function runUpBytes({ bufferMemory }: Pick<Settings, 'bufferMemory'>): number {
  return Math.min(aheadMax, bufferMemory / 8)
}

/** Bytes from which on a batch need not wait for more: half a batch, 8 KiB at most. */
export function worthwhileBytes({ batchSize }: Pick<Settings, 'batchSize'>): number {
  return Math.min(worthwhileUsual, batchSize / 2)
}

/**
 * A little less: the record that fills the last batch to the brim begins another, and with the gate
 * shut that one would go out with a single record in it.
 */
function shortOf(nextRequests: number): number {
  return nextRequests - Math.min(nextRequests / 16, 1024)
}
