import { asapScheduler, Subject, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Envelope, Feed, ProducerRecord, Stickiness } from '../../lib/model.ts'
import { murmur2, toPartition } from '../../lib/partitioners/murmur2.ts'
import type { TopicInfo } from '../../lib/partitioners/partitioner.ts'
import { failed } from '../../lib/stages/envelope.ts'
import {
  type PartitionOptions,
  partition,
  type TopicDirectory,
  type TopicPlace,
  type TopicRefusal,
} from '../../lib/stages/partition.ts'
import { SchedulerClock } from '../../lib/testing/scheduler-clock.ts'
import { TopicTable } from '../../lib/topics/topic-table.ts'
import { type Bench, bench, FakeFeed, letterOf, marbles } from '../support/marbles.ts'
import { operatorLaws, releaseLaws } from '../support/operator-laws.ts'

/** Topics that a spec makes known when it likes. */
class FakeTopics implements TopicDirectory {
  readonly places = new Map<string, TopicPlace>()
  readonly refusals = new Map<string, TopicRefusal>()
  readonly asked: string[] = []
  /** Topics that records wait for. */
  readonly held: string[] = []
  outgrownCalls = 0
  error: unknown = undefined
  #changed: (topics: null) => void = () => {}
  #table = new TopicTable({ now: () => 0 })

  constructor(known: Readonly<Record<string, number>> = {}) {
    for (const [name, partitions] of Object.entries(known)) this.place(name, partitions)
  }

  find(topic: string): TopicPlace | null {
    this.asked.push(topic)
    return this.places.get(topic) ?? null
  }

  hold(topic: string): void {
    this.held.push(topic)
  }

  release(topic: string): void {
    this.held.splice(this.held.indexOf(topic), 1)
  }

  refusal(topic: string): TopicRefusal | null {
    return this.refusals.get(topic) ?? null
  }

  lastError(): unknown {
    return this.error
  }

  outgrown(): void {
    this.outgrownCalls += 1
  }

  serving(): void {}

  watch(changed: (topics: null) => void): void {
    this.#changed = changed
  }

  /** As the cluster does it: in a turn. */
  know({ turn }: Pick<Bench, 'turn'>, topic: string, partitions = 1): void {
    turn.run(() => {
      this.place(topic, partitions)
      this.#changed(null)
    })
  }

  tell(): void {
    this.#changed(null)
  }

  refuse({ turn }: Pick<Bench, 'turn'>, topic: string, refusal: TopicRefusal): void {
    turn.run(() => {
      this.refusals.set(topic, refusal)
      this.#changed(null)
    })
  }

