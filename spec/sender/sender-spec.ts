import { describe, expect, it } from 'vitest'
import { codecs } from '../../lib/records/compression.ts'
import { CountingToken } from '../support/envelopes.ts'
import { type BenchSettings, SenderBench } from '../support/sender-bench.ts'

// The sender without idempotence: which node gets what and when, what happens to each batch, and
// that every byte is returned. Other specs have the numbers (idempotence-spec.ts), the contents of
// a request (composer-spec.ts), and the ends of a request (requests-spec.ts).

function plain(settings: BenchSettings = {}): SenderBench {
  return new SenderBench({ idempotent: false, ...settings })
}

/** One batch of a partition is in flight at a time. */
function muted(settings: BenchSettings = {}): SenderBench {
  return plain({ maxInFlight: 1, ...settings })
}

describe('a due batch', () => {
  it('goes to its leader, and its result has the offset', () => {
    const bench = plain()
    bench.give('a')
    expect(bench.dispatch.contents).toEqual(['0:a'])
    expect(bench.dispatch.first.body).toMatchObject({ acks: -1, timeoutMs: 30_000 })
    bench.turn(() => bench.dispatch.first.succeed(17))
    expect(bench.results).toEqual(['a@17'])
    expect(bench.memory.held).toBe(0)
    expect(bench.clock.pending).toBe(0)
  })

  it('has no producer id and number without idempotence', () => {
    const bench = plain()
    bench.give('a')
    const [batch] = bench.dispatch.first.batches
    expect(batch).toMatchObject({ producerId: -1, epoch: -1, sequence: -1 })
    expect(bench.dispatch.identities).toHaveLength(0)
  })

  it("gets the broker's time if the broker set one", () => {
    const bench = plain()
    bench.give('a')
    bench.turn(() => bench.dispatch.first.reply({ baseOffset: 3n, logAppendTimeMs: 99n }))
    expect(bench.outcomes[0]!.batch.logAppendTime).toBe(99)
  })

  it('shares a request with the batches of all partitions of its leader', () => {
    const bench = plain()
    bench.dispatch.lead(1, 2)
    for (const [value, partition] of [
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ] as const) {
      bench.append(value, partition)
    }
    bench.clock.settle()
    expect(bench.dispatch.sent.map(({ node, contents }) => `${node}>${contents}`)).toEqual([
      '1>0:a 2:c',
      '2>1:b',
    ])
  })

  it('grows while its leader takes nothing', () => {
    const bench = plain({ batchSize: 1000 })
    bench.dispatch.slots = 0
    bench.give('a')
    bench.give('b')
    bench.dispatch.slots = 1
    bench.turn(() => {})
    expect(bench.dispatch.contents).toEqual(['0:a,b'])
  })

  it('waits for the next turn if this one has sent its share', () => {
    const bench = plain({ batchesPerTurn: 1 })
    for (const partition of [0, 1, 2]) {
      bench.dispatch.lead(partition, partition + 1)
      bench.append('a', partition)
    }
    bench.clock.settle()
    expect(bench.dispatch.sent.map(({ node }) => node)).toEqual([1, 2, 3])
  })

  it('waits for a leader, which is requested by Metadata', () => {
    const bench = plain()
    bench.dispatch.lead(0, -1)
    bench.give('a')
    expect(bench.dispatch.sent).toHaveLength(0)
    expect(bench.dispatch.refreshes).toBe(1)
    bench.move(0, 3)
    expect(bench.dispatch.first.node).toBe(3)
  })

  it('goes to the new leader if the old one never took it', () => {
    const bench = plain()
    bench.dispatch.closed.add(1)
    bench.give('a')
    bench.move(0, 2)
    expect(bench.dispatch.first.node).toBe(2)
  })
})

describe('a request', () => {
  it('is not made for a broker without a common version of Produce, which ends the producer', () => {
    const bench = plain()
    bench.dispatch.version = -1
    bench.give('a')
    expect(bench.fatal.map(({ code }) => code)).toEqual(['UNSUPPORTED_VERSION'])
    expect(bench.results).toEqual(['a!CLOSED'])
  })
})

