import { runInNewContext } from 'node:vm'
import { asapScheduler, type SchedulerLike, Subject, VirtualTimeScheduler } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import type { Bytes, Envelope, Feed, Header, ProducerRecord } from '../../lib/model.ts'
import { passThrough } from '../../lib/serialization/pass-through.ts'
import { failed } from '../../lib/stages/envelope.ts'
import { type SerializeOptions, serialize } from '../../lib/stages/serialize.ts'
import { SchedulerClock } from '../../lib/testing/scheduler-clock.ts'
import { bench, FakeFeed, letterOf } from '../support/marbles.ts'
import { operatorLaws, releaseLaws } from '../support/operator-laws.ts'

const synchronous = {
  key: passThrough,
  value: passThrough,
  maxWaiting: 1000,
  maxBlockMs: 60_000,
} as Pick<SerializeOptions, 'key' | 'value' | 'maxWaiting' | 'maxBlockMs'>

/** Lets all settled promises run their callbacks. */
async function told(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await null
}

/** A serializer whose promises a spec settles by their value. */
class Hands {
  readonly asked: unknown[] = []
  readonly #open = new Map<unknown, (bytes: Bytes | Promise<Bytes>) => void>()

  readonly serializer = (data: unknown): Promise<Bytes> => {
    this.asked.push(data)
    return new Promise<Bytes>((resolve) => this.#open.set(data, resolve))
  }

  async settle(...values: unknown[]): Promise<void> {
    for (const value of values) this.#open.get(value)!(`${value}!`)
    await told()
  }

  async reject(value: unknown, cause: unknown): Promise<void> {
    this.#open.get(value)!(Promise.reject(cause))
    await told()
  }
}

function stage(options: Partial<SerializeOptions> = {}, scheduler: SchedulerLike = asapScheduler) {
  const parts = bench(new SchedulerClock(scheduler))
  const source = new Subject<Envelope>()
  const out: Envelope[] = []
  const ended: string[] = []
  const subscription = source.pipe(serialize({ ...synchronous, ...parts, ...options })).subscribe({
    next: (envelope) => out.push(envelope),
    error: (error) => ended.push(String(error)),
    complete: () => ended.push('|'),
  })
  return {
    ...parts,
    source,
    out,
    ended,
    subscription,
    letters: () => out.map(letterOf),
    give: (letter: string, record: Partial<ProducerRecord> = {}, feed?: Feed) => {
      const envelope = parts.envelope(letter, record, feed)
      source.next(envelope)
      return envelope
    },
  }
}

/** An object that is not a promise, but has a `then`. */
function thenable(then: (done: (bytes: Bytes) => void) => void) {
  return Object.defineProperty({}, 'then', { value: then }) as Promise<Bytes>
}

const unhandled: unknown[] = []
const note = (reason: unknown) => unhandled.push(reason)
process.on('unhandledRejection', note)
afterEach(async () => {
  await new Promise(setImmediate)
  expect(unhandled.splice(0)).toEqual([])
})

describe('serialize', () => {
  operatorLaws(
    (parts) => (source) => source.pipe(serialize({ ...synchronous, ...parts }), parts.letters),
  )
  releaseLaws((parts) => ({
    operator: serialize({ ...synchronous, ...parts, value: () => new Promise(() => {}) }),
    item: parts.envelope('a'),
  }))

  it('fills in key, value, headers, partition and timestamp', () => {
    const { give } = stage()
    const bytes = new Uint8Array([1])
    const envelope = give('a', {
      key: 'k',
      value: bytes,
      headers: { h: 'x' },
      partition: 3,
      timestamp: 7,
    })
    expect(envelope).toMatchObject({
      key: 'k',
      value: bytes,
      headers: [{ key: 'h', value: 'x' }],
      partition: 3,
      timestamp: 7,
      failure: null,
    })
  })

  it('leaves the defaults of fields that a record does not have', () => {
    const { give, clock } = stage()
    const before = clock.timestamp()
    const envelope = give('a', { value: null })
    expect(envelope).toMatchObject({ key: null, value: null, headers: null, partition: -1 })
    expect(envelope.timestamp).toBeGreaterThanOrEqual(before)
  })

  it('calls the serializer of the key, then that of the value, each with its context', () => {
    const calls: unknown[] = []
    const { give } = stage({
      key: (data, context) => {
        calls.push([data, context])
        return 'K'
      },
      value: (data, context) => {
        calls.push([data, context])
        return 'V'
      },
    })
    const headers = [{ key: 'h', value: 'x' }]
    const envelope = give('a', { key: 1, value: { v: 2 }, headers })
    expect(envelope).toMatchObject({ key: 'K', value: 'V' })
    expect(calls).toEqual([
      [1, { topic: 't', headers, isKey: true }],
      [{ v: 2 }, { topic: 't', headers, isKey: false }],
    ])
  })

  it.each([0, 1])('sends a header that a serializer adds to a list of %i headers', (length) => {
    const headers: Header[] = Array.from({ length }, () => ({ key: 'h', value: 'x' }))
    const { give } = stage({
      value: () => {
        headers.push({ key: 'schema', value: '7' })
        return 'V'
      },
    })
    expect(give('a', { value: 1, headers }).headers).toHaveLength(length + 1)
  })

  it('fails a record if a serializer adds an invalid header', () => {
    const headers = [{ key: 'h', value: 'x' }]
    const { give } = stage({
      value: () => {
        headers.push({ key: 'i', value: 7 as never })
        return 'V'
      },
    })
    const { failure } = give('a', { value: 1, headers })
    expect(failure).toMatchObject({ code: 'SERIALIZER_FAILED' })
    expect(String(failure?.cause)).toContain('the header i is a number')
  })

  it('passes null to serializers for an absent key and for a tombstone', () => {
    const seen: unknown[] = []
    const see = (data: unknown) => {
      seen.push(data)
      return null
    }
    const { give } = stage({ key: see, value: see })
    give('a', { value: null })
    give('b', { key: undefined, value: null })
    expect(seen).toEqual([null, null, null, null])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
      'no',
    ],
    ['returns undefined', () => undefined as never, 'undefined'],
    ['returns a number', () => 7 as never, 'number'],
    ['rejects', () => Promise.reject(new Error('no')), 'no'],
    ['resolves to something other than bytes', () => Promise.resolve({} as never), 'object'],
    [
      'returns a thenable that throws',
      () =>
        thenable(() => {
          throw new Error('no')
        }),
      'no',
    ],
    [
      'returns an object with a throwing `then`',
      () =>
        Object.defineProperty({}, 'then', {
          get() {
            throw new Error('no')
          },
        }) as never,
      'no',
    ],
  ])('fails the one record whose serializer %s', async (_, serializer, words) => {
    for (const side of ['key', 'value'] as const) {
      const { give, letters, out } = stage({
        [side]: (data: unknown) => (data === 'bad' ? serializer() : (data as Bytes)),
      })
      give('a', { key: 'k' })
      give('b', { key: 'k', [side]: 'bad' })
      give('c', { key: 'k' })
      await told()
      expect(letters(), side).toEqual(['a', 'b:SERIALIZER_FAILED', 'c'])
      const { failure, original } = out[1]!
      expect(failure).toMatchObject({ topic: 't', persisted: 'no' })
      expect(failure!.record).toBe(original)
      expect((failure!.cause as Error).message).toContain(words)
    }
  })

  it('accepts bytes of another realm wherever bytes are accepted', () => {
    const foreign = () => runInNewContext('new Uint8Array([1, 2])') as Uint8Array
    expect(foreign()).not.toBeInstanceOf(Uint8Array)
    const { give } = stage({ key: foreign, value: foreign })
    const envelope = give('a', { key: 'k', headers: { h: foreign() } })
    expect(envelope.failure).toBeNull()
    expect([...(envelope.headers![0]!.value as Uint8Array)]).toEqual([1, 2])
    const other = () => runInNewContext('new Uint16Array([1, 2])') as Uint8Array
    expect(give('b', { headers: { h: other() } }).failure).toMatchObject({ code: 'INVALID_RECORD' })
  })

  it('leaves no unhandled rejection if the key is a promise and the value throws', async () => {
    const { give, letters } = stage({
      key: () => Promise.reject(new Error('key')),
      value: () => {
        throw new Error('value')
      },
    })
    give('a')
    await told()
    expect(letters()).toEqual(['a:SERIALIZER_FAILED'])
  })

  it('leaves no unhandled rejection if the value is a promise and headers cannot be read again', async () => {
    let reads = 0
    const headers = {
      [Symbol.iterator]: (): Iterator<readonly [string, Bytes]> => {
        reads += 1
        if (reads > 1) throw new Error('read once')
        return [['h', 'x'] as const][Symbol.iterator]()
      },
    }
    const { give } = stage({ value: () => Promise.reject(new Error('no bytes')) })
    const envelope = give('a', { headers })
    expect(envelope.failure).toMatchObject({
      code: 'SERIALIZER_FAILED',
      cause: { message: 'read once' },
    })
    await new Promise(setImmediate) // what is unhandled would be noted by now
  })

  it('treats a thenable as a promise', async () => {
    const value = () => thenable((done) => done('late'))
    const { give, letters } = stage({ value })
    const envelope = give('a')
    await told()
    expect(letters()).toEqual(['a'])
    expect(envelope.value).toBe('late')
  })

  it.each([
    ['is not an object', 'text'],
    ['has no topic', { value: 'v' }],
    ['has a negative partition', { topic: 't', partition: -1, value: 'v' }],
    ['has a header that is not bytes', { topic: 't', headers: { h: 7 }, value: 'v' }],
    ['is what kafkajs sends', { topic: 't', messages: [{ value: 'v' }] }],
  ])('refuses what %s', (_, record) => {
    const { envelope, source, letters } = stage()
    source.next(Object.assign(envelope('a'), { record, original: record }) as Envelope)
    expect(letters()).toEqual(['a:INVALID_RECORD'])
  })

  it('says of a promise that it is no record yet', () => {
    const { envelope, source } = stage()
    const given = envelope('a')
    given.record = Promise.resolve() as never
    source.next(given)
    expect(given.failure?.message).toMatch(/not a promise: wait for it before you send it/)
  })

  it.each(['topic', 'partition', 'headers', 'key', 'value'] as const)(
    'fails the one record whose %s is a getter that throws',
    (property) => {
      const { envelope, source, letters, ended } = stage()
      const record = Object.defineProperty({ topic: 't', value: 'v' }, property, {
        get() {
          throw new Error('no')
        },
      })
      source.next(Object.assign(envelope('a'), { record, original: record }) as Envelope)
      source.next(envelope('b'))
      expect(letters()[0]).toMatch(/^a:(INVALID_RECORD|SERIALIZER_FAILED)$/)
      expect(letters()[1]).toBe('b')
      expect(ended).toEqual([])
    },
  )

  it('passes on records that failed earlier', () => {
    let called = 0
    const { envelope, source, letters } = stage({
      value: () => {
        called += 1
        return null
      },
    })
    source.next(failed(envelope('a'), 'CLOSED'))
    expect(letters()).toEqual(['a:CLOSED'])
    expect(called).toBe(0)
  })
})

