import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import {
  auditTime,
  concat,
  groupBy,
  ignoreElements,
  map,
  merge,
  mergeMap,
  Observable,
  of,
  pipe,
  ReplaySubject,
  Subject,
  take,
  tap,
  timer,
} from 'rxjs'
import { type RunHelpers, TestScheduler } from 'rxjs/testing'
import { type Delivered, type SourcePosition, watermark } from 'to-kafka'
import { describe, expect, it } from 'vitest'

// Items are letters. Their fates say when each is acknowledged or rejected, and where it was read.

interface Item extends SourcePosition {
  readonly letter: string
}

interface Fate {
  /** The frames until its result. */
  readonly after?: number
  readonly offset?: number
  readonly partition?: number | string
  readonly topic?: string
  readonly rejected?: boolean
}

const letters = 'abcdefgh'

function itemOf(letter: string, { topic, partition = 0, offset }: Fate = {}): Item {
  const place = { letter, partition, offset: offset ?? letters.indexOf(letter) }
  return topic === undefined ? place : { ...place, topic }
}

/** An operator that has a result for each item after its own time. */
function deliveringAs(fates: Readonly<Record<string, Fate>>) {
  return mergeMap((record: Item): Observable<Delivered<Item>> => {
    const { after = 0, rejected = false } = fates[record.letter] ?? {}
    const result: Delivered<Item> = rejected ? { status: 'rejected', record } : { record }
    return after === 0 ? of(result) : timer(after).pipe(map(() => result))
  })
}

function marbles(spec: (helpers: RunHelpers & Marks) => void): void {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
  scheduler.run((helpers) => {
    const marks: Marks['marks'] = (source$, fates = {}) =>
      source$.pipe(
        map((letter) => itemOf(letter, fates[letter])),
        watermark((item) => item, deliveringAs(fates)),
        map(({ letter }) => letter),
      )
    spec({ ...helpers, marks })
  })
}

interface Marks {
  readonly marks: (
    source$: Observable<string>,
    fates?: Readonly<Record<string, Fate>>,
  ) => Observable<string>
}