describe('while sources are about to emit more', () => {
  /** A batch on each of thirty partitions, appended in a burst. */
  function thirty(): SenderBench {
    const bench = plain({ batchSize: 1000 })
    bench.burst = 1
    for (let partition = 0; partition < 30; partition += 1) {
      bench.dispatch.lead(partition, 1)
      bench.append('a', partition)
    }
    bench.clock.settle()
    return bench
  }

  const partitionsOf = ({ dispatch }: SenderBench) =>
    dispatch.sent.map(({ batches }) => batches.map(({ partition }) => partition))
  const range = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => from + index)

  it('a burst sends the twelve batches of a node that have waited longest, and requests another turn', () => {
    const bench = thirty()
    expect(partitionsOf(bench)).toEqual([range(0, 12)])
    expect(bench.laters).toBeGreaterThan(0)
    bench.burst = 2
    bench.turn(() => {})
    expect(partitionsOf(bench)).toEqual([range(0, 12), range(12, 24)])
  })

  it('unsent batches continue to fill', () => {
    const bench = thirty()
    bench.burst = 2
    bench.append('b', 3)
    bench.append('b', 20)
    bench.clock.settle()
    expect(bench.dispatch.sent[1]!.contents).toContain('20:a,b')
  })

  it('an answer alone sends no more than the burst has left', () => {
    const bench = thirty()
    bench.turn(() => bench.dispatch.first.succeed(0))
    expect(bench.dispatch.sent).toHaveLength(1)
  })

  it('everything is sent once no source is about to emit more', () => {
    const bench = thirty()
    bench.burst = null
    bench.turn(() => {})
    expect(partitionsOf(bench)).toEqual([range(0, 12), range(12, 30)])
  })
})