describe('serialize with promises', () => {
  it('keeps the order of a feed and topic, in any order of settling', async () => {
    const hands = new Hands()
    const { give, letters, out } = stage({ value: hands.serializer })
    for (const letter of 'abc') give(letter)
    await hands.settle('c')
    expect(letters()).toEqual([])
    await hands.settle('a')
    expect(letters()).toEqual(['a'])
    await hands.settle('b')
    expect(letters()).toEqual(['a', 'b', 'c'])
    expect(out.map(({ value }) => value)).toEqual(['a!', 'b!', 'c!'])
  })

  it('holds a synchronous record behind a promise of its feed and topic', async () => {
    const hands = new Hands()
    const value = (data: unknown) => (data === 'a' ? hands.serializer(data) : (data as Bytes))
    const { give, letters, holdings } = stage({ value })
    for (const letter of 'abc') give(letter)
    expect(letters()).toEqual([])
    expect([...holdings.held()].map(letterOf)).toEqual(['a', 'b', 'c'])
    await hands.settle('a')
    expect(letters()).toEqual(['a', 'b', 'c'])
    expect(holdings.holds(null)).toBe(false)
  })

  it('holds back neither another topic nor another feed', async () => {
    const hands = new Hands()
    const value = (data: unknown) => (data === 'a' ? hands.serializer(data) : (data as Bytes))
    const { give, letters } = stage({ value })
    give('a')
    give('b', { topic: 'u' })
    give('c', {}, new FakeFeed())
    expect(letters()).toEqual(['b', 'c'])
    await hands.settle('a')
    expect(letters()).toEqual(['b', 'c', 'a'])
  })

  it('has at most 16 pending promises of a feed, and begins the rest in order', async () => {
    const hands = new Hands()
    const { give, letters } = stage({ value: hands.serializer })
    const names = Array.from({ length: 20 }, (_, index) => `r${index}`)
    for (const name of names) give(name)
    give('other', {}, new FakeFeed())
    expect(hands.asked).toEqual([...names.slice(0, 16), 'other'])
    await hands.settle('r5')
    expect(hands.asked.at(-1)).toBe('r16')
    await hands.settle('other', ...names.slice(0, 5), ...names.slice(6, 17))
    expect(hands.asked).toHaveLength(21)
    await hands.settle(...names.slice(17))
    expect(letters().filter((name) => name !== 'other')).toEqual(names)
  })

  it('fails records beyond `maxWaiting` of a feed, and none of another', async () => {
    const hands = new Hands()
    const { give, letters } = stage({ value: hands.serializer, maxWaiting: 2 })
    for (const letter of 'abc') give(letter)
    give('d', {}, new FakeFeed())
    expect(letters()).toEqual(['c:BUFFER_EXHAUSTED'])
    await hands.settle('a', 'b', 'd')
    expect(letters()).toEqual(['c:BUFFER_EXHAUSTED', 'a', 'b', 'd'])
  })

  it('lets an invalid record overtake', async () => {
    const hands = new Hands()
    const { give, letters } = stage({ value: hands.serializer })
    give('a')
    give('b', { partition: -1 })
    expect(letters()).toEqual(['b:INVALID_RECORD'])
    await hands.settle('a')
    expect(letters()).toEqual(['b:INVALID_RECORD', 'a'])
  })

  it('completes when the last promise has settled', async () => {
    const hands = new Hands()
    const { give, source, letters, ended } = stage({ value: hands.serializer })
    give('a')
    give('b', {}, new FakeFeed())
    source.complete()
    await hands.settle('a')
    expect(ended).toEqual([])
    await hands.reject('b', new Error('no'))
    expect(letters()).toEqual(['a', 'b:SERIALIZER_FAILED'])
    expect(ended).toEqual(['|'])
  })

  it('returns the waiting records of a feed, and still completes', async () => {
    const hands = new Hands()
    const mine = new FakeFeed()
    const { give, source, letters, ended, holdings } = stage({ value: hands.serializer })
    give('a', {}, mine)
    give('b', {}, mine)
    give('c')
    expect(holdings.withdraw(mine).map(letterOf)).toEqual(['a', 'b'])
    source.complete()
    await hands.settle('a', 'b')
    expect(letters()).toEqual([])
    expect(holdings.withdraw(null).map(letterOf)).toEqual(['c'])
    expect(ended).toEqual(['|'])
  })

  it('runs one turn for each promise that settles', async () => {
    const hands = new Hands()
    const { give, turn, out } = stage({ value: hands.serializer })
    const inTurn: boolean[] = []
    give('a')
    turn.on('drain', () => {
      inTurn.push(out.length === 1)
      return false
    })
    await hands.settle('a')
    expect(inTurn).toEqual([true])
  })

  it('reads nothing from a record that waits: its giver may use the object again', async () => {
    const hands = new Hands()
    const { source, envelope, out } = stage({ value: hands.serializer })
    const headers = [{ key: 'h', value: 'x' }]
    const record = { topic: 't', value: 'a', headers }
    source.next(Object.assign(envelope('a'), { record, original: record }) as Envelope)
    record.topic = 'u'
    record.value = 'b'
    headers.push({ key: 'i', value: 'y' })
    await hands.settle('a')
    expect(out[0]!.record.topic).toBe('t')
    expect(out[0]!.value).toBe('a!')
    expect(out[0]!.headers).toEqual([{ key: 'h', value: 'x' }])
    expect(out[0]!.original).toBe(record)
  })

  it('survives a serializer that withdraws its own feed while it runs', async () => {
    const mine = new FakeFeed()
    const hands = new Hands()
    const withdrawn: string[] = []
    const { give, letters, holdings } = stage({
      value: (data: unknown) => {
        if (data === 'b') withdrawn.push(...holdings.withdraw(mine).map(letterOf))
        return hands.serializer(data)
      },
    })
    give('a', {}, mine)
    give('b', {}, mine)
    await hands.settle('a', 'b')
    // a was withdrawn; b was only with its serializer, and continues.
    expect(withdrawn).toEqual(['a'])
    expect(letters()).toEqual(['b'])
  })

  it('does not emit a record that is withdrawn while it emits', async () => {
    const hands = new Hands()
    const mine = new FakeFeed()
    const parts = bench(new SchedulerClock(asapScheduler))
    const source = new Subject<Envelope>()
    const out: string[] = []
    const withdrawn: string[] = []
    source
      .pipe(serialize({ ...synchronous, ...parts, value: hands.serializer }))
      .subscribe((envelope) => {
        out.push(letterOf(envelope))
        withdrawn.push(...parts.holdings.withdraw(mine).map(letterOf))
      })
    for (const letter of 'abc') source.next(parts.envelope(letter, {}, mine))
    await hands.settle('c', 'b', 'a')
    expect(out).toEqual(['a'])
    expect(withdrawn).toEqual(['b', 'c'])
  })

  it('emits nothing after it was released', async () => {
    const hands = new Hands()
    const { give, letters, subscription, holdings } = stage({ value: hands.serializer })
    give('a')
    subscription.unsubscribe()
    await hands.settle('a')
    expect(letters()).toEqual([])
    expect(holdings.holds(null)).toBe(false)
  })
})