describe('watermark', () => {
  it('emits the position of each record that is acknowledged in order', () =>
    marbles(({ cold, marks, expectObservable }) => {
      const source$ = cold('              ab-c|')
      const fates = { a: { after: 1 }, b: { after: 1 }, c: { after: 1 } }
      expectObservable(marks(source$, fates)).toBe('-ab-(c|)')
    }))

  it('waits for the first record, then passes all acknowledged records after it', () =>
    marbles(({ cold, marks, expectObservable }) => {
      const source$ = cold('              abc---|')
      const fates = { a: { after: 5 }, b: { after: 1 }, c: { after: 2 } }
      expectObservable(marks(source$, fates)).toBe('-----c|')
    }))

  it('stops before the first that is outstanding', () =>
    marbles(({ cold, marks, expectObservable }) => {
      const source$ = cold('              abcd-----|')
      const fates = { a: { after: 4 }, b: { after: 1 }, c: { after: 5 }, d: { after: 1 } }
      expectObservable(marks(source$, fates)).toBe('----b--d-|')
    }))

  it('follows the order of input, whatever the offsets', () =>
    marbles(({ cold, marks, expectObservable }) => {
      const source$ = cold('              abc---|')
      const fates = {
        a: { after: 4, offset: 10 },
        b: { after: 1, offset: 999 },
        c: { after: 4, offset: 3 },
      }
      expectObservable(marks(source$, fates)).toBe('----b-(c|)')
    }))

  it('treats each source partition separately', () =>
    marbles(({ cold, marks, expectObservable }) => {
      const source$ = cold('              abc---|')
      const fates = { a: { after: 5 }, b: { after: 1, partition: 1 }, c: { after: 1 } }
      expectObservable(marks(source$, fates)).toBe('--b--c|')
    }))

  it('separates topics if positions have a topic', () =>
    marbles(({ cold, marks, expectObservable }) => {
      const source$ = cold('              ab---|')
      const fates = { a: { after: 4, topic: 's' }, b: { after: 1, topic: 't' } }
      expectObservable(marks(source$, fates)).toBe('--b-a|')
    }))

  it('counts consecutive records of one offset as one', () =>
    marbles(({ cold, marks, expectObservable }) => {
      const source$ = cold('              (abc)---|')
      const fates = {
        a: { after: 1, offset: 7 },
        b: { after: 3, offset: 7 },
        c: { after: 1, offset: 8 },
      }
      expectObservable(marks(source$, fates)).toBe('---c----|')
    }))

  it('does not pass an offset that gets another record while it waits for an earlier one', () =>
    marbles(({ cold, marks, expectObservable }) => {
      const source$ = cold('              ab-c----|')
      const fates = {
        a: { after: 4, offset: 1 },
        b: { after: 1, offset: 2 },
        c: { after: 4, offset: 2 },
      }
      expectObservable(marks(source$, fates)).toBe('-------b|')
    }))

  it('stops a partition at a rejected record, and no other partition', () =>
    marbles(({ cold, marks, expectObservable }) => {
      const source$ = cold('              abcdef---|')
      const fates = {
        a: { after: 1 },
        b: { after: 1, rejected: true },
        c: { after: 1 },
        d: { after: 1, partition: 1 },
        e: { after: 1 },
        f: { after: 1, partition: 1 },
      }
      expectObservable(marks(source$, fates)).toBe('-a--d-f--|')
    }))

  it('still advances up to a rejected record', () =>
    marbles(({ cold, marks, expectObservable }) => {
      const source$ = cold('              abc-----|')
      const fates = { a: { after: 5 }, b: { after: 3 }, c: { after: 1, rejected: true } }
      expectObservable(marks(source$, fates)).toBe('-----b--|')
    }))

  it('continues if a rejected record is handled before it', () => {
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
    scheduler.run(({ cold, expectObservable }) => {
      const deadLetters = mergeMap((result: Delivered<Item>) =>
        result.status === 'rejected'
          ? timer(3).pipe(map(() => ({ record: result.record })))
          : of(result),
      )
      const fates = { a: { after: 1, rejected: true }, b: { after: 1 } }
      const source$ = cold('        ab---|').pipe(map((letter) => itemOf(letter)))
      const marks$ = source$.pipe(
        watermark((item) => item, pipe(deliveringAs(fates), deadLetters)),
        map(({ letter }) => letter),
      )
      expectObservable(marks$).toBe('----b|')
    })
  })

  it('is committed periodically with auditTime for each partition, and at the end', () =>
    marbles(({ cold, marks, expectObservable }) => {
      const partitions = { b: { partition: 1 }, e: { partition: 1 } }
      const commits$ = marks(cold('a-b-c 10ms d-e|'), partitions).pipe(
        groupBy((letter) => 'be'.includes(letter)),
        mergeMap((letters$) => letters$.pipe(auditTime(5))),
      )
      expectObservable(commits$).toBe('5ms c-b 12ms d-(e|)')
    }))

  it('completes with the operator that delivers', () =>
    marbles(({ cold, marks, expectObservable }) => {
      const source$ = cold('                             a|')
      expectObservable(marks(source$, { a: { after: 4 } })).toBe('----(a|)')
    }))

  it('is empty if there are no records', () =>
    marbles(({ cold, marks, expectObservable }) => {
      expectObservable(marks(cold('---|'))).toBe('---|')
    }))

  it('fails with the operator that delivers', () =>
    marbles(({ cold, marks, expectObservable }) => {
      expectObservable(marks(cold('-ab#'))).toBe('-ab#')
    }))

  it('unsubscribes from its source when it is unsubscribed', () =>
    marbles(({ cold, marks, expectObservable, expectSubscriptions }) => {
      const source$ = cold('                     ab---c|')
      expectObservable(marks(source$), '         ^-!').toBe('ab-')
      expectSubscriptions(source$.subscriptions).toBe('^-!')
    }))

  it('starts again with each subscription', () => {
    const [given, other] = [itemOf('a'), itemOf('b')]
    const results = new Subject<Delivered<Item>>()
    const marks$ = of(given, other).pipe(watermark((item) => item, answeredBy(results)))
    const first = marks$.subscribe()
    first.unsubscribe()
    const seen: string[] = []
    marks$.subscribe(({ letter }) => seen.push(letter))
    results.next({ record: other })
    results.next({ record: given })
    expect(seen).toEqual(['b'])
  })

  it('emits the same object that position returned', () => {
    const item = itemOf('a')
    const position = { partition: 'p', offset: 7n, generation: 3 }
    const seen: unknown[] = []
    of(item)
      .pipe(watermark(() => position, deliveringAs({})))
      .subscribe((mark) => seen.push(mark))
    expect(seen[0]).toBe(position)
  })

  it('treats a position that throws as a failure of the source: earlier records are delivered first', () => {
    const wrong = new Error('no position')
    const marks: string[] = []
    const results = new Subject<Delivered<Item>>()
    const item = itemOf('a')
    const given = new Subject<Item>()
    given
      .pipe(
        watermark((each) => {
          if (each !== item) throw wrong
          return each
        }, heldUntil(results)),
      )
      .subscribe({
        next: ({ letter }) => marks.push(letter),
        error: (error) => marks.push(error.message),
      })
    given.next(item)
    given.next(itemOf('b'))
    expect(given.observed).toBe(false)
    results.next({ record: item })
    results.complete()
    expect(marks).toEqual(['a', 'no position'])
  })

  it('takes no more from a synchronous source than take needs', () => {
    let given = 0
    const seen: string[] = []
    of(...letters)
      .pipe(
        tap(() => {
          given += 1
        }),
        map((letter) => itemOf(letter)),
        watermark((item) => item, deliveringAs({})),
        take(3),
      )
      .subscribe(({ letter }) => seen.push(letter))
    expect(seen).toEqual(['a', 'b', 'c'])
    expect(given).toBe(3)
  })

  it('accepts a record while it emits a position', () => {
    const source = new Subject<Item>()
    const seen: string[] = []
    source.pipe(watermark((item) => item, deliveringAs({}))).subscribe(({ letter }) => {
      seen.push(letter)
      if (letter === 'a') source.next(itemOf('b'))
    })
    source.next(itemOf('a'))
    expect(seen).toEqual(['a', 'b'])
  })

  it('fails if an outstanding object is sent again, and passes no position for it', () => {
    interface Pooled {
      offset: number
    }
    const results = new Subject<Delivered<Pooled>>()
    const answered = (items: Observable<Pooled>) => merge(items.pipe(ignoreElements()), results)
    const source = new Subject<Pooled>()
    const seen: unknown[] = []
    const position = ({ offset }: Pooled) => ({ topic: 'in', partition: 0, offset })
    source
      .pipe(watermark(position, answered))
      .subscribe({ next: ({ offset }) => seen.push(offset), error: (error) => seen.push(error) })
    const pooled = { offset: 5 }
    source.next(pooled)
    pooled.offset = 6
    source.next(pooled)
    results.next({ record: pooled })
    expect(seen).toEqual([expect.any(TypeError)])
    expect(String(seen[0])).toContain('in-0 at offset 6 is the same object as one that is still')
    expect(source.observed).toBe(false)
  })

  it('accepts an object again once it has its result', () => {
    const results = new Subject<Delivered<Item>>()
    const source = new Subject<Item>()
    const seen: string[] = []
    source
      .pipe(watermark((each) => each, answeredBy(results)))
      .subscribe(({ letter }) => seen.push(letter))
    const item = itemOf('a')
    for (let time = 0; time < 2; time += 1) {
      source.next(item)
      results.next({ record: item })
    }
    expect(seen).toEqual(['a', 'a'])
  })

  it.each([
    ['5', "not '5', such as BigInt(offset)"],
    [undefined, 'not undefined'],
    [{}, 'not an object'],
  ])('refuses an offset that is not a number (%s), after the earlier records', (offset, words) => {
    const source = of(itemOf('a'), { ...itemOf('b'), offset: offset as never })
    const seen: string[] = []
    source.pipe(watermark((each) => each, deliveringAs({ a: { after: 0 } }))).subscribe({
      next: ({ letter }) => seen.push(letter),
      error: (error) => seen.push(`${error}`),
    })
    expect(seen).toEqual(['a', expect.stringContaining(words)])
    expect(seen[1]).toContain(
      'TypeError: the offset of a position of watermark must be a number or a bigint',
    )
  })

  it('is stopped for good by a rejection that was emitted, because handling it later is too late', () => {
    const results = new Subject<Delivered<Item>>()
    const seen: string[] = []
    const [a, b] = [itemOf('a'), itemOf('b')]
    of(a, b)
      .pipe(watermark((item) => item, answeredBy(results)))
      .subscribe(({ letter }) => seen.push(letter))
    results.next({ status: 'rejected', record: a })
    results.next({ record: a })
    results.next({ record: b })
    expect(seen).toEqual([])
  })

  it('ignores results of unknown records', () => {
    const results = new Subject<Delivered<Item>>()
    const seen: string[] = []
    of(itemOf('a'))
      .pipe(watermark((item) => item, answeredBy(results)))
      .subscribe(({ letter }) => seen.push(letter))
    results.next({ record: itemOf('a') })
    expect(seen).toEqual([])
  })
})