describe('a repeat', () => {
  it('is sent one backoff later, before anything newer of its partition', () => {
    const bench = plain()
    bench.give('a')
    bench.turn(() => bench.dispatch.first.reply('NOT_ENOUGH_REPLICAS'))
    bench.give('b')
    bench.give('c', 1)
    expect(bench.dispatch.contents).toEqual(['0:a', '1:c'])
    bench.clock.advance(99)
    expect(bench.dispatch.sent).toHaveLength(2)
    bench.clock.advance(1)
    expect(bench.dispatch.contents.slice(2)).toEqual(['0:a', '0:b'])
  })

  it('waits longer after each failure', () => {
    const bench = plain({ backoff: (failures) => 100 * 2 ** failures })
    bench.give('a')
    for (const wait of [100, 200, 400]) {
      bench.turn(() => bench.dispatch.first.reply('NOT_ENOUGH_REPLICAS'))
      bench.clock.advance(wait - 1)
      expect(bench.dispatch.open).toHaveLength(0)
      bench.clock.advance(1)
      expect(bench.dispatch.open).toHaveLength(1)
    }
  })

  it('happens as often as `retries` says', () => {
    const bench = plain({ retries: 1 })
    bench.give('a')
    bench.turn(() => bench.dispatch.first.disconnect())
    bench.clock.advance(100)
    expect(bench.dispatch.open).toHaveLength(1)
    bench.turn(() => bench.dispatch.first.disconnect())
    expect(bench.results).toEqual(['a!CONNECTION_LOST?'])
    expect(bench.memory.held).toBe(0)
  })

  it('goes to a newer leader at once, and to the same one only after the backoff', () => {
    const bench = plain()
    bench.dispatch.lead(0, 1, 100)
    bench.give('a')
    bench.turn(() => bench.dispatch.first.reply('NOT_LEADER_OR_FOLLOWER'))
    expect(bench.dispatch.refreshes).toBe(1)
    expect(bench.dispatch.open).toHaveLength(0)

    bench.move(0, 2, 101)
    expect(bench.dispatch.first.node).toBe(2)
    bench.turn(() => bench.dispatch.first.reply('NOT_LEADER_OR_FOLLOWER'))
    bench.move(0, 2, 101)
    expect(bench.dispatch.open).toHaveLength(0)
    bench.clock.advance(100)
    expect(bench.dispatch.open).toHaveLength(1)
  })

  it('goes at once to the leader that the answer names', () => {
    const bench = plain()
    bench.dispatch.lead(0, 1, 100)
    bench.dispatch.onLearn = () => {
      bench.dispatch.lead(0, 2, 101)
      bench.moved(0)
    }
    bench.give('a')
    bench.turn(() => bench.dispatch.first.reply('NOT_LEADER_OR_FOLLOWER'))
    expect(bench.dispatch.first.node).toBe(2)
  })

  it('waits from the eleventh newer leader on, if brokers keep naming each other', () => {
    const bench = plain()
    let epoch = 100
    bench.dispatch.lead(0, 1, epoch)
    bench.dispatch.onLearn = () => {
      epoch += 1
      bench.dispatch.lead(0, 1 + (epoch % 2), epoch)
      bench.moved(0)
    }
    bench.give('a')
    for (let leaders = 0; leaders < 10; leaders += 1) {
      bench.turn(() => bench.dispatch.first.reply('NOT_LEADER_OR_FOLLOWER'))
      expect(bench.dispatch.open).toHaveLength(1)
    }
    bench.turn(() => bench.dispatch.first.reply('NOT_LEADER_OR_FOLLOWER'))
    expect(bench.dispatch.open).toHaveLength(0)
    bench.clock.advance(1000)
    expect(bench.dispatch.open).toHaveLength(1)
  })

  it('waits if the epoch of the leader is unknown', () => {
    const bench = plain()
    bench.dispatch.lead(0, 1, -1)
    bench.give('a')
    bench.turn(() => bench.dispatch.first.reply('NOT_LEADER_OR_FOLLOWER'))
    bench.move(0, 2, -1)
    expect(bench.dispatch.open).toHaveLength(0)
    bench.clock.advance(100)
    expect(bench.dispatch.first.node).toBe(2)
  })

  it('recognizes a newer leader by the newest epoch that it was sent to, whatever happened in between', () => {
    const bench = plain()
    bench.dispatch.lead(0, 1, -1)
    bench.give('a')
    /** Whether it is sent at once after a refusal, with this epoch of the leader. */
    const isNewer = (epoch: number) => {
      bench.turn(() => bench.dispatch.first.reply('NOT_LEADER_OR_FOLLOWER'))
      bench.move(0, 2, epoch)
      const atOnce = bench.dispatch.open.length === 1
      if (!atOnce) bench.clock.advance(100)
      expect(bench.dispatch.open).toHaveLength(1)
      return atOnce
    }
    const told = [100, 101, 101, 100, -1, 102].map(isNewer)
    expect(told).toEqual([false, true, false, false, false, true])
  })

  // A busy event loop reads sockets before it comes to a timer that is due.
  it('is sent if the node of its old leader takes a request after the backoff and before the alarm', () => {
    const bench = plain()
    bench.give('x', 1) // node 1 is asked before node 2
    bench.turn(() => bench.dispatch.first.succeed())
    bench.dispatch.lead(0, 2, -1)
    bench.dispatch.slots = 1
    bench.give('a')
    bench.give('b') // queued for node 2
    bench.clock.at(100, () => {
      bench.dispatch.closed.delete(2)
      bench.turn(() => {})
    })
    bench.dispatch.closed.add(2)
    bench.turn(() => bench.dispatch.first.disconnect())
    bench.move(0, 1, -1)
    bench.clock.advance(100)
    expect(bench.dispatch.sent.map(({ node, contents }) => `${node}>${contents}`)).toEqual([
      '1>1:x',
      '2>0:a',
      '1>0:a',
    ])
  })
})

describe('with one in flight', () => {
  it('nothing of a partition follows before the answer, also after its leader has moved', () => {
    const bench = muted()
    bench.give('a')
    bench.give('b')
    expect(bench.dispatch.contents).toEqual(['0:a'])
    bench.move(0, 2, 1)
    expect(bench.dispatch.contents).toEqual(['0:a'])
    bench.turn(() => bench.dispatch.first.succeed(0))
    expect(bench.dispatch.first.contents).toBe('0:b')
  })

  it('batches of other partitions are sent while one waits for its answer', () => {
    const bench = muted()
    bench.give('a', 0)
    bench.append('b', 0)
    bench.append('c', 1)
    bench.give('d', 2)
    expect(bench.dispatch.contents).toEqual(['0:a', '1:c 2:d'])
    bench.turn(() => bench.dispatch.first.succeed(0))
    expect(bench.dispatch.contents).toEqual(['0:a', '1:c 2:d', '0:b'])
  })

  it('an expired batch keeps its partition until its request is answered', () => {
    const bench = muted({ deliveryTimeoutMs: 1000 })
    bench.give('a')
    bench.clock.advance(900)
    bench.give('b')
    bench.clock.advance(100)
    expect(bench.results).toEqual(['a!DELIVERY_TIMEOUT?'])
    expect(bench.dispatch.contents).toEqual(['0:a'])
    bench.turn(() => bench.dispatch.first.succeed(0))
    expect(bench.dispatch.first.contents).toBe('0:b')
    expect(bench.results).toHaveLength(1)
  })
})

