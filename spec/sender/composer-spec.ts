import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BenchSettings, SenderBench } from '../support/sender-bench.ts'

// What is put into one request, and what is left for the next one. codec-and-threads-spec.ts has
// brokers that are too old for a codec; idempotence-spec.ts has the numbers of sent batches.

function plain(settings: BenchSettings = {}): SenderBench {
  return new SenderBench({ idempotent: false, ...settings })
}

describe('a request', () => {
  // Each record is a batch of 69 bytes.
  it('takes one batch of each partition, in turn, up to max.request.size', () => {
    const bench = plain({ maxRequestSize: 140 })
    bench.dispatch.slots = 0
    for (const value of ['a', 'b']) for (const partition of [0, 1, 2]) bench.give(value, partition)
    bench.dispatch.slots = 5
    bench.turn(() => {})
    expect(bench.dispatch.contents).toEqual(['0:a 1:a', '2:a 0:b', '1:b 2:b'])
  })

  it('takes a batch larger than max.request.size alone', () => {
    const bench = plain({ maxRequestSize: 10 })
    bench.append('a')
    bench.append('b', 1)
    bench.clock.settle()
    expect(bench.dispatch.contents).toEqual(['0:a', '1:b'])
  })

  it('gives the next turn to a batch that did not fit', () => {
    const bench = plain({ maxRequestSize: 150 })
    bench.dispatch.slots = 0
    bench.give('a')
    bench.give('x'.repeat(100), 1)
    bench.give('c', 2)
    bench.dispatch.slots = 1
    bench.turn(() => {})
    expect(bench.dispatch.contents).toEqual(['0:a'])
    bench.turn(() => bench.dispatch.first.succeed(0))
    expect(bench.dispatch.first.contents).toBe(`1:${'x'.repeat(100)}`)
  })

  it('has one batch of each partition, and no more bytes than allowed unless it has only one batch', () => {
    const record = fc.record({ partition: fc.nat(3), length: fc.nat(300) })
    fc.assert(
      fc.property(fc.array(record, { maxLength: 30 }), fc.nat(1000), (records, maxRequestSize) => {
        const bench = plain({ maxRequestSize })
        bench.dispatch.slots = 0
        for (const { partition, length } of records) bench.give('x'.repeat(length), partition)
        bench.dispatch.slots = records.length
        bench.turn(() => {})
        for (const { batches } of bench.dispatch.sent) {
          const partitions = new Set(batches.map(({ partition }) => partition))
          const bytes = batches.reduce((sum, batch) => sum + batch.bytes, 0)
          expect(partitions.size).toBe(batches.length)
          expect(batches.length === 1 || bytes <= maxRequestSize).toBe(true)
        }
        for (const partition of [0, 1, 2, 3]) {
          const given = records.filter((one) => one.partition === partition)
          const sent = bench.dispatch.sent
            .flatMap(({ batches }) => batches)
            .filter((one) => one.partition === partition)
          expect(sent.map(({ values }) => values[0]!.length)).toEqual(given.map((r) => r.length))
        }
      }),
    )
  })
})

describe('a line', () => {
  it('that is listed with its old leader is checked again if the new one was not reported', () => {
    const bench = plain()
    bench.dispatch.closed.add(1)
    bench.give('a')
    bench.dispatch.lead(0, 2)
    bench.dispatch.closed.clear()
    bench.turn(() => {})
    expect(bench.dispatch.first.node).toBe(2)
  })
})
