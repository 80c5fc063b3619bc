import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../lib/errors/error-codes.ts'
import type { BenchSettings } from '../support/sender-bench.ts'
import { SenderBench } from '../support/sender-bench.ts'

// The sender with idempotence, step by step against scripted brokers: numbers, their order, and how
// a numbering starts again. (The simulation does the same against a broker that checks them.)

/** One partition with an identity and a batch in its log, so five batches may be in flight. */
function begun(settings: BenchSettings = {}): SenderBench {
  const bench = new SenderBench(settings)
  bench.give('first')
  bench.identify()
  bench.turn(() => bench.dispatch.first.succeed(100))
  bench.outcomes.length = 0
  return bench
}

/** `epoch.sequence` of every batch that was sent, with its values. */
function numbers({ dispatch }: SenderBench): string[] {
  return dispatch.sent.flatMap(({ batches }) =>
    batches.map(({ values, epoch, sequence }) => `${values}:${epoch}.${sequence}`),
  )
}

/** The last batch that was sent. */
function last(bench: SenderBench): string {
  return numbers(bench).at(-1)!
}

describe('numbers', () => {
  it('need a producer id, which is requested when the first batch is due, and nothing is sent before', () => {
    const bench = new SenderBench()
    expect(bench.dispatch.identities).toHaveLength(0)

    bench.give('a')
    bench.give('b', 1)
    expect(bench.dispatch.identities).toHaveLength(1)
    expect(bench.dispatch.sent).toHaveLength(0)

    bench.identify(42, 3)
    expect(bench.dispatch.contents).toEqual(['0:a 1:b'])
    const [batch] = bench.dispatch.first.batches
    expect(batch).toMatchObject({ producerId: 42, epoch: 3, sequence: 0 })
  })

  it('count the records of a partition', () => {
    const bench = begun({ batchSize: 1000 })
    for (const value of ['a', 'b', 'c']) bench.append(value)
    bench.clock.settle()
    bench.give('d')
    expect(numbers(bench)).toEqual(['first:0.0', 'a,b,c:0.1', 'd:0.4'])

    bench.turn(() => bench.dispatch.first.succeed(101))
    bench.turn(() => bench.dispatch.first.succeed(104))
    expect(bench.results).toEqual(['a,b,c@101', 'd@104'])
  })

  it('let no batch follow the first one under an identity until the log has it', () => {
    const bench = new SenderBench()
    bench.give('a')
    bench.give('b')
    bench.identify()
    expect(bench.dispatch.contents).toEqual(['0:a'])

    bench.turn(() => bench.dispatch.first.succeed(0))
    expect(bench.dispatch.contents).toEqual(['0:a', '0:b'])
  })

  it('let at most max.in.flight batches of a partition be without a result', () => {
    const bench = begun()
    bench.dispatch.slots = 100
    for (const value of 'abcdefg') bench.give(value)
    expect(bench.dispatch.open).toHaveLength(5)

    // The second is acknowledged, but may be reported only after the first.
    bench.turn(() => bench.dispatch.nth(1).succeed(102))
    expect(bench.dispatch.open).toHaveLength(4)
    bench.turn(() => bench.dispatch.first.succeed(101))
    expect(bench.results).toEqual(['a@101', 'b@102'])
    expect(bench.dispatch.open).toHaveLength(5)
  })
})