  place(name: string, partitionCount: number): void {
    const availablePartitions = Array.from({ length: partitionCount }, (_, index) => index)
    const info: TopicInfo = { name, partitionCount, availablePartitions }
    const sticky: Stickiness = { partition: () => 0, appended() {} }
    this.places.set(name, { info, sticky, state: this.#table.of(name) })
  }
}

const plain = { partitioner: null, ignoreKeys: false, maxBlockMs: 5, maxWaiting: 1000 }

function stage(
  topics: FakeTopics,
  options: Partial<PartitionOptions> = {},
  parts = bench(new SchedulerClock(asapScheduler)),
) {
  const source = new Subject<Envelope>()
  const out: Envelope[] = []
  const ended: string[] = []
  source.pipe(partition({ ...plain, maxBlockMs: 60_000, ...parts, topics, ...options })).subscribe({
    next: (envelope) => out.push(envelope),
    error: (error) => ended.push(String(error)),
    complete: () => ended.push('|'),
  })
  return {
    ...parts,
    source,
    out,
    ended,
    letters: () => out.map(letterOf),
    give: (letter: string, record: Partial<ProducerRecord> = {}, feed?: Feed) => {
      const envelope = parts.envelope(letter, record, feed)
      envelope.key = (record.key ?? null) as never
      envelope.headers = (record.headers ?? null) as never
      if (typeof record.partition === 'number') envelope.partition = record.partition
      source.next(envelope)
      return envelope
    },
  }
}

describe('partition', () => {
  operatorLaws(
    (parts) => (source) =>
      source.pipe(
        partition({ ...plain, ...parts, topics: new FakeTopics({ t: 3 }) }),
        parts.letters,
      ),
  )
  releaseLaws((parts) => ({
    operator: partition({ ...plain, ...parts, topics: new FakeTopics() }),
    item: parts.envelope('a'),
  }))

  it('keeps the partition that a record names', () => {
    const { give } = stage(new FakeTopics({ t: 12 }))
    expect(give('a', { partition: 11, key: 'k' }).partition).toBe(11)
  })

  it('places a record with a key by murmur2, as Java does', () => {
    const { give } = stage(new FakeTopics({ t: 12 }))
    for (const key of ['a', 'order-1', new Uint8Array([1, 2, 3]), '']) {
      const envelope = give('a', { key })
      expect(envelope.partition).toBe(toPartition(murmur2(key), 12))
      expect(envelope.sticky).toBeNull()
    }
  })

  it('leaves a record without a key to the sticky choice of its topic', () => {
    const topics = new FakeTopics({ t: 12 })
    const envelope = stage(topics).give('a')
    expect(envelope.partition).toBe(-1)
    expect(envelope.sticky).toBe(topics.places.get('t')!.sticky)
  })

  it('does the same for records with a key if keys are ignored', () => {
    const { give } = stage(new FakeTopics({ t: 12 }), { ignoreKeys: true })
    expect(give('a', { key: 'k' }).sticky).not.toBeNull()
  })

  it("calls the user's partitioner for records that name no partition", () => {
    const calls: unknown[] = []
    const { give } = stage(new FakeTopics({ t: 12 }), {
      partitioner: ((record: unknown, topic: TopicInfo) => {
        calls.push([record, topic.partitionCount])
        return 7
      }) as never,
    })
    const headers = [{ key: 'h', value: 'x' }]
    const envelope = give('a', { key: 'k', headers })
    expect(envelope.partition).toBe(7)
    expect(calls).toEqual([
      [{ topic: 't', key: 'k', value: null, headers, record: envelope.original }, 12],
    ])
    expect(give('b', { partition: 3 }).partition).toBe(3)
    expect(calls).toHaveLength(1)
  })

  it('lets a partitioner defer to the sticky choice', () => {
    const { give } = stage(new FakeTopics({ t: 12 }), { partitioner: () => null })
    expect(give('a', { key: 'k' }).sticky).not.toBeNull()
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['returns a negative number', () => -1],
    ['returns a number that is too high', () => 12],
    ['returns a fraction', () => 0.5],
    ['returns nothing', () => undefined],
    ['returns a string', () => '3'],
    ['returns a symbol', () => Symbol('s')],
    ['returns a promise', () => Promise.resolve(1)],
  ])('fails the one record whose partitioner %s', (_, partitioner) => {
    const { give, letters, out, ended } = stage(new FakeTopics({ t: 12 }), {
      partitioner: ((record: { record: ProducerRecord }) =>
        record.record.value === 'b' ? partitioner() : 1) as never,
    })
    for (const letter of 'abc') give(letter)
    expect(letters()).toEqual(['a', 'b:PARTITIONER_FAILED', 'c'])
    expect(out[1]!.failure).toMatchObject({ topic: 't', partition: -1, persisted: 'no' })
    expect(out[1]!.failure!.cause).toBeInstanceOf(Error)
    expect(ended).toEqual([])
  })

  it('passes on records that failed earlier, also ahead of waiting ones', () => {
    const { source, envelope, letters, give } = stage(new FakeTopics())
    give('a')
    source.next(failed(envelope('b'), 'CLOSED'))
    expect(letters()).toEqual(['b:CLOSED'])
  })
})

describe('partition, while a topic is unknown,', () => {
  it('holds its records until it is known, in order', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const topics = new FakeTopics()
      const source = hot<string>('  ab-c-----d|')
      const known = hot('           ----k----')
      known.subscribe(() => topics.know(bench, 't'))
      const placed = source.pipe(
        bench.enter(),
        partition({ ...plain, ...bench, topics }),
        bench.letters,
      )
      expectObservable(placed).toBe('----(abc)d|')
    }))

  it('holds back neither another topic nor another feed', () => {
    const topics = new FakeTopics({ u: 1 })
    const { give, letters } = stage(topics)
    give('a')
    give('b', { topic: 'u' })
    expect(letters()).toEqual(['b'])
  })

  it('completes when the last record is placed', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const topics = new FakeTopics()
      const source = hot<string>('ab|')
      hot('                       ----k').subscribe(() => topics.know(bench, 't'))
      const placed = source.pipe(
        bench.enter(),
        partition({ ...plain, ...bench, topics }),
        bench.letters,
      )
      expectObservable(placed).toBe('----(ab|)')
    }))

  it('fails each record after max.block.ms, counted from its entrance', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const source = hot<string>('a-b|')
      const failedOnes = source.pipe(
        bench.enter(),
        partition({ ...plain, ...bench, topics: new FakeTopics() }),
        bench.letters,
      )
      expectObservable(failedOnes).toBe('-----x-(y|)', {
        x: 'a:METADATA_TIMEOUT',
        y: 'b:METADATA_TIMEOUT',
      })
    }))

  it('has an error with what the record waited for, how long, and why', () => {
    const topics = new FakeTopics({ t: 3 })
    const { give, out } = stage(topics, { maxBlockMs: 0 })
    topics.error = new Error('refused')
    give('a', { topic: 'unknown' })
    give('b', { partition: 3 })
    expect(out[0]!.failure).toMatchObject({
      code: 'METADATA_TIMEOUT',
      topic: 'unknown',
      limitMs: 0,
      cause: topics.error,
    })
    expect(out[1]!.failure).toMatchObject({ code: 'METADATA_TIMEOUT', partition: 3, limitMs: 0 })
    expect(out[1]!.failure!.message).toContain('the topic has 3 partitions')
  })

  it('requests metadata if a record names a partition that does not exist yet', () => {
    const topics = new FakeTopics({ t: 1 })
    const parts = stage(topics)
    parts.give('a', { partition: 2 })
    expect(topics.outgrownCalls).toBe(1)
    topics.know(parts, 't', 2)
    expect(parts.letters()).toEqual([])
    topics.know(parts, 't', 3)
    expect(parts.letters()).toEqual(['a'])
  })

  it('fails a record with a missing partition when its time is up, and no record after it', () => {
    const scheduler = new VirtualTimeScheduler()
    const topics = new FakeTopics({ t: 2 })
    const parts = stage(topics, { maxBlockMs: 5 }, bench(new SchedulerClock(scheduler)))
    parts.give('a', { partition: 9 })
    parts.give('b', { partition: 1 })
    parts.give('c')
    parts.give('d', { partition: 9 })
    parts.give('e', { partition: 7 })
    expect(parts.letters()).toEqual(['b', 'c'])
    topics.know(parts, 't', 8)
    expect(parts.letters()).toEqual(['b', 'c', 'e'])
    scheduler.flush()
    expect(parts.letters().slice(3)).toEqual(['a:METADATA_TIMEOUT', 'd:METADATA_TIMEOUT'])
  })

  it('places records after one with a missing partition once the topic is known', () => {
    const topics = new FakeTopics()
    const parts = stage(topics)
    parts.give('a', { partition: 9 })
    for (const letter of 'bc') parts.give(letter)
    topics.know(parts, 't', 2)
    parts.give('d', { partition: 9 })
    expect(parts.letters()).toEqual(['b', 'c'])
    topics.know(parts, 't', 10)
    expect(parts.letters()).toEqual(['b', 'c', 'a', 'd'])
  })

  it('checks again before it fails a record', () => {
    const scheduler = new VirtualTimeScheduler()
    const topics = new FakeTopics()
    const parts = stage(topics, { maxBlockMs: 5 }, bench(new SchedulerClock(scheduler)))
    for (const letter of 'ab') parts.give(letter)
    topics.place('t', 1) // and nobody has said so yet
    scheduler.flush()
    expect(parts.letters()).toEqual(['a', 'b'])
  })

  it('keeps the order of records that arrive before it has handled new metadata', () => {
    const topics = new FakeTopics({ t: 1 })
    const parts = stage(topics)
    parts.give('a', { partition: 1 })
    parts.turn.run(() => {
      topics.place('t', 2)
      topics.tell()
      parts.give('b', { partition: 1 })
    })
    expect(parts.letters()).toEqual(['a', 'b'])
  })

  it('fails the records at once if the topic certainly will not be known', () => {
    const topics = new FakeTopics()
    const parts = stage(topics)
    const cause = new Error('not authorized')
    parts.give('a')
    topics.refuse(parts, 't', { code: 'TOPIC_AUTHORIZATION_FAILED', cause })
    parts.give('b')
    expect(parts.letters()).toEqual([
      'a:TOPIC_AUTHORIZATION_FAILED',
      'b:TOPIC_AUTHORIZATION_FAILED',
    ])
    expect(parts.out[0]!.failure!.cause).toBe(cause)
  })

  it('fails records beyond `maxWaiting` of a feed, over all its topics', () => {
    const topics = new FakeTopics()
    const parts = stage(topics, { maxWaiting: 2 })
    const { give, letters } = parts
    give('a')
    give('b', { topic: 'u' })
    give('c', { topic: 'v' })
    give('d', {}, new FakeFeed())
    expect(letters()).toEqual(['c:BUFFER_EXHAUSTED'])
    topics.know(parts, 'u')
    give('e')
    give('f')
    expect(letters()).toEqual(['c:BUFFER_EXHAUSTED', 'b', 'f:BUFFER_EXHAUSTED'])
  })

  it('returns the waiting records of a feed, and has no timer then', () =>
    marbles(({ bench, expectObservable, flush }) => {
      const mine = new FakeFeed()
      const source = new Subject<Envelope>()
      const topics = new FakeTopics()
      const out = source.pipe(partition({ ...plain, ...bench, topics }), bench.letters)
      expectObservable(out).toBe('')
      bench.clock.at(1, () => {
        source.next(bench.envelope('a', {}, mine))
        source.next(bench.envelope('b', { topic: 'u' }, mine))
        expect(bench.holdings.withdraw(mine).map(letterOf)).toEqual(['a', 'b'])
        expect(bench.holdings.holds(null)).toBe(false)
      })
      flush()
      expect(bench.clock.now()).toBe(1)
    }))

  it('completes if the last waiting record is withdrawn', () => {
    const { give, source, ended, holdings } = stage(new FakeTopics())
    give('a')
    source.complete()
    expect(ended).toEqual([])
    holdings.withdraw(null)
    expect(ended).toEqual(['|'])
  })

  it('survives a partitioner that withdraws its own feed', () => {
    const mine = new FakeFeed()
    const topics = new FakeTopics()
    const withdrawn: string[] = []
    const parts = stage(topics, {
      partitioner: () => {
        withdrawn.push(...parts.holdings.withdraw(mine).map(letterOf))
        return 0
      },
    })
    for (const letter of 'abc') parts.give(letter, {}, mine)
    parts.give('d')
    topics.know(parts, 't')
    // All three are withdrawn now, including the one that was just being placed: none is emitted.
    expect(withdrawn).toEqual(['a', 'b', 'c'])
    expect(parts.letters()).toEqual(['d'])
  })

  it('reads nothing from a waiting record: the caller may reuse the object', () => {
    const topics = new FakeTopics()
    const parts = stage(topics)
    const envelope = parts.give('a')
    Object.assign(envelope.original, { topic: 'u', value: 'other' })
    topics.know(parts, 't')
    expect(parts.letters()).toEqual(['a'])
    expect(envelope.record.topic).toBe('t')
  })

  it('leaves no timer behind when it is released', () =>
    marbles(({ hot, bench, expectObservable, flush }) => {
      const source = hot<string>('a---')
      const out = source.pipe(
        bench.enter(),
        partition({ ...plain, ...bench, topics: new FakeTopics() }),
        bench.letters,
      )
      expectObservable(out, '^-!').toBe('--')
      flush()
      expect(bench.clock.now()).toBeLessThan(5)
    }))
})
