import { beforeEach, describe, expect, it } from 'vitest'
import { BrokerError } from '../../lib/errors/broker-error.ts'
import { errorCodes } from '../../lib/errors/error-codes.ts'
import type { Call } from '../../lib/sender/coordinator-call.ts'
import { TransactionCompletion } from '../../lib/sender/transaction-completion.ts'
import { FakeClock } from '../support/fake-runtime.ts'

// One transaction after the other, each with one request of batches. A leader holds one that comes before the
// last transaction is complete.

class Bench {
  readonly clock = new FakeClock()
  /** The questions without an answer. */
  readonly asked: Call[] = []
  /** When batches may be sent again. */
  readonly opened: number[] = []
  readonly completion = new TransactionCompletion({
    clock: this.clock,
    turn: (work) => work(),
    transactionalId: 'id',
    ask: (call) => this.asked.push(call),
    opened: () => this.opened.push(this.clock.now()),
  })

  /** A transaction begins, as soon as the last one has ended. */
  begin({ idleMs = 0, isTv2 = true } = {}): this {
    this.completion.ended()
    this.clock.advance(idleMs)
    this.completion.begin(isTv2)
    return this
  }

  /** Its first request takes so long, and it ends. */
  send(ms: number): this {
    this.completion.departing()
    this.clock.advance(ms)
    this.completion.landed(true)
    this.completion.drop()
    return this
  }

  /** The coordinator says what it knows of the last transaction. */
  tell(transactionState: string): void {
    const call = this.asked.shift()!
    call.done({ transactionStates: [{ transactionState }] } as never)
  }

  /** How long batches wait for `begin`, where the last transaction is complete after `ms`. */
  waits(ms: number): number {
    const { clock, completion } = this
    this.begin()
    const since = clock.now()
    while (!completion.isOpen) {
      const isComplete = clock.now() - since >= ms
      if (this.asked.length > 0) this.tell(isComplete ? 'CompleteCommit' : 'PrepareCommit')
      else clock.advance(0.5)
    }
    return clock.now() - since
  }

  /** A first batch was held, and then two that had paused. */
  needy(): this {
    for (let times = 0; times < 3; times += 1) this.pausing()
    return this
  }

  pausing(): void {
    this.begin()
    this.clock.advance(1)
    this.send(20)
  }
}

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})

describe('batches', () => {
  it('wait for nothing as long as none was held', () => {
    for (const ms of [5, 19.9, 5]) {
      expect(bench.begin().completion.isOpen).toBe(true)
      bench.send(ms)
    }
    expect(bench.asked).toEqual([])
  })

  it('wait for a millisecond after the end of the last transaction, once one was held', () => {
    bench.begin().send(20)
    expect(bench.waits(0)).toBe(1)
    expect(bench.opened).toHaveLength(1)
    expect(bench.asked).toEqual([])
  })

  it('do not wait if the transaction begins later than that', () => {
    bench.begin().send(20)
    expect(bench.begin({ idleMs: 1 }).completion.isOpen).toBe(true)
  })

  it('wait for nothing under TV1, where the client itself adds partitions', () => {
    bench.begin().send(20)
    expect(bench.begin({ isTv2: false }).completion.isOpen).toBe(true)
  })

  it('go without a pause after eight transactions, and pause again if they are held then', () => {
    bench.begin().send(20)
    for (let times = 0; times < 8; times += 1) {
      expect(bench.waits(0)).toBe(1)
      bench.send(5)
    }
    expect(bench.waits(0)).toBe(0)
    bench.send(20)
    expect(bench.waits(0)).toBe(1)
  })

  it('pause, and nothing is asked, if one of those that paused is held', () => {
    bench.begin().send(20)
    for (const ms of [20, 5, 20]) {
      bench.waits(0)
      bench.send(ms)
    }
    expect(bench.waits(0)).toBe(1)
    expect(bench.asked).toEqual([])
  })

  it('wait until the coordinator says that the last transaction is complete, if two in a row were held', () => {
    bench.needy().begin()
    bench.clock.advance(1)
    expect(bench.asked).toHaveLength(1)
    expect(bench.asked[0]!.body(0)).toEqual({ transactionalIds: ['id'] })
    bench.tell('PrepareCommit')
    bench.clock.advance(1)
    bench.tell('PrepareAbort')
    expect(bench.completion.isOpen).toBe(false)
    bench.clock.advance(1)
    bench.tell('CompleteCommit')
    expect(bench.completion.isOpen).toBe(true)
  })

  it('ask the later, the longer it takes: soon at first, and at most half as long again', () => {
    bench.needy()
    for (const ms of [3, 10, 40]) {
      const waited = bench.waits(ms)
      bench.send(5)
      expect(waited).toBeGreaterThanOrEqual(ms)
      expect(waited).toBeLessThanOrEqual(ms * 1.5 + 1)
    }
  })

  it('ask at once if the transaction begins later: a coordinator without requests completes nothing', () => {
    bench.needy().begin({ idleMs: 300 })
    expect(bench.asked).toHaveLength(1)
  })

  it('wait for 100 ms at most, also if there is no answer', () => {
    bench.needy().begin()
    const since = bench.clock.now()
    bench.clock.advance(1000)
    expect(bench.opened.at(-1)).toBe(since + 100)
  })

  it('wait no longer, and ask no more, if the coordinator does not say', () => {
    bench.needy().begin()
    bench.clock.advance(1)
    const { code } = errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    const error = new BrokerError(code, { request: 'DescribeTransactions' })
    bench.asked.shift()!.failed({ error, reaction: 'abort', inDoubt: false })
    expect(bench.completion.isOpen).toBe(true)
    for (let times = 0; times < 1000; times += 1) bench.send(20).begin()
    expect(bench.asked).toEqual([])
    expect(bench.completion.isOpen).toBe(true)
  })

  it('wait for nothing for 256 transactions, if those that asked were no faster for it', () => {
    bench.needy()
    for (let times = 0; times < 8; times += 1) {
      bench.waits(0)
      bench.send(25)
    }
    for (let times = 0; times < 256; times += 1) {
      expect(bench.waits(0)).toBe(0)
      bench.send(25)
    }
    bench.waits(0)
    bench.send(25)
    expect(bench.waits(0)).toBe(1)
  })
})

describe('a transaction that ends while its batches wait', () => {
  it('leaves no timer, and answers no longer matter', () => {
    bench.needy().begin()
    bench.clock.advance(1)
    bench.completion.drop()
    const { opened } = bench
    const before = opened.length
    bench.tell('CompleteCommit')
    bench.clock.advance(1000)
    expect(opened).toHaveLength(before)
  })

  it('says nothing of the next one: an answer that comes late does not let batches of that go', () => {
    bench.needy().begin()
    bench.clock.advance(1)
    bench.completion.drop()
    bench.begin()
    bench.clock.advance(1)
    bench.tell('CompleteCommit')
    expect(bench.completion.isOpen).toBe(false)
    bench.tell('CompleteCommit')
    expect(bench.completion.isOpen).toBe(true)
  })
})

describe('a request whose answer is lost', () => {
  it('is not one that was held', () => {
    bench.begin()
    bench.completion.departing()
    bench.clock.advance(30_000)
    bench.completion.landed(false)
    expect(bench.begin().completion.isOpen).toBe(true)
  })
})
