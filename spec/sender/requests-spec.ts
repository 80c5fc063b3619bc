import { describe, expect, it } from 'vitest'
import { type BenchSettings, SenderBench } from '../support/sender-bench.ts'

// How a request is sent, and how it may end. verdict-spec.ts and outcomes-spec.ts have the meaning
// of an answer for a batch, idempotence-spec.ts the fatal answers.

function plain(settings: BenchSettings = {}): SenderBench {
  return new SenderBench({ idempotent: false, ...settings })
}

describe('a request', () => {
  it('names topics by id from version 13 on, if all of its topics have one', () => {
    const bench = plain()
    bench.dispatch.version = 13
    bench.give('a')
    expect(bench.dispatch.first.version).toBe(12)
    bench.turn(() => bench.dispatch.first.succeed(0))

    bench.dispatch.topicIds.set('t', 'BBBBBBBBBBBBBBBBBBBBBB')
    bench.give('b')
    expect(bench.dispatch.first.version).toBe(13)
    expect(bench.dispatch.first.body.topicData[0]).toMatchObject({
      topicId: 'BBBBBBBBBBBBBBBBBBBBBB',
    })
    bench.turn(() => bench.dispatch.first.succeed(1))
    expect(bench.results).toEqual(['a@0', 'b@1'])
  })

  it('whose answer leaves out a batch has that batch sent again', () => {
    const bench = plain()
    bench.append('a')
    bench.append('b', 1)
    bench.clock.settle()
    bench.turn(() => bench.dispatch.first.reply(5, 'none'))
    expect(bench.results).toEqual(['a@5'])
    bench.clock.advance(100)
    expect(bench.dispatch.first.contents).toBe('1:b')
  })
})

describe('acks=0', () => {
  it('is settled when the bytes have left, without an offset', () => {
    const bench = plain({ acks: 0 })
    bench.give('a')
    bench.turn(() => bench.dispatch.first.written())
    expect(bench.results).toEqual(['a@-1'])
    expect(bench.memory.held).toBe(0)
    expect(bench.sender.inFlightBytes).toBe(0)
  })

  it('is sent again when the connection ended before that', () => {
    const bench = plain({ acks: 0 })
    bench.give('a')
    bench.turn(() => bench.dispatch.first.disconnect())
    expect(bench.results).toEqual([])
    bench.clock.advance(100)
    bench.turn(() => bench.dispatch.first.written())
    expect(bench.results).toEqual(['a@-1'])
  })

  it('fails when the connection ended before that, and retries are used up', () => {
    const bench = plain({ acks: 0, retries: 0 })
    bench.give('a')
    bench.turn(() => bench.dispatch.first.disconnect())
    expect(bench.results).toEqual(['a!CONNECTION_LOST?'])
  })

  it('of an expired batch returns its bytes', () => {
    const bench = plain({ acks: 0, deliveryTimeoutMs: 10 })
    bench.give('a')
    bench.clock.advance(10)
    bench.turn(() => bench.dispatch.first.written())
    expect(bench.results).toEqual(['a!DELIVERY_TIMEOUT?'])
    expect(bench.memory.held).toBe(0)
  })
})

describe('the count of what is in flight', () => {
  it('includes bytes and requests', () => {
    const bench = plain()
    bench.give('a')
    expect(bench.sender.inFlightBytes).toBe(bench.dispatch.first.batches[0]!.bytes)
    expect(bench.sender.requests).toBe(1)
    bench.turn(() => bench.dispatch.first.succeed(0))
    expect([bench.sender.inFlightBytes, bench.sender.requests]).toEqual([0, 0])
  })

  it.each([
    ['answered', -1, 'answer'],
    ['answered without this batch', -1, 'silence'],
    ['lost with its connection', -1, 'loss'],
    ['lost, although no answer was expected', 0, 'loss'],
    ['written', 0, 'written'],
  ] as const)('ends with a request that is %s, also if its batch expired', (_, acks, end) => {
    for (const deliveryTimeoutMs of [10, 1000]) {
      const bench = plain({ acks, deliveryTimeoutMs, retries: 0 })
      bench.give('a')
      bench.clock.advance(10)
      expect(bench.sender.requests).toBe(1)
      bench.turn(() => {
        const { first } = bench.dispatch
        if (end === 'answer') first.succeed(0)
        else if (end === 'silence') first.reply('none')
        else if (end === 'loss') first.disconnect()
        else first.written()
      })
      expect([bench.sender.inFlightBytes, bench.sender.requests]).toEqual([0, 0])
      expect([bench.results.length, bench.memory.held]).toEqual([1, 0])
    }
  })
})