describe('results', () => {
  it('of a partition come in the order of input', () => {
    const bench = plain()
    for (const value of 'abc') bench.give(value)
    bench.turn(() => bench.dispatch.nth(2).succeed(2))
    bench.turn(() => bench.dispatch.nth(1).succeed(1))
    expect(bench.results).toEqual([])
    bench.turn(() => bench.dispatch.first.succeed(0))
    expect(bench.results).toEqual(['a@0', 'b@1', 'c@2'])
  })

  it('do not wait for a failed batch', () => {
    const bench = plain()
    for (const value of 'ab') bench.give(value)
    bench.turn(() => bench.dispatch.nth(1).succeed(0))
    bench.turn(() => bench.dispatch.first.reply('INVALID_RECORD'))
    expect(bench.results).toEqual(['a!INVALID_RECORD', 'b@0'])
  })

  it('lose no record that is sent while they are emitted', () => {
    const bench = plain({ deliveryTimeoutMs: 1000 })
    bench.dispatch.slots = 0
    bench.give('a')
    bench.onReport = ({ values }) => {
      if (values[0] === 'a') bench.append('b')
    }
    bench.clock.advance(1000)
    bench.dispatch.slots = 1
    bench.turn(() => {})
    expect(bench.dispatch.contents).toEqual(['0:b'])
  })
})

describe('expiry', () => {
  const settings = { deliveryTimeoutMs: 1500, lingerMs: 0 }

  it('fails queued batches, oldest first, of all partitions', () => {
    const bench = plain(settings)
    bench.dispatch.closed.add(1)
    bench.give('a')
    bench.give('x', 1)
    bench.clock.advance(10)
    bench.give('b')
    bench.clock.advance(1490)
    expect(bench.results).toEqual(['a!DELIVERY_TIMEOUT', 'x!DELIVERY_TIMEOUT'])
    expect(bench.outcomes[0]!.failure).toMatchObject({ limitMs: 1500 })
    bench.clock.advance(10)
    expect(bench.results).toHaveLength(3)
    expect(bench.memory.held).toBe(0)
    expect(bench.clock.pending).toBe(0)
  })

  it.each([
    ['a success', 0],
    ['an error that could be retried', 'NOT_ENOUGH_REPLICAS'],
    ['too large', 'MESSAGE_TOO_LARGE'],
  ] as const)('in flight is final, whatever the answer: %s', (_, said) => {
    const bench = plain({ ...settings, batchSize: 1000 })
    bench.append('a')
    bench.append('b')
    bench.clock.advance(1500)
    expect(bench.results).toEqual(['a,b!DELIVERY_TIMEOUT?'])
    expect(bench.memory.held).toBe(1000) // the socket may still read it
    bench.turn(() => bench.dispatch.first.reply(said))
    bench.clock.advance(1000)
    expect(bench.results).toHaveLength(1)
    expect(bench.dispatch.sent).toHaveLength(1)
    expect(bench.memory.held).toBe(0)
  })

  it('fails a batch that backs off, with the error of its last attempt', () => {
    const bench = plain({ ...settings, backoff: () => 5000 })
    bench.give('a')
    bench.turn(() => bench.dispatch.first.reply('NOT_ENOUGH_REPLICAS'))
    bench.clock.advance(1500)
    expect(bench.results).toEqual(['a!DELIVERY_TIMEOUT'])
    expect(bench.outcomes[0]!.failure!.cause).toMatchObject({ code: 'NOT_ENOUGH_REPLICAS' })
    expect(bench.clock.pending).toBe(0)
  })

  it('leaves no lease that would send the next batch early', () => {
    const bench = plain({ deliveryTimeoutMs: 100, lingerMs: 50, batchSize: 1000 })
    bench.dispatch.closed.add(1)
    bench.give('a')
    bench.clock.advance(100)
    bench.give('b')
    bench.dispatch.closed.clear()
    bench.turn(() => {})
    expect(bench.dispatch.sent).toHaveLength(0)
    bench.clock.advance(50)
    expect(bench.dispatch.contents).toEqual(['0:b'])
  })
})

