import { describe, expect, it } from 'vitest'
import { readHeader } from '../../lib/records/batch-header.ts'
import { checkFrame } from '../../lib/records/batch-reader.ts'
import { PartitionLog } from '../../lib/testing/partition-log.ts'
import { batch } from '../support/batches.ts'

function logOf(...batches: Uint8Array[]): PartitionLog {
  const log = new PartitionLog()
  for (const bytes of batches) log.append(bytes, readHeader(bytes), 3, null)
  return log
}

function timed(...timestamps: number[]) {
  return batch({ records: timestamps.map((timestamp) => ({ timestamp })) })
}

describe('PartitionLog', () => {
  it('gives records the next offsets and does not change the received bytes', () => {
    const bytes = timed(1, 2, 3)
    const before = Buffer.from(bytes)

    const log = logOf(timed(1), bytes, timed(4))

    expect(bytes).toEqual(before)
    expect([...log.records()].map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4])
    expect(log.nextOffset).toBe(5)
    expect(readHeader(log.batches[1]!.bytes)).toMatchObject({
      baseOffset: 1,
      partitionLeaderEpoch: 3,
    })
  })

  it('keeps every batch valid, also with the time of the broker', () => {
    const log = new PartitionLog()
    const bytes = timed(5, 9)

    log.append(bytes, readHeader(bytes), 0, 777)

    expect(checkFrame(log.batches[0]!.bytes)).toMatchObject({ attributes: 8, maxTimestamp: 777 })
    expect([...log.records()].map(({ timestamp }) => timestamp)).toEqual([777, 777])
  })

  it('reads from the batch that contains the offset: at least one, and whole batches within the limit', () => {
    const log = logOf(timed(1, 2), timed(3, 4), timed(5))
    const size = timed(1, 2).byteLength
    const offsets = (offset: number, bytesMax: number) =>
      log.read(offset, bytesMax).map(({ baseOffset }) => baseOffset)

    expect(offsets(0, 0)).toEqual([0])
    expect(offsets(1, 2 * size)).toEqual([0, 2])
    expect(offsets(2, 1_000_000)).toEqual([2, 4])
    expect(offsets(4, 1)).toEqual([4])
    expect(offsets(5, 1_000_000)).toEqual([])
  })

  it('finds the first record that is not older than a given time', () => {
    const log = logOf(timed(10, 30, 20), timed(5), timed(40))

    expect(log.atTimestamp(0)).toMatchObject({ offset: 0, timestamp: 10 })
    expect(log.atTimestamp(15)).toMatchObject({ offset: 1, timestamp: 30 })
    expect(log.atTimestamp(31)).toMatchObject({ offset: 4, timestamp: 40, leaderEpoch: 3 })
    expect(log.atTimestamp(41)).toBeNull()
  })

  it('begins at the given offset, never moves back, and has nothing before it', () => {
    const log = logOf(timed(10, 30, 20), timed(5), timed(40))
    log.deleteBefore(2)
    expect([...log.records()].map(({ offset }) => offset)).toEqual([2, 3, 4])
    expect(log.batches).toHaveLength(3)
    expect(log.atTimestamp(15)).toMatchObject({ offset: 2, timestamp: 20 })

    log.deleteBefore(3)
    log.deleteBefore(1)
    expect([log.startOffset, log.nextOffset]).toEqual([3, 5])
    expect(log.batches).toHaveLength(2)
    expect(log.read(3, 1e6)).toHaveLength(2)

    for (const wrong of [6, -2, 0.5]) {
      expect(() => log.deleteBefore(wrong)).toThrow(`cannot begin at ${wrong}; it must be 0 to 5`)
    }
    log.deleteBefore(-1)
    expect([...log.records()]).toEqual([])
    expect(log.append(timed(1), readHeader(timed(1)), 3, null).baseOffset).toBe(5)
  })

  it('finds the first of the newest records, which need not be the last record', () => {
    expect(logOf(timed(1, 50, 50), timed(50), timed(2)).newest()).toMatchObject({ offset: 1 })
    expect(logOf().newest()).toBeNull()
  })
})
