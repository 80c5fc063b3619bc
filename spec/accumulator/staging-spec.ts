import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Accumulator } from '../../lib/accumulator/accumulator.ts'
import type { Batch } from '../../lib/accumulator/batch.ts'
import { Memory } from '../../lib/accumulator/memory.ts'
import type { Lease } from '../../lib/accumulator/partition-queue.ts'
import { Staging } from '../../lib/accumulator/staging.ts'
import type { Envelope } from '../../lib/model.ts'
import { codecs } from '../../lib/records/compression.ts'
import { sizeOfRecord } from '../../lib/records/record-fields.ts'
import { batch as plainly } from '../support/batches.ts'
import { CountingToken, envelope } from '../support/envelopes.ts'
import { FakeClock } from '../support/fake-runtime.ts'
import { recordsOf } from '../support/roll-of.ts'

// Records of paced sources are staged, and written into their batches many at a time. This changes
// neither what is sent nor the account of memory.

const everything = Number.POSITIVE_INFINITY
const stamp = { producerId: 1n, producerEpoch: 0, baseSequence: 0 }

function accumulatorOf({ batchSize = 4096, lingerMs = 10 } = {}) {
  const clock = new FakeClock()
  const memory = new Memory({ limit: 1 << 22, batchSize })
  const leases: Lease[] = []
  const expired: Batch[] = []
  const accumulator = new Accumulator(
    {
      batchSize,
      codec: codecs.none,
      compressionLevel: undefined,
      lingerMs,
      deliveryTimeoutMs: 1000,
    },
    memory,
    clock,
    {
      due: (lease) => leases.push(lease),
      expired: (batch) => {
        batch.fail()
        expired.push(batch)
      },
    },
  )
  return { accumulator, clock, memory, leases, expired }
}

/** Everything that is due, each batch as it is sent, and then reported. */
function taken(leases: Lease[]): { partition: number; values: unknown[]; bytes: Buffer }[] {
  const all = []
  for (let lease = leases.shift(); lease !== undefined; lease = leases.shift()) {
    const batch = lease.take(everything)!
    const values = recordsOf(batch).map(({ value }) => value)
    expect(batch.count).toBe(values.length)
    batch.depart(stamp, 0)
    all.push({ partition: batch.partition, values, bytes: Buffer.concat(batch.chunks) })
    batch.landed()
    batch.acknowledge(0, -1)
    batch.reported()
  }
  return all
}

function plain({ timestamp, key, value, headers }: Envelope) {
  const pairs = headers?.map((header) => [header.key, header.value] as const) ?? []
  return { timestamp, key, value, headers: pairs }
}

function paced(value: string, partition = 0): Envelope {
  return envelope({ value, partition, isPaced: true })
}

const alphabets = ['a', 'aé', 'жд', '世界', '🌍', 'aж世🌍', '\ud83c', '\0é']
const text = fc
  .tuple(fc.constantFrom(...alphabets), fc.oneof(fc.nat(90), fc.nat(1100), fc.constant(63)))
  .map(([alphabet, length]) => alphabet.repeat(length).slice(0, length))
const bytes = fc.oneof(
  { weight: 8, arbitrary: text },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
)
type Drawn = typeof given extends fc.Arbitrary<infer Record> ? Record : never
const given = fc.record({
  partition: fc.nat(2),
  key: fc.oneof(fc.constant(null), bytes),
  value: bytes,
  timestamp: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }),
  headers: fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant([{ key: 'h', value: 'x' }]) },
  ),
  isPaced: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.boolean()),
  isSticky: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.boolean()),
})

/** A record for its partition, which `isSticky` leaves to the sticky choice. */
function placed({ isSticky, partition, ...record }: Drawn): Envelope {
  if (!isSticky) return envelope({ ...record, partition })
  return envelope({
    ...record,
    partition: -1,
    sticky: { partition: () => partition, appended() {} },
  })
}