describe('with any input in any order', () => {
  /** The next event: a new item, or the result of the nth waiting one. */
  const step = fc.oneof(
    fc.record({ give: fc.record({ partition: fc.nat(2), gap: fc.nat(3) }) }),
    fc.record({ settle: fc.nat(), rejected: fc.integer({ min: 0, max: 9 }).map((n) => n === 0) }),
  )
  const steps = fc.array(step, { maxLength: 60 })

  it('a position is passed only if all records up to it are acknowledged', () =>
    fc.assert(
      fc.property(steps, (tape) => {
        const run = new Run()
        for (const each of tape) {
          if ('give' in each) run.give(each.give.partition, each.give.gap)
          else run.settle(each.settle, each.rejected)
        }
        expect(run.passed).toEqual([])
      }),
    ))

  it('the end of the acknowledged prefix is always reached if each record has its own offset', () =>
    fc.assert(
      fc.property(steps, (tape) => {
        const run = new Run()
        for (const each of tape) {
          if ('give' in each) run.give(each.give.partition, each.give.gap + 1)
          else run.settle(each.settle, each.rejected)
          expect(run.reached).toEqual(run.prefixes())
        }
      }),
    ))

  it('the last record is reached when all are acknowledged', () =>
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat()), (tape, order) => {
        const run = new Run()
        for (const each of tape) {
          if ('give' in each) run.give(each.give.partition, each.give.gap)
          else run.settle(each.settle, false)
        }
        for (const nth of order) {
          if (run.waiting.length === 0) break
          run.settle(nth, false)
        }
        expect(run.reached).toEqual(run.ends())
        expect(run.passed).toEqual([])
      }),
    ))

  it('acknowledged records after a slow one are not kept in memory', async () => {
    const run = new Run()
    const behind: WeakRef<Item>[] = []
    for (let count = 0; count < 100; count += 1) behind.push(new WeakRef(run.give(0, 1)))
    while (run.waiting.length > 1) run.settle(1, false)
    // The item that is waited for, the one that is reached with it, and what the stack still refers
    // to.
    expect(await keptOf(behind, run)).toBeLessThan(10)
  })

  it('records after a rejected one are not kept in memory', async () => {
    const run = new Run()
    run.give(0, 1)
    run.settle(0, true)
    const behind: WeakRef<Item>[] = []
    for (let count = 0; count < 100; count += 1) {
      behind.push(new WeakRef(run.give(0, 1)))
      run.settle(0, count % 2 === 0)
    }
    expect(await keptOf(behind, run)).toBeLessThan(10)
  })
})

