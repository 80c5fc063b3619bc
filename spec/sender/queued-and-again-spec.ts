import { describe, expect, it } from 'vitest'
import { SenderBench } from '../support/sender-bench.ts'

// Batches that fill, wait behind others, or are sent again, up to their end.

describe('a batch that is not quite full', () => {
  it('waits until a record does not fit, and is then sent with all earlier records intact', () => {
    const bench = new SenderBench({ idempotent: false, batchSize: 1025 + 61, lingerMs: 1000 })
    const values = Array.from({ length: 9 }, (_, index) => `${index}`.padEnd(100, '.'))
    for (const value of values) bench.give(value)
    expect(bench.dispatch.sent).toHaveLength(0)
    bench.give('x'.repeat(100))
    expect(bench.dispatch.contents).toEqual([`0:${values}`])
    bench.clock.advance(1000)
    expect(bench.dispatch.contents[1]).toBe(`0:${'x'.repeat(100)}`)
  })
})

describe('batches behind one in flight', () => {
  it('expire as well, oldest first, once', () => {
    const settings = { idempotent: false, maxInFlight: 1, deliveryTimeoutMs: 1500 }
    const bench = new SenderBench(settings)
    for (const value of 'abc') {
      bench.give(value)
      bench.clock.advance(10)
    }
    bench.clock.advance(5000)
    const ends = ['a!DELIVERY_TIMEOUT?', 'b!DELIVERY_TIMEOUT', 'c!DELIVERY_TIMEOUT']
    expect(bench.results).toEqual(ends)
    bench.turn(() => bench.dispatch.first.succeed(0))
    bench.clock.advance(5000)
    expect(bench.results).toEqual(ends)
    expect(bench.dispatch.sent).toHaveLength(1)
    expect(bench.memory.held).toBe(0)
  })
})

describe('a second attempt', () => {
  it('expires in flight, with the age of the first; its answer changes nothing', () => {
    const bench = new SenderBench({ idempotent: false, deliveryTimeoutMs: 1500 })
    bench.give('a')
    bench.turn(() => bench.dispatch.first.reply('NOT_ENOUGH_REPLICAS'))
    bench.clock.advance(100)
    expect(bench.dispatch.open).toHaveLength(1)
    bench.clock.advance(1399)
    expect(bench.results).toEqual([])
    bench.clock.advance(1)
    expect(bench.results).toEqual(['a!DELIVERY_TIMEOUT?'])
    expect(bench.outcomes[0]!.batch.attempts).toBe(2)
    bench.turn(() => bench.dispatch.first.succeed(0))
    bench.clock.advance(1000)
    expect(bench.results).toHaveLength(1)
    expect(bench.dispatch.sent).toHaveLength(2)
    expect(bench.memory.held).toBe(0)
  })
})