describe('staged records', () => {
  it('are in their batches as if each had been written at once, in order, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(given, { minLength: 1, maxLength: 150, size: 'max' }), (records) => {
        const { accumulator, leases, memory } = accumulatorOf()
        const envelopes = records.map(placed)
        const allOf = (partition: number) =>
          envelopes.filter((_, index) => records[index]!.partition === partition)
        for (const one of envelopes) expect(accumulator.append(one)).toBe(true)
        accumulator.press()
        const seen = new Map<number, unknown[]>([0, 1, 2].map((partition) => [partition, []]))
        for (const { partition, values, bytes } of taken(leases)) {
          const of = allOf(partition)
          const from = seen.get(partition)!.length
          const own = of.slice(from, from + values.length)
          expect(bytes.toString('hex')).toBe(
            plainly({ ...stamp, records: own.map(plain) }).toString('hex'),
          )
          const size = 61 + sizeOfRecord(0, 0, own[0]!.key, own[0]!.value, own[0]!.headers)
          if (own.length > 1) expect(bytes.length).toBeLessThanOrEqual(Math.max(4096, size))
          seen.get(partition)!.push(...values)
        }
        for (const [partition, values] of seen) {
          expect(values).toEqual(allOf(partition).map(({ value }) => value))
        }
        expect([accumulator.queuedBytes, accumulator.queuedBatches, memory.held]).toEqual([0, 0, 0])
      }),
      { numRuns: 150 },
    )
  })

  it('are counted among the queued bytes', () => {
    const { accumulator, leases } = accumulatorOf()
    for (const value of ['first', 'second', 'third']) accumulator.append(paced(value))
    const sizes = ['first', 'second', 'third'].map((value, index) =>
      sizeOfRecord(index, 0, null, value, null),
    )
    expect(accumulator.queuedBytes).toBe(61 + sizes.reduce((sum, size) => sum + size))
    accumulator.press()
    taken(leases)
    expect(accumulator.queuedBytes).toBe(0)
  })

  it('count as they did at first, even if their strings turn out to be longer when they are written', () => {
    const { accumulator, leases } = accumulatorOf()
    for (let index = 0; index < 32; index += 1) accumulator.append(paced('é'))
    const told = accumulator.queuedBytes
    expect(accumulator.unreported[0]!.count).toBe(32)
    expect([accumulator.queuedBytes, accumulator.unreported[0]!.estimate]).toEqual([told, told])
    accumulator.press()
    taken(leases)
    expect(accumulator.queuedBytes).toBe(0)
  })

  it('have their results if their open batch is given up', () => {
    const { accumulator, leases } = accumulatorOf()
    for (const value of ['a', 'b', 'c']) accumulator.append(paced(value))
    accumulator.press()
    const batch = leases.shift()!.discard()!
    for (const value of ['d', 'e']) accumulator.append(paced(value))
    batch.fail()
    expect(recordsOf(batch).map(({ value }) => value)).toEqual(['a', 'b', 'c'])
    expect([0, 1, 2].map((index) => batch.valueSizeOf(index))).toEqual([1, 1, 1])
    accumulator.press()
    expect(taken(leases).map(({ values }) => values)).toEqual([['d', 'e']])
  })

  it('have their results if their open batch expires', () => {
    const { accumulator, clock, expired } = accumulatorOf({ lingerMs: 5000 })
    for (const value of ['a', 'b', 'c']) accumulator.append(paced(value))
    clock.advance(1000)
    expect(expired.map((batch) => recordsOf(batch).map(({ value }) => value))).toEqual([
      ['a', 'b', 'c'],
    ])
    expect(accumulator.queuedBytes).toBe(0)
  })

  it('are in a batch that a flush waits for', () => {
    const { accumulator, leases } = accumulatorOf()
    const token = new CountingToken()
    for (const value of ['a', 'b']) accumulator.append(paced(value))
    accumulator.cut(token)
    accumulator.append(paced('c'))
    expect(taken(leases).map(({ values }) => values)).toEqual([['a', 'b']])
    expect(token.ends).toBe(1)
  })
})

describe('a Staging', () => {
  it('takes nothing without an open batch, and no more than fits with any characters', () => {
    const staging = new Staging()
    expect(staging.add(paced('v', 7))).toBe(-1)
    expect([staging.bytesOf(7), staging.take(7)]).toEqual([0, null])
    const size = sizeOfRecord(0, 0, null, 'v', null)
    staging.open(7, 1, 1_700_000_000_000, 3 * size)
    expect([staging.add(paced('v', 7)), staging.add(paced('w', 7))]).toEqual([size, -1])
    expect(staging.add(paced('v', 3))).toBe(-1)
    expect(staging.bytesOf(7)).toBe(size)
  })

  it('returns them oldest first, once, and takes none until there is an open batch again', () => {
    const staging = new Staging()
    staging.open(0, 0, 0, 1000)
    const all = ['a', 'b', 'c'].map((value) => paced(value))
    for (const one of all) staging.add(one)
    const values = []
    for (let one = staging.take(0); one !== null; one = one.neighbour) values.push(one.value)
    expect(values).toEqual(['a', 'b', 'c'])
    expect([staging.take(0), staging.bytesOf(0), staging.add(paced('d'))]).toEqual([null, 0, -1])
  })
})