/** How many of the items are still referred to once `run` has released them. */
async function keptOf(items: readonly WeakRef<Item>[], run: Run): Promise<number> {
  run.forget()
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let round = 0; round < 5; round += 1) {
    await new Promise(setImmediate)
    collect()
  }
  return items.filter((each) => each.deref() !== undefined).length
}

/** A watermark with items and results by hand, and what it emitted. */
class Run {
  readonly waiting: Item[] = []
  /** Positions that were emitted before everything up to them was acknowledged. */
  readonly passed: Item[] = []
  /** By partition, the offset that was reached. */
  readonly reached: Record<string, number> = {}
  #given: Item[] = []
  #acknowledged = new Set<Item>()
  #offsets: number[] = [0, 0, 0]
  #source = new Subject<Item>()
  #results = new Subject<Delivered<Item>>()

  constructor() {
    this.#source.pipe(watermark((item) => item, answeredBy(this.#results))).subscribe((mark) => {
      if (!this.#isPrefix(mark)) this.passed.push(mark)
      this.reached[mark.partition] = mark.offset as number
    })
  }

  give(partition: number, gap: number): Item {
    const offset = this.#offsets[partition]! + gap
    this.#offsets[partition] = offset
    const item = { letter: '', partition, offset }
    this.#given.push(item)
    this.waiting.push(item)
    this.#source.next(item)
    return item
  }

  settle(nth: number, rejected: boolean): void {
    const [item] = this.waiting.splice(nth % this.waiting.length, 1)
    if (item === undefined) return
    if (!rejected) this.#acknowledged.add(item)
    this.#results.next(rejected ? { status: 'rejected', record: item } : { record: item })
  }

  /** By partition, the end of the acknowledged records without a gap. */
  prefixes(): Record<string, number> {
    const prefixes = this.#given.filter((item) => this.#isPrefix(item))
    return Object.fromEntries(
      prefixes.map(({ partition, offset }) => [partition, offset as number]),
    )
  }

  /** By partition, the last offset of the input. */
  ends(): Record<string, number> {
    return Object.fromEntries(
      this.#given.map(({ partition, offset }) => [partition, offset as number]),
    )
  }

  /** Releases what it remembers. */
  forget(): void {
    this.#given = []
    this.#acknowledged.clear()
  }

  #isPrefix({ partition, offset }: Item): boolean {
    return this.#given.every(
      (other) =>
        other.partition !== partition || other.offset > offset || this.#acknowledged.has(other),
    )
  }
}

/** Accepts its input, and emits what `results` emits. */
function answeredBy(results: Observable<Delivered<Item>>) {
  return (source: Observable<Item>) =>
    new Observable<Delivered<Item>>((out) => {
      out.add(results.subscribe(out))
      out.add(source.subscribe())
    })
}

/** The same; a failure of the source is emitted after the results. */
function heldUntil(results: Observable<Delivered<Item>>) {
  return (source: Observable<Item>) => {
    const failure$ = new ReplaySubject<never>()
    source.pipe(ignoreElements()).subscribe(failure$)
    return concat(results, failure$)
  }
}
