import { Subscriber } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ConnectionError } from '../../lib/errors/connection-error.ts'
import {
  DeliveryError,
  type DeliveryErrorCode,
  type Persisted,
} from '../../lib/errors/delivery-error.ts'
import type { Feed, ProducerRecord, RecordMetadata } from '../../lib/model.ts'
import { Delivery } from '../../lib/operators/delivery.ts'
import type { ClosingWatcher } from '../../lib/producer/closing.ts'
import type { Engine } from '../../lib/producer/engine.ts'
import { EventSource } from '../../lib/producer/events.ts'

interface Entered {
  readonly feed: Feed
  readonly ticket: unknown
  readonly record: ProducerRecord
}

/** An engine that keeps its input, and records what it is told. */
class FakeEngine {
  readonly entered: Entered[] = []
  readonly told: string[] = []
  isBroken = false
  fatal: (error: unknown) => void = () => {}
  /** The waiting records, by ticket: they fail when they are told to. */
  readonly waiting = new Set<unknown>()
  #idle: (() => void)[] = []

  enter(feed: Feed, ticket: unknown, record: ProducerRecord): void {
    this.entered.push({ feed, ticket, record })
  }

  watchFatal(fatal: (error: unknown) => void): () => void {
    this.fatal = fatal
    return () => {
      this.fatal = () => {}
    }
  }

  withdraw(): number {
    this.told.push('withdraw')
    return this.waiting.size
  }

  failWaiting(_feed: Feed, code: DeliveryErrorCode, cause: unknown): void {
    this.told.push(`failWaiting ${code}`)
    for (const ticket of this.waiting) this.reject(ticket as number, code, 'no', cause)
  }

  halt(code: DeliveryErrorCode, cause: unknown): void {
    this.told.push(`halt ${code}`)
    for (const ticket of this.waiting) this.reject(ticket as number, code, 'no', cause)
  }

  readonly turnstiles = {
    add: (_feed: Feed, limit: number) => void this.told.push(`bound ${limit}`),
    left: () => void this.told.push('left'),
    delete: () => void this.told.push('unbound'),
  }

  hurry = () => void this.told.push('hurry')
  refuse = (code: string) => void this.told.push(`refuse ${code}`)
  stop = () => void this.told.push('stop')
  whenIdle = (idle: () => void) => void this.#idle.push(idle)

  idle(): void {
    for (const idle of this.#idle.splice(0)) idle()
  }

  ack(index: number): void {
    const { feed, ticket, record } = this.entered[index]!
    const metadata = { topic: 't', partition: 0, offset: index, record } as RecordMetadata
    feed.settle({ feed, ticket, metadata, error: null })
  }

  reject(index: number, code: DeliveryErrorCode, persisted: Persisted = 'no', cause?: unknown) {
    const { feed, ticket, record } = this.entered[index]!
    const error = new DeliveryError(code, { record, persisted, cause })
    feed.settle({ feed, ticket, metadata: null, error })
    return error
  }
}

/** A producer that is closed when a spec says so. */
class FakeClosing {
  readonly reason = new ConnectionError('CLOSED', 'the producer was closed')
  readonly watchers = new Set<ClosingWatcher>()

  watch(watcher: ClosingWatcher): () => void {
    this.watchers.add(watcher)
    return () => this.watchers.delete(watcher)
  }

  begin(): void {
    for (const watcher of this.watchers) watcher.closing()
  }

