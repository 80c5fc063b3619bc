import { describe, expect, it } from 'vitest'
import { codecs } from '../../lib/records/compression.ts'
import { HeldCompressor } from '../support/held-compressor.ts'
import { type BenchSettings, SenderBench } from '../support/sender-bench.ts'

// What compression means for the sender: brokers that are too old for a codec, and batches whose
// compressed bytes come later.

const version7 = { ...codecs.snappy, produceVersionMin: 7 }

describe('a broker that is too old for the codec', () => {
  function bench(version: number, settings: BenchSettings = {}) {
    const one = new SenderBench({ codec: version7, ...settings })
    one.dispatch.version = version
    return one
  }
  const large = (letter: string) => letter.repeat(200)

  it('gets nothing: the batch fails at once, and the error says why', () => {
    const one = bench(6, { idempotent: false })
    one.give(large('a'))
    expect(one.results).toEqual([`${large('a')}!UNSUPPORTED_COMPRESSION_TYPE`])
    const { failure, batch, doubt } = one.outcomes[0]!
    expect(failure!.cause).toMatchObject({ code: 'UNSUPPORTED_COMPRESSION_TYPE', broker: 1 })
    expect([batch.attempts, doubt, one.dispatch.sent.length]).toEqual([0, false, 0])
    expect([one.memory.held, one.clock.pending, one.fatal.length]).toEqual([0, 0, 0])
    expect(one.sender.isIdle).toBe(true)
  })

  it('leaves no gap in the numbering, and other batches are sent', () => {
    const one = bench(6)
    one.give(large('a'))
    one.identify()
    expect(one.results).toEqual([`${large('a')}!UNSUPPORTED_COMPRESSION_TYPE`])
    one.dispatch.version = 7
    one.give(large('b'))
    expect(one.dispatch.first.batches[0]).toMatchObject({ epoch: 0, sequence: 0 })
    one.turn(() => one.dispatch.first.succeed(3))
    expect(one.results.at(-1)).toBe(`${large('b')}@3`)
  })

  it('gets batches that compression has not made smaller, because they are sent uncompressed', () => {
    const one = bench(6, {
      idempotent: false,
      codec: { ...version7, compress: (bytes) => Buffer.concat([bytes, Buffer.alloc(5000)]) },
    })
    one.give('a')
    expect(one.dispatch.contents).toEqual(['0:a'])
  })

  it('may replace a newer one: batches with numbers then start another numbering', () => {
    const one = bench(7)
    one.give(large('a'))
    one.identify()
    one.dispatch.version = 6
    one.turn(() => one.dispatch.first.reply('NOT_LEADER_OR_FOLLOWER'))
    one.clock.advance(200)
    expect(one.results).toEqual([`${large('a')}!UNSUPPORTED_COMPRESSION_TYPE?`])
    one.dispatch.version = 7
    one.give(large('b'))
    expect(one.dispatch.sent).toHaveLength(2)
    expect(one.dispatch.first.batches[0]).toMatchObject({ epoch: 1, sequence: 0 })
  })
})

