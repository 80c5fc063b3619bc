import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Batch } from '../../lib/accumulator/batch.ts'
import { Memory } from '../../lib/accumulator/memory.ts'
import { splitBatch } from '../../lib/accumulator/split.ts'
import { checkBatch } from '../../lib/records/batch-reader.ts'
import { codecs } from '../../lib/records/compression.ts'
import { batchOf } from '../support/batch-of.ts'
import { CountingToken, type EnvelopeSpec } from '../support/envelopes.ts'
import { recordsOf } from '../support/roll-of.ts'

const stamp = { producerId: -1n, producerEpoch: -1, baseSequence: -1 }

const record: fc.Arbitrary<EnvelopeSpec> = fc.record({
  key: fc.option(fc.string(), { nil: null }),
  value: fc.option(fc.string({ maxLength: 300 }), { nil: null }),
  timestamp: fc.nat(2 ** 40),
  headers: fc.option(
    fc.array(fc.record({ key: fc.string(), value: fc.option(fc.string(), { nil: null }) }), {
      maxLength: 2,
    }),
    { nil: null },
  ),
})

/** A batch that was sent and returned. */
function refused(records: readonly (string | EnvelopeSpec)[], settings = {}) {
  const made = batchOf(records, settings)
  made.batch.close()
  made.batch.depart(stamp, 0)
  made.batch.landed()
  return made
}

function contents(chunks: readonly Uint8Array[]) {
  return checkBatch(Buffer.concat(chunks)).records.map(({ offset: _, ...rest }) => rest)
}

function timestampsOf(batch: Batch): number[] {
  return recordsOf(batch).map((_, index) => batch.timestampOf(index))
}

describe('splitBatch', () => {
  it.each(['none', 'gzip', 'snappy'] as const)('keeps every record, in order: %s', (name) => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 2, maxLength: 12 }), (records) => {
        const { batch, memory } = refused(records, { codec: codecs[name] })
        const before = contents(batch.chunks)
        const givers = recordsOf(batch)
        const timestamps = timestampsOf(batch)
        const parts = splitBatch(batch)!
        for (const part of parts) part.depart(stamp, 0)

        expect(parts.flatMap((part) => contents(part.chunks))).toEqual(before)
        expect(parts.flatMap((part) => recordsOf(part))).toEqual(givers)
        expect(parts.flatMap(timestampsOf)).toEqual(timestamps)
        expect(parts.every((part) => part.count > 0)).toBe(true)
        expect(memory.held).toBe(parts.reduce((sum, part) => sum + part.held, 0))
        for (const part of parts) {
          expect(part.held).toBe(part.size)
          part.landed()
          part.acknowledge(0, -1)
        }
        expect(memory.held).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  it('makes halves of about the same size', () => {
    const { batch } = refused(['x'.repeat(10), 'y'.repeat(10), 'z'.repeat(700), 'end'])
    expect(splitBatch(batch)!.map(({ count }) => count)).toEqual([2, 2])
    const { batch: top } = refused(['x'.repeat(700), 'a', 'b', 'c'])
    expect(splitBatch(top)!.map(({ count }) => count)).toEqual([1, 3])
  })

  it('is fast with many small records', () => {
    const { batch } = refused(Array(40_000).fill('x'), { batchSize: 1 << 20, capacity: 1 << 19 })
    const counts = splitBatch(batch)!.map(({ count }) => count)
    expect(counts[0]! + counts[1]!).toBe(40_000)
    expect(Math.abs(counts[0]! - counts[1]!)).toBeLessThan(2000)
  })

  it('passes on the age, the doubt, the last error and the waiting flushes', () => {
    const token = new CountingToken()
    const { batch } = refused([{ token }, {}], { now: 123 })
    batch.doubt = true
    batch.undecided = true
    const parts = splitBatch(batch)!
    expect(token.holds).toBe(2)
    for (const part of parts) {
      expect(part).toMatchObject({ createdAt: 123, doubt: true, undecided: true })
      expect(batch.settled).toBe(false)
      part.fail()
      part.reported()
    }
    expect(batch.settled).toBe(true)
    expect(token.ends).toBe(1)
  })

  it('keeps within buffer.memory: without room for the parts, nothing changes', () => {
    const memory = new Memory({ limit: 2048, batchSize: 1024 })
    const { batch } = refused(['x'.repeat(470), 'y'.repeat(470)], { memory, batchSize: 1024 })
    memory.adopt(Buffer.alloc(1024))
    const before = contents(batch.chunks)
    expect(splitBatch(batch)).toBeNull()
    expect(memory.held).toBe(2048)
    expect(batch.state).toBe('inFlight')
    expect(recordsOf(batch)).toHaveLength(2)
    expect(contents(batch.chunks)).toEqual(before)

    memory.give(Buffer.alloc(1024))
    expect(splitBatch(batch)).toHaveLength(2)
    expect(memory.held).toBeLessThanOrEqual(memory.limit)
  })
})