describe('a batch that is too large', () => {
  const settings = { batchSize: 1000 }

  it.each(['none', 'gzip', 'snappy'] as const)('is sent in two halves: %s', (codec) => {
    const bench = plain({ ...settings, codec: codecs[codec] })
    for (const value of 'abcd') bench.append(value)
    bench.clock.settle()
    bench.turn(() => bench.dispatch.first.reply('MESSAGE_TOO_LARGE'))
    expect(bench.dispatch.contents.slice(1)).toEqual(['0:a,b', '0:c,d'])
    for (const { batches } of bench.dispatch.open) {
      expect(batches[0]).toMatchObject({ producerId: -1, epoch: -1, sequence: -1 })
    }
    bench.turn(() => bench.dispatch.first.succeed(5))
    bench.turn(() => bench.dispatch.first.succeed(7))
    expect(bench.results).toEqual(['a,b@5', 'c,d@7'])
    expect(bench.memory.held).toBe(0)
    expect(bench.clock.pending).toBe(0)
  })

  it('of one record fails', () => {
    const bench = plain(settings)
    bench.give('a')
    bench.turn(() => bench.dispatch.first.reply('MESSAGE_TOO_LARGE'))
    expect(bench.results).toEqual(['a!RECORD_TOO_LARGE'])
  })

  it('passes its retries to its parts', () => {
    const bench = plain({ ...settings, retries: 1 })
    bench.append('a')
    bench.give('b')
    bench.turn(() => bench.dispatch.first.reply('MESSAGE_TOO_LARGE'))
    bench.turn(() => bench.dispatch.first.reply('NOT_ENOUGH_REPLICAS'))
    bench.turn(() => bench.dispatch.first.reply('NOT_ENOUGH_REPLICAS'))
    bench.clock.advance(100)
    expect(bench.dispatch.open.map(({ contents }) => contents)).toEqual(['0:a', '0:b'])
  })

  it('is split as often as necessary, and its flush waits for every part', () => {
    const bench = plain({ ...settings, maxInFlight: 1 })
    for (const value of 'abc') bench.append(value)
    const token = new CountingToken()
    bench.clock.settle()
    bench.accumulator.cut(token)
    bench.turn(() => bench.dispatch.first.reply('MESSAGE_TOO_LARGE'))
    bench.turn(() => bench.dispatch.first.succeed(0))
    bench.turn(() => bench.dispatch.first.reply('MESSAGE_TOO_LARGE'))
    bench.turn(() => bench.dispatch.first.succeed(1))
    expect(token.ends).toBe(0)
    bench.turn(() => bench.dispatch.first.reply('INVALID_RECORD'))
    expect(bench.results).toEqual(['a@0', 'b@1', 'c!INVALID_RECORD'])
    expect(token.ends).toBe(1)
  })

  it('is refused once more if memory has no room for its parts', () => {
    const bench = plain({ batchSize: 1024, bufferMemory: 1024 })
    const value = 'x'.repeat(470) // two of them fill the buffer but for some bytes
    bench.append(value)
    bench.append(value)
    bench.clock.settle()
    bench.turn(() => bench.dispatch.first.reply('MESSAGE_TOO_LARGE'))
    expect(bench.memory.held).toBe(1024)
    expect(bench.dispatch.open).toHaveLength(0)
    bench.clock.advance(100)
    expect(bench.dispatch.first.batches[0]!.values).toHaveLength(2)
    bench.turn(() => bench.dispatch.first.succeed(3))
    expect(bench.memory.held).toBe(0)
  })
})