describe('a batch whose compressed bytes come later', () => {
  const large = (letter: string) => letter.repeat(600)
  function threaded(settings: BenchSettings = {}) {
    const compressor = new HeldCompressor(500)
    const common = { codec: codecs.gzip, compressor, idempotent: false, batchSize: 1024 }
    return { bench: new SenderBench({ ...common, ...settings }), compressor }
  }

  it('is sent when they are there', () => {
    const { bench, compressor } = threaded()
    bench.give(large('a'))
    expect([compressor.length, bench.dispatch.sent.length]).toEqual([1, 0])
    bench.turn(() => compressor.finish())
    expect(bench.dispatch.contents).toEqual([`0:${large('a')}`])
    bench.turn(() => bench.dispatch.first.succeed())
    expect(bench.memory.held).toBe(0)
  })

  it('is sent before later records, which are in another batch by then', () => {
    const { bench, compressor } = threaded({ maxInFlight: 1 })
    bench.give(large('a'))
    bench.give('b')
    bench.give('c')
    expect(bench.dispatch.sent).toHaveLength(0)
    bench.turn(() => compressor.finish())
    bench.turn(() => bench.dispatch.first.succeed())
    expect(bench.dispatch.contents).toEqual([`0:${large('a')}`, '0:b,c'])
  })

  it('is also sent if an older one expired while it was compressed', () => {
    const { bench, compressor } = threaded({ deliveryTimeoutMs: 100, maxInFlight: 1 })
    bench.give('a')
    bench.clock.advance(50)
    bench.give(large('b')) // due, leased, and behind the first, which is on its way
    bench.give(large('c')) // does not fit: the second is closed, its bytes come later
    expect(compressor.length).toBe(1)
    bench.clock.advance(50)
    expect(bench.results).toEqual(['a!DELIVERY_TIMEOUT?'])
    bench.turn(() => bench.dispatch.first.succeed())
    bench.turn(() => compressor.finish())
    expect(bench.dispatch.contents.at(-1)).toBe(`0:${large('b')}`)
  })

  it('fails at once when everything is aborted', () => {
    const { bench, compressor } = threaded()
    bench.give(large('a'))
    bench.turn(() => {
      bench.accumulator.abandon()
      bench.sender.abort({ code: 'CLOSED' })
    })
    expect(bench.results).toEqual([`${large('a')}!CLOSED`])
    expect(bench.memory.held).toBe(1024)
    bench.turn(() => compressor.finish())
    expect([bench.memory.held, bench.clock.pending]).toEqual([0, 0])
    expect(bench.sender.isIdle).toBe(true)
  })

  it('is not compressed if it has to fail anyway', () => {
    const { bench, compressor } = threaded()
    bench.dispatch.closed.add(1)
    bench.give(large('a'))
    expect(compressor.length).toBe(0)
    bench.turn(() => {
      bench.accumulator.abandon()
      bench.sender.halt({ code: 'CLOSED' })
    })
    expect(compressor.length).toBe(0)
    expect([bench.results, bench.memory.held]).toEqual([[`${large('a')}!CLOSED`], 0])
  })
})

describe('slow nodes', () => {
  it('are nodes that have had waiting batches for too long, with or without unanswered requests', () => {
    const bench = new SenderBench({ idempotent: false, availabilityTimeoutMs: 100 })
    bench.dispatch.slots = 1
    bench.dispatch.lead(1, 2)
    bench.give('a', 0)
    bench.give('b', 1)
    bench.give('c', 0) // the node has no slot for it
    bench.clock.advance(101)
    expect([...bench.sender.slowNodes]).toEqual([1])
    bench.turn(() => bench.dispatch.first.succeed())
    expect([...bench.sender.slowNodes]).toEqual([])
  })

  it('include nodes whose batch waits only for order, because the first of a numbering is unanswered', () => {
    const bench = new SenderBench({ availabilityTimeoutMs: 100 })
    bench.give('a')
    bench.identify()
    bench.give('b')
    expect(bench.dispatch.sent).toHaveLength(1)
    bench.clock.advance(101)
    expect([...bench.sender.slowNodes]).toEqual([1])
    // The leader moves to a node that accepts the codec.
    bench.turn(() => bench.dispatch.first.succeed())
    expect([...bench.sender.slowNodes]).toEqual([])
  })

  it('follow the leader, and a batch that backs off counts for no node', () => {
    const bench = new SenderBench({ idempotent: false, availabilityTimeoutMs: 100 })
    bench.dispatch.closed.add(1)
    bench.give('a')
    bench.clock.advance(60)
    bench.dispatch.closed.add(2)
    bench.move(0, 2, 1)
    bench.clock.advance(60)
    expect([...bench.sender.slowNodes]).toEqual([])
    bench.clock.advance(60)
    expect([...bench.sender.slowNodes]).toEqual([2])
  })

  it('do not exist without a timeout', () => {
    const bench = new SenderBench({ idempotent: false })
    bench.dispatch.closed.add(1)
    bench.give('a')
    bench.clock.advance(10_000)
    expect(bench.sender.slowNodes.size).toBe(0)
  })
})