describe('a promise that does not settle within max.block.ms', () => {
  /** A stage whose records may wait for 100 ms, in time that passes when the spec says so. */
  function patient() {
    const scheduler = new VirtualTimeScheduler(undefined, 0)
    const hands = new Hands()
    const opened = stage({ value: hands.serializer, maxBlockMs: 100 }, scheduler)
    const pass = (ms: number) => {
      scheduler.maxFrames += ms
      scheduler.schedule(() => {}, scheduler.maxFrames - scheduler.now())
      scheduler.flush()
    }
    return { ...opened, hands, pass }
  }

  it('fails its record then, and has no effect on it afterwards', async () => {
    const { give, letters, out, hands, pass } = patient()
    give('a')
    pass(99)
    expect(letters()).toEqual([])
    pass(1)
    expect(letters()).toEqual(['a:SERIALIZER_FAILED'])
    const { failure } = out[0]!
    expect(failure).toMatchObject({ limitMs: 100, persisted: 'no' })
    expect(failure!.message).toBe(
      "t: SERIALIZER_FAILED after 100 ms: its serializer's promise has not settled",
    )
    await hands.settle('a')
    expect(letters()).toHaveLength(1)
    expect(out[0]!.value).toBeNull()
    expect(out[0]!.failure).toBe(failure)
  })

  it('may reject later without an unhandled rejection', async () => {
    const { give, out, hands, pass } = patient()
    give('a')
    pass(100)
    const { failure } = out[0]!
    await hands.reject('a', new Error('late'))
    expect(out[0]!.failure).toBe(failure)
  })

  it('no longer holds back later records: they continue in order, each with its own deadline', async () => {
    const { give, letters, hands, pass } = patient()
    give('a')
    pass(30)
    give('b')
    give('c')
    await hands.settle('b')
    pass(70)
    expect(letters()).toEqual(['a:SERIALIZER_FAILED', 'b'])
    await hands.settle('c')
    expect(letters()).toEqual(['a:SERIALIZER_FAILED', 'b', 'c'])
  })

  it('fails its record with all others of the same age, in any topic and feed, and no younger one', () => {
    const { give, letters, pass } = patient()
    give('a')
    give('b', { topic: 'u' })
    give('c', {}, new FakeFeed())
    pass(50)
    give('d')
    give('e', {}, new FakeFeed())
    pass(50)
    expect(letters().sort()).toEqual(['a', 'b', 'c'].map((one) => `${one}:SERIALIZER_FAILED`))
    pass(50)
    expect(letters().slice(3)).toEqual(['d', 'e'].map((one) => `${one}:SERIALIZER_FAILED`))
  })

  it('makes room for one that was not begun, if that one has not waited too long itself', async () => {
    const { give, letters, out, hands, pass } = patient()
    const names = Array.from({ length: 17 }, (_, index) => `r${index}`)
    for (const name of names) give(name)
    pass(50)
    give('young')
    pass(50)
    expect(letters()).toEqual(names.map((name) => `${name}:SERIALIZER_FAILED`))
    expect(out[16]!.failure!.message).toContain(
      '16 earlier promises of its stream have not settled',
    )
    expect(hands.asked).toEqual([...names.slice(0, 16), 'young'])
    await hands.settle('young')
    expect(letters().at(-1)).toBe('young')
  })

  it('is waited for no longer than that, even if its serializer withdrew its feed', async () => {
    const mine = new FakeFeed()
    const hands = new Hands()
    const scheduler = new VirtualTimeScheduler(undefined, 100)
    const { give, letters, holdings } = stage(
      {
        maxBlockMs: 100,
        value: (data: unknown) => {
          if (data === 'q') holdings.withdraw(mine)
          return hands.serializer(data)
        },
      },
      scheduler,
    )
    for (const letter of 'abcdefghijklmnopq') give(letter, {}, mine)
    await hands.settle('a')
    expect([...holdings.held()].map(letterOf)).toEqual(['q'])
    scheduler.flush()
    expect(letters()).toEqual(['a', 'q:SERIALIZER_FAILED'])
  })
})