describe('a repeat', () => {
  it('keeps its number, and is sent one at a time in the order of numbers', () => {
    const bench = begun()
    for (const value of 'abc') bench.give(value)
    bench.turn(() => bench.dispatch.first.reply('LEADER_NOT_AVAILABLE'))
    bench.turn(() => bench.dispatch.first.reply('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    bench.turn(() => bench.dispatch.first.reply('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    bench.give('d')
    expect(bench.dispatch.open).toHaveLength(0)

    bench.clock.advance(100)
    expect(bench.dispatch.open).toHaveLength(1)
    expect(last(bench)).toBe('a:0.1')
    bench.turn(() => bench.dispatch.first.succeed(101))
    expect(bench.dispatch.open).toHaveLength(1)
    expect(last(bench)).toBe('b:0.2')
    bench.turn(() => bench.dispatch.first.succeed(102))
    expect(numbers(bench).slice(-2)).toEqual(['c:0.3', 'd:0.4']) // nothing is sent again behind c
    bench.turn(() => bench.dispatch.first.succeed(103))
    bench.turn(() => bench.dispatch.first.succeed(104))
    expect(bench.results).toEqual(['a@101', 'b@102', 'c@103', 'd@104'])
  })

  it('is sent first, also if the answers arrive in reverse', () => {
    const bench = begun({ maxInFlight: 5 })
    bench.give('a')
    bench.give('b')
    bench.turn(() => bench.dispatch.nth(1).reply('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    bench.clock.advance(100)
    expect(bench.dispatch.open).toHaveLength(1) // b waits for a

    bench.turn(() => bench.dispatch.first.reply('NOT_LEADER_OR_FOLLOWER'))
    bench.clock.advance(100)
    expect(last(bench)).toBe('a:0.1')
    bench.turn(() => bench.dispatch.first.succeed(101))
    expect(last(bench)).toBe('b:0.2')
  })

  it('of a batch in the log is acknowledged, but without an offset', () => {
    const bench = begun()
    bench.give('a')
    bench.give('b')
    bench.turn(() => bench.dispatch.nth(1).succeed(1000))
    bench.turn(() => bench.dispatch.first.timeOut())
    bench.clock.advance(100)
    expect(last(bench)).toBe('a:0.1')

    bench.turn(() => bench.dispatch.first.reply('DUPLICATE_SEQUENCE_NUMBER'))
    expect(bench.results).toEqual(['a@-1', 'b@1000'])
    bench.give('c')
    expect(last(bench)).toBe('c:0.3')
  })

  it('under an old epoch continues unchanged while another partition starts again', () => {
    const bench = begun()
    bench.give('x', 1)
    bench.turn(() => bench.dispatch.first.succeed(0))
    bench.give('healthy', 1)
    bench.give('a')
    bench.turn(() => bench.dispatch.nth(1).reply('INVALID_RECORD'))
    bench.give('b')
    expect(last(bench)).toBe('b:1.0')
    bench.give('next', 1)
    expect(bench.dispatch.open).toHaveLength(2) // next waits for the old epoch's last batch

    bench.turn(() => bench.dispatch.first.reply('NOT_ENOUGH_REPLICAS'))
    bench.clock.advance(100)
    expect(last(bench)).toBe('healthy:0.1')
    bench.turn(() => bench.dispatch.nth(1).reply('NOT_ENOUGH_REPLICAS'))
    bench.clock.advance(100)
    bench.turn(() => bench.dispatch.nth(1).succeed(1))
    expect(last(bench)).toBe('next:1.0')
  })
})

describe('the numbering starts again', () => {
  it('after a batch that was refused for good', () => {
    const bench = begun()
    bench.give('a')
    bench.give('b')
    bench.turn(() => bench.dispatch.first.reply('MESSAGE_TOO_LARGE'))
    expect(bench.results).toEqual(['a!RECORD_TOO_LARGE'])
    bench.turn(() => bench.dispatch.first.reply('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    bench.clock.advance(100)
    expect(last(bench)).toBe('b:1.0')
    bench.turn(() => bench.dispatch.first.succeed(101))
    expect(bench.results).toEqual(['a!RECORD_TOO_LARGE', 'b@101'])
  })

  it('if the broker has lost earlier batches', () => {
    const bench = begun({ batchSize: 1000 })
    bench.append('a')
    bench.give('b')
    bench.turn(() => bench.dispatch.first.succeed(101))
    bench.give('c')
    bench.turn(() => bench.dispatch.first.reply('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    bench.clock.advance(100)
    expect(last(bench)).toBe('c:1.0')
  })

  it('only if necessary: an idle partition uses the new epoch for its next batch', () => {
    const bench = begun()
    bench.give('x', 1)
    bench.turn(() => bench.dispatch.first.succeed(0))
    bench.give('a')
    bench.turn(() => bench.dispatch.first.reply('POLICY_VIOLATION'))
    bench.give('y', 1)
    expect(last(bench)).toBe('y:1.0')
    expect(bench.dispatch.identities).toHaveLength(0)
  })

  it('once if two batches in flight find it lost', () => {
    const bench = begun()
    const gone = { errorCode: errorCodes.UNKNOWN_PRODUCER_ID.code, logStartOffset: 1010n }
    bench.give('a')
    bench.give('b')
    bench.turn(() => bench.dispatch.first.reply(gone))
    bench.turn(() => bench.dispatch.first.reply(gone))
    bench.clock.advance(100)
    expect(last(bench)).toBe('a:1.0')
    bench.turn(() => bench.dispatch.first.succeed(1010))
    expect(last(bench)).toBe('b:1.1')
  })

  it('but not if the broker does not say that the log was cut: the batch is sent again unchanged', () => {
    const bench = begun()
    bench.give('a')
    bench.turn(() => bench.dispatch.first.reply('UNKNOWN_PRODUCER_ID'))
    bench.clock.advance(100)
    expect(last(bench)).toBe('a:0.1')
  })

  it('even if there is a batch of unknown fate: the log has lost that one too', () => {
    const bench = begun()
    bench.give('a')
    bench.turn(() => bench.dispatch.first.timeOut())
    bench.clock.advance(100)
    const gone = { errorCode: errorCodes.UNKNOWN_PRODUCER_ID.code, logStartOffset: 1010n }
    bench.turn(() => bench.dispatch.first.reply(gone))
    bench.clock.advance(100)
    expect(last(bench)).toBe('a:1.0')
  })

  it('but not before the failed batch is reported', () => {
    const bench = begun()
    for (const value of ['a', 'b']) bench.give(value)
    bench.isReporting = false
    bench.turn(() => bench.dispatch.first.reply('INVALID_RECORD'))
    bench.turn(() => bench.dispatch.first.reply('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    bench.clock.advance(100)
    expect(last(bench)).toBe('b:0.2')
    bench.isReporting = true
    bench.turn(() => {})
    expect(last(bench)).toBe('b:1.0')
  })

  it('but not before a batch of unknown fate was sent again unchanged', () => {
    const bench = begun()
    bench.give('a')
    bench.give('b')
    bench.turn(() => bench.dispatch.first.reply('INVALID_RECORD'))
    bench.turn(() => bench.dispatch.first.disconnect())
    bench.clock.advance(100)
    expect(last(bench)).toBe('b:0.2')
    bench.turn(() => bench.dispatch.first.reply('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    bench.clock.advance(100)
    expect(last(bench)).toBe('b:1.0')
  })

  it('but not before each batch of unknown fate was sent again, also after one that is not in the log', () => {
    // 1. x is refused for good. 2. a, after the gap, is out of order: not in the log. 3. The
    // connection ends, and the fate of b is unknown. A broker that had forgotten the producer would
    // have accepted b, and refused a because of that.
    const bench = begun()
    for (const value of 'xab') bench.give(value)
    bench.turn(() => bench.dispatch.first.reply('INVALID_RECORD'))
    bench.turn(() => bench.dispatch.first.reply('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    bench.turn(() => bench.dispatch.first.disconnect())
    bench.clock.advance(100)
    expect(last(bench)).toBe('b:0.3')
    bench.turn(() => bench.dispatch.first.reply('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    bench.clock.advance(100)
    expect(last(bench)).toBe('a:1.0')
    bench.turn(() => bench.dispatch.first.succeed(101))
    expect(last(bench)).toBe('b:1.1')
    bench.turn(() => bench.dispatch.first.succeed(102))
    expect(bench.results).toEqual(['x!INVALID_RECORD', 'a@101', 'b@102'])
  })

  it('but never for a batch that a later one has overtaken in the log: it fails', () => {
    // A broker that has forgotten the producer: 1. a is refused for a temporary reason. 2. b, right
    // after it, is accepted. 3. a, sent again, is behind b.
    const bench = begun()
    for (const value of 'ab') bench.give(value)
    bench.turn(() => bench.dispatch.first.reply('NOT_ENOUGH_REPLICAS'))
    bench.turn(() => bench.dispatch.first.succeed(0))
    bench.give('c')
    bench.clock.advance(100)
    bench.turn(() => bench.dispatch.first.reply('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    bench.turn(() => bench.dispatch.first.succeed(1))
    expect(bench.results).toEqual(['a!SEQUENCE_LOST', 'b@0', 'c@1'])
    expect(bench.outcomes.find(({ failure }) => failure !== null)?.failure?.cause).toMatchObject({
      code: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
      message: expect.stringContaining('the log has a later batch, but not this one'),
    })
  })

  it('for batches of a deposed leader only after the new leader was asked', () => {
    const bench = begun()
    bench.give('a')
    bench.give('b')
    bench.turn(() => bench.dispatch.first.reply('INVALID_RECORD'))
    bench.turn(() => bench.dispatch.first.reply('NOT_LEADER_OR_FOLLOWER'))
    bench.clock.advance(100)
    expect(last(bench)).toBe('b:0.2')
  })
})

describe('the last epoch', () => {
  it('is followed by another identity, under which waiting batches are sent', () => {
    const bench = new SenderBench()
    bench.give('first')
    bench.identify(7, 32767)
    bench.turn(() => bench.dispatch.first.succeed(0))
    bench.give('a')
    bench.give('b')
    bench.turn(() => bench.dispatch.first.reply('INVALID_RECORD'))
    bench.turn(() => bench.dispatch.first.reply('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    bench.clock.advance(100)
    expect(bench.dispatch.open).toHaveLength(0)

    bench.identify(8, 0)
    expect(bench.dispatch.first.batches[0]).toMatchObject({ producerId: 8, epoch: 0, sequence: 0 })
    bench.turn(() => bench.dispatch.first.succeed(1))
    expect(bench.results).toEqual(['first@0', 'a!INVALID_RECORD', 'b@1'])
  })

  it('does not change the numbers of other partitions until they have their answers', () => {
    const bench = new SenderBench()
    bench.append('first')
    bench.give('x', 1)
    bench.identify(7, 32767)
    bench.turn(() => bench.dispatch.first.succeed(0, 0))
    bench.give('y', 1)
    bench.give('a')
    bench.turn(() => bench.dispatch.nth(1).reply('INVALID_RECORD'))
    bench.turn(() => bench.dispatch.first.reply('NOT_ENOUGH_REPLICAS'))
    bench.clock.advance(100)
    expect(bench.dispatch.first.batches[0]).toMatchObject({ producerId: 7, epoch: 32767 })
  })

  it('does not request an identity that is not needed', () => {
    const bench = new SenderBench()
    bench.give('a')
    bench.identify(7, 32767)
    bench.turn(() => bench.dispatch.first.reply('INVALID_RECORD'))
    expect(bench.dispatch.identities).toHaveLength(0)

    bench.give('b')
    expect(bench.dispatch.identities).toHaveLength(1)
  })
})

describe('an expired batch', () => {
  const settings = { deliveryTimeoutMs: 1000, lingerMs: 0 }

  it('that was never sent leaves no gap', () => {
    const bench = begun(settings)
    bench.dispatch.slots = 0
    bench.give('a')
    bench.clock.advance(1000)
    expect(bench.results).toEqual(['a!DELIVERY_TIMEOUT'])
    bench.dispatch.slots = 5
    bench.give('b')
    expect(last(bench)).toBe('b:0.1')
  })

  it('in flight stops the numbering until its answer arrives; if the log has it, the numbering continues', () => {
    const bench = begun(settings)
    bench.give('a')
    bench.clock.advance(1000)
    expect(bench.results).toEqual(['a!DELIVERY_TIMEOUT?'])
    bench.give('b')
    expect(last(bench)).toBe('a:0.1')

    bench.turn(() => bench.dispatch.first.succeed(101))
    expect(last(bench)).toBe('b:0.2')
    expect(bench.results).toHaveLength(1)
  })

  it('in flight that is already in the log also uses up its number', () => {
    const bench = begun(settings)
    bench.give('a')
    bench.clock.advance(1000)
    bench.give('b')
    bench.turn(() => bench.dispatch.first.reply('DUPLICATE_SEQUENCE_NUMBER'))
    expect(last(bench)).toBe('b:0.2')
  })

  it('in flight that is not in the log leads to a new epoch', () => {
    const bench = begun(settings)
    bench.give('a')
    bench.clock.advance(1000)
    bench.give('b')
    bench.turn(() => bench.dispatch.first.reply('NOT_ENOUGH_REPLICAS'))
    expect(last(bench)).toBe('b:1.0')
    expect(bench.dispatch.contents.filter((contents) => contents === '0:a')).toHaveLength(1)
  })

  it('left no gap if a later one is acknowledged', () => {
    const bench = begun(settings)
    bench.give('a')
    bench.clock.advance(500)
    bench.give('b')
    bench.turn(() => bench.dispatch.first.timeOut())
    bench.clock.advance(500) // a was sent again, and is too old now
    expect(bench.results).toEqual(['a!DELIVERY_TIMEOUT?'])
    bench.give('c')
    expect(bench.dispatch.open).toHaveLength(2)

    bench.turn(() => bench.dispatch.first.succeed(102))
    expect(bench.results).toEqual(['a!DELIVERY_TIMEOUT?', 'b@102'])
    bench.turn(() => bench.dispatch.first.timeOut())
    expect(last(bench)).toBe('c:0.3')
  })

  it('left a gap if a later one is out of order: the later one is sent under a new epoch', () => {
    const bench = begun(settings)
    bench.give('a')
    bench.clock.advance(500)
    bench.give('b')
    bench.turn(() => bench.dispatch.first.timeOut())
    bench.dispatch.slots = 1
    bench.clock.advance(500)
    bench.turn(() => bench.dispatch.first.reply('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    bench.clock.advance(100)
    expect(last(bench)).toBe('b:1.0')
  })

  it('is the first of many: when all have expired, the next one starts a new numbering', () => {
    const bench = begun(settings)
    for (const value of 'abc') bench.give(value)
    bench.turn(() => bench.dispatch.first.disconnect())
    bench.turn(() => bench.dispatch.first.disconnect())
    bench.turn(() => bench.dispatch.first.disconnect())
    bench.dispatch.slots = 0
    bench.clock.advance(1000)
    const all = ['a!DELIVERY_TIMEOUT?', 'b!DELIVERY_TIMEOUT?', 'c!DELIVERY_TIMEOUT?']
    expect(bench.results).toEqual(all)
    bench.dispatch.slots = 5
    bench.give('d')
    expect(last(bench)).toBe('d:1.0')
  })
})

describe('doubt', () => {
  it('is the worst of all attempts, also if a later one was refused for good', () => {
    const bench = begun()
    bench.give('a')
    bench.turn(() => bench.dispatch.first.disconnect())
    bench.clock.advance(100)
    bench.turn(() => bench.dispatch.first.reply('INVALID_RECORD'))
    expect(bench.results).toEqual(['a!INVALID_RECORD?'])
  })

  it('does not exist if every attempt was refused', () => {
    const bench = begun({ retries: 1 })
    bench.give('a')
    bench.turn(() => bench.dispatch.first.reply('NOT_ENOUGH_REPLICAS'))
    bench.clock.advance(100)
    bench.turn(() => bench.dispatch.first.reply('NOT_ENOUGH_REPLICAS'))
    expect(bench.results).toEqual(['a!NOT_ENOUGH_REPLICAS'])
  })

  it('remains if the leader was deposed, because the new one may have the batch', () => {
    const bench = begun({ retries: 0 })
    bench.give('a')
    bench.turn(() => bench.dispatch.first.reply('NOT_LEADER_OR_FOLLOWER'))
    expect(bench.results).toEqual(['a!NOT_LEADER_OR_FOLLOWER?'])
  })
})

describe('a split', () => {
  const settings = { batchSize: 1000 }

  it('passes the number of the whole to its parts, and does not change the next number', () => {
    const bench = begun(settings)
    for (const value of 'abcd') bench.append(value)
    bench.clock.settle()
    bench.give('e')
    bench.turn(() => bench.dispatch.first.reply('MESSAGE_TOO_LARGE'))
    expect(last(bench)).toBe('a,b:0.1')
    bench.turn(() => bench.dispatch.first.reply('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    bench.turn(() => bench.dispatch.first.succeed(101))
    expect(last(bench)).toBe('c,d:0.3')
    bench.turn(() => bench.dispatch.first.succeed(103))
    bench.clock.advance(100)
    expect(last(bench)).toBe('e:0.5')
    bench.turn(() => bench.dispatch.first.succeed(105))
    expect(bench.results).toEqual(['a,b@101', 'c,d@103', 'e@105'])
    expect(bench.memory.held).toBe(0)
  })

  it('whose first part fails sends the second under a new epoch', () => {
    const bench = begun(settings)
    bench.append('a')
    bench.give('b')
    bench.turn(() => bench.dispatch.first.reply('MESSAGE_TOO_LARGE'))
    bench.turn(() => bench.dispatch.first.reply('MESSAGE_TOO_LARGE'))
    expect(bench.results).toEqual(['a!RECORD_TOO_LARGE'])
    expect(last(bench)).toBe('b:1.0')
  })

  it('expires part by part with the age of the whole', () => {
    const bench = begun({ ...settings, deliveryTimeoutMs: 1000 })
    bench.append('a')
    bench.give('b')
    bench.turn(() => bench.dispatch.first.reply('MESSAGE_TOO_LARGE'))
    bench.clock.advance(1000)
    expect(bench.results).toEqual(['a!DELIVERY_TIMEOUT?', 'b!DELIVERY_TIMEOUT'])
    bench.turn(() => bench.dispatch.first.disconnect())
    expect(bench.memory.held).toBe(0)
  })
})

describe('an identity', () => {
  it('is requested again one backoff after each temporary failure', () => {
    const bench = new SenderBench({ backoff: (failures) => 100 * (failures + 1) })
    bench.give('a')
    bench.turn(() => bench.dispatch.refuseIdentity('COORDINATOR_LOAD_IN_PROGRESS'))
    bench.clock.advance(99)
    expect(bench.dispatch.identities).toHaveLength(0)
    bench.clock.advance(1)
    bench.turn(() => bench.dispatch.loseIdentity())
    bench.clock.advance(199)
    expect(bench.dispatch.identities).toHaveLength(0)
    bench.clock.advance(1)
    bench.identify()
    expect(bench.dispatch.contents).toEqual(['0:a'])
  })

  it('is not requested again if the batches that needed it have expired', () => {
    const bench = new SenderBench({ deliveryTimeoutMs: 50 })
    bench.give('a')
    bench.turn(() => bench.dispatch.refuseIdentity('COORDINATOR_LOAD_IN_PROGRESS'))
    bench.clock.advance(1000)
    expect(bench.results).toEqual(['a!DELIVERY_TIMEOUT'])
    expect(bench.dispatch.identities).toHaveLength(0)
    expect(bench.clock.pending).toBe(0)
  })

  it('that is refused for lack of authorization fails the waiting batches, and may be requested later', () => {
    const bench = new SenderBench()
    bench.give('a')
    bench.give('b', 1)
    bench.give('c')
    bench.turn(() => bench.dispatch.refuseIdentity('CLUSTER_AUTHORIZATION_FAILED'))
    const code = 'CLUSTER_AUTHORIZATION_FAILED'
    expect(bench.results).toEqual([`a!${code}`, `c!${code}`, `b!${code}`])
    expect(bench.fatal).toEqual([])

    bench.give('d')
    bench.identify()
    expect(bench.dispatch.contents).toEqual(['0:d'])
  })

  it('that is refused for another reason ends the producer', () => {
    const bench = new SenderBench()
    bench.give('a')
    bench.turn(() => bench.dispatch.refuseIdentity('UNSUPPORTED_VERSION'))
    expect(bench.fatal).toHaveLength(1)
    expect(bench.results).toEqual(['a!CLOSED'])
  })
})

describe('an answer that ends everything', () => {
  it('is applied completely before that', () => {
    const bench = begun()
    bench.give('x', 1)
    bench.turn(() => bench.dispatch.first.succeed(0))
    bench.outcomes.length = 0
    bench.append('a')
    bench.append('b', 1)
    bench.clock.settle()
    bench.turn(() => bench.dispatch.first.reply('CLUSTER_AUTHORIZATION_FAILED', 7))
    expect(bench.results).toEqual(['a!CLUSTER_AUTHORIZATION_FAILED', 'b@7'])
    expect(bench.fatal).toHaveLength(1)
  })

  it('aborts other requests in flight, and a late success is ignored', () => {
    const bench = begun()
    bench.give('a')
    bench.give('b')
    bench.turn(() => bench.dispatch.first.reply('CLUSTER_AUTHORIZATION_FAILED'))
    expect(bench.results).toEqual(['a!CLUSTER_AUTHORIZATION_FAILED', 'b!CLOSED?'])
    bench.turn(() => bench.dispatch.first.succeed(1))
    expect(bench.results).toHaveLength(2)
    expect(bench.memory.held).toBe(0)
  })

  it('does not include UNSUPPORTED_FOR_MESSAGE_FORMAT', () => {
    const bench = begun()
    bench.give('a')
    bench.turn(() => bench.dispatch.first.reply('UNSUPPORTED_FOR_MESSAGE_FORMAT'))
    expect(bench.fatal).toEqual([])
    bench.give('b')
    expect(last(bench)).toBe('b:1.0')
  })
})