  end(): void {
    for (const watcher of this.watchers) watcher.closed(this.reason)
  }
}

interface StageOptions {
  readonly owned?: boolean
  readonly settled?: boolean
  readonly onUnsubscribe?: 'deliver' | 'discard'
  readonly maxOutstanding?: number | null
}

function stage({
  owned = true,
  settled = false,
  onUnsubscribe = 'deliver',
  maxOutstanding = null,
}: StageOptions = {}) {
  const engine = new FakeEngine()
  const closing = new FakeClosing()
  const events = new EventSource('me')
  const published: unknown[] = []
  events.events$.subscribe((event) => published.push(event))
  const words: string[] = []
  let end: unknown
  const out = new Subscriber<string>({
    next: (word: string) => void words.push(word),
    error: (error: unknown) => {
      words.push('#')
      end = error
    },
    complete: () => void words.push('|'),
  } as never)
  let released = 0
  const delivery = new Delivery<ProducerRecord>(
    {
      engine: engine as unknown as Engine,
      events,
      closing,
      owned,
      onUnsubscribe,
      maxOutstanding,
      context: null,
      release: () => {
        released += 1
      },
    },
    out as Subscriber<unknown>,
    {
      acknowledged: ({ record }) => out.next(`${record.value}`),
      ...(settled && {
        rejected: (error: DeliveryError<ProducerRecord>) => out.next(`${error.record.value}!`),
      }),
    },
  )
  out.add(() => delivery.close())
  const give = (letters: string) => {
    for (const value of letters) delivery.next({ topic: 't', value })
  }
  return {
    engine,
    closing,
    delivery,
    out,
    words,
    published,
    give,
    released: () => released,
    error: () => end as DeliveryError<ProducerRecord>,
  }
}

const valuesOf = (list: DeliveryError<ProducerRecord>['unsent']) =>
  list.map(({ record }) => record.value).join('')

describe('Delivery', () => {
  it('passes on each result, and completes after the last', () => {
    const { engine, delivery, words, give } = stage()
    give('ab')
    engine.ack(0)
    delivery.complete()
    expect(words).toEqual(['a'])
    engine.ack(1)
    expect(words).toEqual(['a', 'b', '|'])
    expect(engine.told).toEqual(['hurry', 'stop'])
  })

  it('gives each record a ticket with its position in the input', () => {
    const { engine, give } = stage()
    give('abc')
    expect(engine.entered.map(({ ticket }) => ticket)).toEqual([0, 1, 2])
  })

  it('does not flush or close a shared producer', () => {
    const { engine, delivery, give } = stage({ owned: false })
    give('a')
    delivery.complete()
    engine.ack(0)
    expect(engine.told).toEqual([])
  })

  it('never ends before the result that caused the end', () => {
    const { engine, delivery, words, give } = stage()
    give('a')
    // The source ends while a result is passed on.
    const original = words.push.bind(words)
    words.push = (...all) => {
      if (all[0] === 'a') delivery.complete()
      return original(...all)
    }
    engine.ack(0)
    expect([...words]).toEqual(['a', '|'])
  })

  it('passes on the error of its source after the last result', () => {
    const { engine, delivery, words, give, error } = stage()
    give('a')
    delivery.fail('wrong')
    expect(words).toEqual([])
    engine.ack(0)
    expect(words).toEqual(['a', '#'])
    expect(error()).toBe('wrong')
  })

  it('stops at the first failure, waits for the rest, and lists it in input order', () => {
    const { engine, words, give, error, released } = stage()
    give('abcdef')
    engine.waiting.add(4)
    engine.ack(0)
    const first = engine.reject(3, 'INVALID_RECORD')
    expect(engine.told).toEqual(['halt SIBLING_FAILED'])
    expect(released()).toBe(1)
    give('x')
    expect(engine.entered).toHaveLength(6)
    engine.reject(5, 'NETWORK_EXCEPTION', 'possibly')
    engine.ack(2)
    engine.reject(1, 'NETWORK_EXCEPTION')
    expect(words).toEqual(['a', 'c', '#'])
    expect(error()).toBe(first)
    expect(valuesOf(error().unsent)).toBe('bde')
    expect(valuesOf(error().unknown)).toBe('f')
    expect(error().counts).toEqual({ acknowledged: 2, unsent: 3, unknown: 1 })
    expect(engine.told.at(-1)).toBe('stop')
  })

  it('drops only its own waiting records if the producer is shared', () => {
    const { engine, words, give } = stage({ owned: false })
    give('abc')
    engine.waiting.add(2)
    engine.reject(0, 'INVALID_RECORD')
    expect(engine.told).toEqual(['failWaiting SIBLING_FAILED'])
    expect(words).toEqual([])
    engine.ack(1)
    expect(words).toEqual(['b', '#'])
  })

  it('ends at once if the failed record was the last outstanding one', () => {
    const { engine, words, give } = stage()
    give('ab')
    engine.waiting.add(1)
    engine.reject(0, 'INVALID_RECORD')
    expect(words).toEqual(['#'])
  })

  it('reports a lost record rather than the error of the source, which is included', () => {
    const { engine, delivery, give, error } = stage()
    give('a')
    delivery.fail('wrong')
    engine.reject(0, 'INVALID_RECORD')
    expect(error()).toMatchObject({ code: 'INVALID_RECORD', sourceError: 'wrong' })
  })

  it('continues after failures that are results', () => {
    const { engine, delivery, words, give } = stage({ settled: true })
    give('ab')
    engine.reject(0, 'INVALID_RECORD')
    give('c')
    delivery.complete()
    engine.ack(1)
    engine.ack(2)
    expect(words).toEqual(['a!', 'b', 'c', '|'])
    expect(engine.told).toEqual(['hurry', 'stop'])
  })

  it('ends with a fatal error once every result is emitted', () => {
    const { engine, words, give, error, released } = stage({ settled: true })
    give('ab')
    engine.fatal('fatal')
    expect(released()).toBe(1)
    give('c')
    expect(words).toEqual([])
    engine.reject(0, 'AUTHENTICATION_FAILED')
    engine.reject(1, 'AUTHENTICATION_FAILED')
    expect(words).toEqual(['a!', 'b!', '#'])
    expect(error()).toBe('fatal')
    expect(engine.told).toEqual(['stop'])
  })

  it('ends with a fatal error at once if nothing is outstanding', () => {
    const { engine, words } = stage()
    engine.fatal(undefined)
    expect(words).toEqual(['#'])
  })

  it('takes no more records once its producer is closed, and fails after all results', () => {
    for (const maxOutstanding of [null, 5]) {
      const { engine, closing, words, give, error, released } = stage({
        owned: false,
        settled: true,
        maxOutstanding,
      })
      give('ab')
      closing.begin()
      expect(released()).toBe(1)
      give('c')
      expect(engine.entered).toHaveLength(2)
      engine.ack(0)
      engine.reject(1, 'CLOSED')
      expect(words).toEqual(['a', 'b!'])
      closing.end()
      expect(words).toEqual(['a', 'b!', '#'])
      expect(error()).toBe(closing.reason)
      expect(closing.watchers.size).toBe(0)
    }
  })

  it('completes normally if its source ended before its producer was closed', () => {
    const { engine, closing, delivery, words, give } = stage({ owned: false })
    give('a')
    delivery.complete()
    closing.begin()
    engine.ack(0)
    expect(words).toEqual(['a', '|'])
    expect(closing.watchers.size).toBe(0)
  })

  it('reports a lost record rather than the closed producer, and withdraws waiting records', () => {
    const { engine, closing, words, give, error } = stage({ owned: false })
    give('abc')
    engine.waiting.add(2)
    closing.begin()
    const first = engine.reject(0, 'INVALID_RECORD')
    expect(engine.told).toEqual(['failWaiting SIBLING_FAILED'])
    engine.ack(1)
    expect(words).toEqual(['b', '#'])
    expect(error()).toBe(first)
    expect(valuesOf(error().unsent)).toBe('ac')
  })

  it('waits for nothing if a bug has ended the engine', () => {
    const { engine, words, give, error } = stage()
    give('ab')
    engine.isBroken = true
    engine.fatal('bug')
    expect(words).toEqual(['#'])
    expect(error()).toBe('bug')
    engine.ack(0) // found after all: nobody is told twice
    expect(words).toEqual(['#'])
  })

  it.each([
    [true, 'deliver', ['withdraw', 'refuse DISCARDED', 'stop']],
    [true, 'discard', ['withdraw', 'halt DISCARDED', 'stop']],
    [false, 'deliver', ['withdraw']],
  ])('on unsubscribe, owned: %s, %s: %j', (owned, onUnsubscribe, told) => {
    const { engine, out, words, give, published } = stage({
      owned,
      onUnsubscribe: onUnsubscribe as never,
    })
    give('abc')
    out.unsubscribe()
    expect(engine.told).not.toContain('stop')
    engine.ack(0)
    const lost = engine.reject(1, 'INVALID_RECORD')
    engine.reject(2, 'DISCARDED')
    engine.idle()
    expect(words).toEqual([])
    expect(engine.told).toEqual(told)
    expect(published).toEqual([{ type: 'undelivered', error: lost }])
  })

  it('on unsubscribe reports failures that no error will report any more', () => {
    for (const maxOutstanding of [null, 5]) {
      const { engine, out, give, published } = stage({ owned: false, maxOutstanding })
      give('abc')
      const first = engine.reject(1, 'INVALID_RECORD')
      const second = engine.reject(2, 'SIBLING_FAILED')
      expect(published).toEqual([])
      out.unsubscribe()
      const third = engine.reject(0, 'DELIVERY_TIMEOUT')
      const errors = [first, second, third]
      expect(published).toEqual(errors.map((error) => ({ type: 'undelivered', error })))
    }
  })

  describe('in the order of all input', () => {
    const ordered = { maxOutstanding: 5 }

    it('holds each result until all earlier ones have left, and reports which left', () => {
      const { engine, delivery, words, give } = stage(ordered)
      give('abcd')
      engine.ack(2)
      engine.ack(1)
      expect(words).toEqual([])
      expect(engine.told).toEqual(['bound 5'])
      engine.ack(0)
      expect(words).toEqual(['a', 'b', 'c'])
      expect(engine.told).toEqual(['bound 5', 'left', 'left', 'left'])
      delivery.complete()
      engine.ack(3)
      expect(words).toEqual(['a', 'b', 'c', 'd', '|'])
      expect(engine.told.slice(4)).toEqual(['hurry', 'left', 'unbound', 'stop'])
    })

    it('puts a failure that is a result in its place', () => {
      const { engine, words, give } = stage({ ...ordered, settled: true })
      give('abc')
      engine.reject(1, 'INVALID_RECORD')
      engine.ack(2)
      expect(words).toEqual([])
      engine.ack(0)
      expect(words).toEqual(['a', 'b!', 'c'])
    })

    it('stops at once after a failure, and ends after all acknowledged results, in order', () => {
      const { engine, words, give, error, released } = stage(ordered)
      give('abcde')
      engine.waiting.add(4)
      engine.reject(1, 'INVALID_RECORD')
      expect(released()).toBe(1)
      expect(engine.told).toEqual(['bound 5', 'halt SIBLING_FAILED'])
      engine.ack(3)
      engine.ack(2)
      expect(words).toEqual([])
      engine.ack(0)
      expect(words).toEqual(['a', 'c', 'd', '#'])
      expect(valuesOf(error().unsent)).toBe('be')
      expect(error().counts).toEqual({ acknowledged: 3, unsent: 2, unknown: 0 })
    })

    it('never emits a result while it emits another', () => {
      const { engine, words, give } = stage(ordered)
      give('abc')
      const original = words.push.bind(words)
      words.push = (...all) => {
        if (all[0] === 'a') {
          engine.ack(1)
          expect([...words]).toEqual([])
        }
        return original(...all)
      }
      engine.ack(0)
      expect([...words]).toEqual(['a', 'b'])
    })

    it('on unsubscribe reports failures that waited for their turn', () => {
      const { engine, out, words, give, published } = stage({ ...ordered, settled: true })
      give('abc')
      const lost = engine.reject(1, 'INVALID_RECORD')
      out.unsubscribe()
      expect(published).toEqual([{ type: 'undelivered', error: lost }])
      const later = engine.reject(2, 'INVALID_RECORD')
      engine.ack(0)
      expect(published).toHaveLength(2)
      expect(published[1]).toEqual({ type: 'undelivered', error: later })
      expect(words).toEqual([])
      expect(engine.told).toContain('unbound')
    })

    it('on unsubscribe reports them before it withdraws waiting records, because the producer may end with these', () => {
      const { engine, out, give, published } = stage({ ...ordered, owned: false, settled: true })
      give('ab')
      engine.reject(1, 'INVALID_RECORD')
      let toldBefore: unknown
      const withdraw = engine.withdraw.bind(engine)
      engine.withdraw = (...args) => {
        toldBefore = [...published]
        return withdraw(...args)
      }
      out.unsubscribe()
      expect(toldBefore).toHaveLength(1)
    })

    it('does not wait for the order if a bug has ended the engine', () => {
      const { engine, words, give, error } = stage(ordered)
      give('abcd')
      engine.ack(3)
      engine.ack(1)
      engine.isBroken = true
      engine.fatal('bug')
      expect(words).toEqual(['b', 'd', '#'])
      expect(error()).toBe('bug')
    })
  })

  it('does not use the engine after its end', () => {
    const { engine, delivery, out } = stage()
    delivery.complete()
    expect(engine.told).toEqual(['hurry', 'stop'])
    out.unsubscribe()
    engine.fatal('late')
    expect(engine.told).toEqual(['hurry', 'stop'])
  })
})