describe('halt', () => {
  it('begins no attempt: requests in flight are awaited, everything else fails in order', () => {
    const bench = muted()
    for (const value of 'abcd') bench.give(value)
    bench.turn(() => bench.sender.halt({ code: 'SIBLING_FAILED' }))
    expect(bench.results).toEqual(['b!SIBLING_FAILED', 'c!SIBLING_FAILED', 'd!SIBLING_FAILED'])
    bench.turn(() => bench.dispatch.first.succeed(0))
    expect(bench.results.at(-1)).toBe('a@0')
    expect(bench.dispatch.sent).toHaveLength(1)
    expect(bench.memory.held).toBe(0)
    expect(bench.clock.pending).toBe(0)
  })

  it('also fails batches that are leased later', () => {
    const bench = plain()
    bench.turn(() => bench.sender.halt({ code: 'CLOSED' }))
    bench.give('a')
    expect(bench.results).toEqual(['a!CLOSED'])
  })

  it('neither retries nor splits batches in flight', () => {
    const bench = plain({ batchSize: 1000 })
    bench.append('a')
    bench.append('b')
    bench.append('c', 1)
    bench.clock.settle()
    bench.turn(() => bench.sender.halt({ code: 'CLOSED' }))
    bench.turn(() => bench.dispatch.first.reply('MESSAGE_TOO_LARGE', 'NOT_ENOUGH_REPLICAS'))
    bench.clock.advance(1000)
    expect(bench.results).toEqual(['a,b!RECORD_TOO_LARGE', 'c!NOT_ENOUGH_REPLICAS'])
    expect(bench.dispatch.sent).toHaveLength(1)
  })

  it('copes with a partition that has thousands of batches', () => {
    const bench = plain({ bufferMemory: 1 << 26 })
    bench.dispatch.closed.add(1)
    for (let index = 0; index < 20_000; index += 1) bench.append(String(index))
    bench.clock.settle()
    bench.turn(() => bench.sender.halt({ code: 'CLOSED' }))
    expect(bench.results).toHaveLength(20_000)
    expect(bench.results[0]).toBe('0!CLOSED')
    expect(bench.results.at(-1)).toBe('19999!CLOSED')
    expect(bench.memory.held).toBe(0)
  })
})

describe('abort', () => {
  it('fails everything now; batches in flight may be in the log and keep their bytes', () => {
    const bench = plain()
    bench.give('a')
    bench.dispatch.slots = 1
    bench.give('b')
    bench.turn(() => bench.sender.abort({ code: 'CLOSED' }))
    expect([...bench.results].sort()).toEqual(['a!CLOSED?', 'b!CLOSED'])
    expect(bench.memory.held).toBeGreaterThan(0)
    bench.turn(() => bench.dispatch.first.disconnect())
    expect(bench.results).toHaveLength(2)
    expect(bench.memory.held).toBe(0)
  })

  it('reports batches acknowledged after it', () => {
    const bench = plain()
    bench.give('a')
    bench.give('b')
    bench.turn(() => bench.dispatch.nth(1).succeed(9))
    bench.turn(() => bench.sender.abort({ code: 'CLOSED' }))
    expect(bench.results).toEqual(['a!CLOSED?', 'b@9'])
  })
})

describe('the sender', () => {
  it('sends nothing to a partition while the failure of its last batch is not reported', () => {
    const bench = muted()
    for (const value of ['a', 'b']) bench.give(value)
    bench.isReporting = false
    bench.turn(() => bench.dispatch.first.reply('INVALID_RECORD'))
    bench.give('c', 1)
    expect(bench.dispatch.contents).toEqual(['0:a', '1:c'])
    bench.isReporting = true
    bench.turn(() => bench.dispatch.first.succeed(5))
    expect(bench.results).toEqual(['a!INVALID_RECORD', 'c@5'])
    expect(bench.dispatch.contents).toEqual(['0:a', '1:c', '0:b'])
  })

  it('is not idle while results wait to be reported', () => {
    const bench = plain()
    expect(bench.sender.isIdle).toBe(true)
    bench.give('a')
    expect(bench.sender.isIdle).toBe(false)
    bench.dispatch.first.succeed(0)
    expect(bench.sender.isIdle).toBe(false)
    bench.clock.settle()
    expect(bench.sender.isIdle).toBe(true)
  })
})
