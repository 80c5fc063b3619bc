import { map, mergeMap, of, Subject } from 'rxjs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Memory } from '../../lib/accumulator/memory.ts'
import type { Lease } from '../../lib/accumulator/partition-queue.ts'
import type { Envelope } from '../../lib/model.ts'
import { codecs } from '../../lib/records/compression.ts'
import { sizeUpperBound } from '../../lib/records/record-fields.ts'
import {
  type Accumulated,
  type AccumulateOptions,
  accumulate,
  isExpired,
  isLease,
} from '../../lib/stages/accumulate.ts'
import { failed } from '../../lib/stages/envelope.ts'
import { type Bench, FakeFeed, letterOf, marbles } from '../support/marbles.ts'
import { operatorLaws, releaseLaws } from '../support/operator-laws.ts'
import { ticketsOf } from '../support/roll-of.ts'

type Settings = Partial<AccumulateOptions> & { readonly bufferMemory?: number }

function options(bench: Bench, { bufferMemory = 1 << 20, ...settings }: Settings = {}) {
  const batchSize = settings.batchSize ?? 1024
  return {
    batchSize,
    maxRequestSize: 1 << 20,
    lingerMs: 5,
    deliveryTimeoutMs: 1000,
    maxBlockMs: 10,
    maxWaiting: 1000,
    codec: codecs.none,
    compressionLevel: undefined,
    memory: new Memory({ limit: bufferMemory, batchSize }),
    clock: bench.clock,
    turn: bench.turn,
    holdings: bench.holdings,
    ...settings,
  }
}

/** Turns letters into records with these bytes, on partition 0 or that of `partitions`. */
function placed(bench: Bench, partitions: Readonly<Record<string, number>> = {}) {
  return map((letter: string) => onPartition(bench.envelope(letter), partitions[letter] ?? 0))
}

function onPartition(envelope: Envelope, partition: number): Envelope {
  envelope.value = envelope.record.value as string
  envelope.partition = partition
  return envelope
}

/**
 * Takes each lease as it is emitted, and returns the contents of its batch; failed records as their
 * codes.
 */
function taking(forget = true) {
  return map((item: Accumulated) => {
    if (isExpired(item)) return `expired ${ticketsOf(item.expired).join('')}`
    if (!isLease(item)) return letterOf(item)
    const batch = item.take(Number.POSITIVE_INFINITY)!
    const letters = ticketsOf(batch).join('')
    if (forget) {
      batch.fail()
      batch.reported()
    }
    return letters
  })
}

/** Only returns the partition of each lease. */
const leases = map((item: Accumulated) => (isLease(item) ? `${item.partition}` : letterOf(item)))

describe('accumulate', () => {
  // With linger 0 each record is due at once; if it is taken at once, it has its own batch.
  operatorLaws(
    (bench) => (source) =>
      source.pipe(
        map((envelope) => onPartition(envelope, 0)),
        accumulate(options(bench, { lingerMs: 0 })),
        taking(),
      ),
  )
  releaseLaws((bench) => ({
    operator: accumulate(options(bench)),
    item: onPartition(bench.envelope('a'), 0),
  }))

  it('waits lingerMs from the first record of a batch, not the last', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const source = hot('                --a-b----|')
      const batches = source.pipe(placed(bench), accumulate(options(bench)), taking())
      expectObservable(batches).toBe('    -------A-|', { A: 'ab' })
    }))

  it('begins the next batch with the next record', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const source = hot('            a------b-------|')
      const batches = source.pipe(placed(bench), accumulate(options(bench)), taking())
      expectObservable(batches).toBe('-----A------B--|', { A: 'a', B: 'b' })
    }))

  it('leases a batch that is full at once', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const source = hot('            -abc-d---|')
      const settings = options(bench, { batchSize: 1 })
      const batches = source.pipe(placed(bench), accumulate(settings), taking())
      expectObservable(batches).toBe('-abc-d---|')
    }))

  it('collects each partition separately', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const source = hot('            abcd------|')
      const batches = source.pipe(
        placed(bench, { b: 1, d: 1 }),
        accumulate(options(bench)),
        taking(),
      )
      expectObservable(batches).toBe('-----AB---|', { A: 'ac', B: 'bd' })
    }))

  it('emits one lease for each partition, however much is due, until the sender takes it', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const source = hot('                a----------b--------c---')
      const leased = source.pipe(placed(bench), accumulate(options(bench)), leases)
      expectObservable(leased, '^-----------------------!').toBe('-----0')
    }))

  it('lets a leased batch grow until it is taken', () =>
    marbles(({ hot, bench, flush }) => {
      const taken: string[] = []
      let lease: Lease | null = null
      hot('ab--------cd')
        .pipe(placed(bench), accumulate(options(bench)))
        .subscribe((item) => {
          lease = item as Lease
        })
      bench.clock.at(20, () =>
        taken.push(ticketsOf(lease!.take(Number.POSITIVE_INFINITY)!).join('')),
      )
      flush()
      expect(taken).toEqual(['abcd'])
    }))

  it('leases all batches when its source completes, and completes when they are taken', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const source = hot('            ab|')
      const settings = options(bench, { lingerMs: 500 })
      const batches = source.pipe(placed(bench, { b: 1 }), accumulate(settings), taking())
      expectObservable(batches).toBe('--(AB|)', { A: 'a', B: 'b' })
    }))

  it('does not complete before the last of several batches of a partition is taken', () =>
    marbles(({ bench, flush }) => {
      const words: string[] = []
      const pending: Lease[] = []
      of('a', 'b', 'c')
        .pipe(placed(bench), accumulate(options(bench, { batchSize: 1 })))
        .subscribe({
          next: (item) => pending.push(item as Lease),
          complete: () => words.push('|'),
        })
      expect(pending).toHaveLength(1)
      for (const letter of ['a', 'b', 'c']) {
        expect(words).toEqual([])
        bench.turn.run(() => {
          expect(ticketsOf(pending.shift()!.take(Number.POSITIVE_INFINITY)!)).toEqual([letter])
        })
      }
      expect(words).toEqual(['|'])
      flush()
    }))

  it('is like a bufferTime for each partition that drops nothing and emits nothing empty', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const source = hot('            (abc)--------------(de)|')
      const batches = source.pipe(
        placed(bench),
        accumulate(options(bench)),
        mergeMap((item) => of(item).pipe(taking())),
      )
      expectObservable(batches).toBe('-----A-----------------(B|)', { A: 'abc', B: 'de' })
    }))

  it('reports a batch that was not settled within delivery.timeout.ms', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const source = hot('            a--------------------')
      const settings = options(bench, { deliveryTimeoutMs: 9 })
      const batches = source.pipe(placed(bench), accumulate(settings), taking(false))
      expectObservable(batches, '^-------------------!').toBe('-----A---B', {
        A: 'a',
        B: 'expired a',
      })
    }))

  it('passes failed records on, whatever waits', () =>
    marbles(({ bench }) => {
      const out: string[] = []
      of(failed(onPartition(bench.envelope('a'), 0), 'SERIALIZER_FAILED'))
        .pipe(accumulate(options(bench)), taking())
        .subscribe((word) => out.push(word))
      expect(out).toEqual(['a:SERIALIZER_FAILED'])
    }))

  it.each([
    ['max.request.size', { maxRequestSize: 200 }],
    ['buffer.memory', { bufferMemory: 2000 }],
  ])('refuses a record that %s can never hold, with a clear error', (setting, settings: Settings) =>
    marbles(({ bench }) => {
      const limit = settings.maxRequestSize ?? settings.bufferMemory!
      const out: Envelope[] = []
      const big = onPartition(bench.envelope('x'.repeat(limit)), 0)
      const small = onPartition(bench.envelope('y'), 0)
      let largest = 'z'
      while (sizeUpperBound(null, `${largest}z`, null) <= limit) largest += 'z'
      const exact = onPartition(bench.envelope(largest), 0)
      of(big, small, exact)
        .pipe(accumulate(options(bench, settings)))
        .subscribe((item) => {
          if (!isLease(item)) out.push(item as Envelope)
          else item.take(Number.POSITIVE_INFINITY)?.fail()
        })
      expect(out.map(letterOf)).toEqual([`${big.ticket}:RECORD_TOO_LARGE`])
      expect(out[0]!.failure).toMatchObject({ limitBytes: limit, partition: 0, persisted: 'no' })
      expect(out[0]!.failure!.message).toContain(`${setting} is ${limit}`)
    }),
  )

  it('includes key and headers in the size of a record', () =>
    marbles(({ bench }) => {
      const out: string[] = []
      const keyed = Object.assign(onPartition(bench.envelope('a'), 0), { key: 'k'.repeat(300) })
      const headed = Object.assign(onPartition(bench.envelope('b'), 0), {
        headers: [{ key: 'h', value: new Uint8Array(300) }],
      })
      of(keyed, headed)
        .pipe(accumulate(options(bench, { maxRequestSize: 300 })))
        .subscribe((item) => out.push(letterOf(item)))
      expect(out).toEqual(['a:RECORD_TOO_LARGE', 'b:RECORD_TOO_LARGE'])
    }))
})

describe('accumulate, when buffer.memory is full', () => {
  /** Room for one batch of 1 KiB, and records that fill it. */
  function full(bench: Bench, settings: Settings = {}) {
    const source = new Subject<Envelope>()
    const words: string[] = []
    let held: Lease | null = null
    source
      .pipe(accumulate(options(bench, { bufferMemory: 1024, lingerMs: 0, ...settings })))
      .subscribe({
        next: (item) => {
          if (isLease(item)) held = item
          else if (isExpired(item)) item.expired.fail()
          else words.push(letterOf(item))
        },
        complete: () => words.push('|'),
      })
    return {
      isLeased: () => held !== null,
      source,
      words,
      give: (letter: string, feed?: FakeFeed) => {
        const record = { value: letter.repeat(700) }
        source.next(onPartition(bench.envelope(letter, record, feed), 0))
      },
      /** Takes the leased batch, and frees its memory. */
      free: () =>
        bench.turn.run(() => {
          const batch = held!.take(Number.POSITIVE_INFINITY)!
          words.push(ticketsOf(batch).join(''))
          batch.fail()
          batch.reported()
        }),
    }
  }

  it('makes lingering batches due', () =>
    marbles(({ bench }) => {
      const { give, isLeased } = full(bench, { lingerMs: 500 })
      give('a')
      expect(isLeased()).toBe(false)
      give('b')
      expect(isLeased()).toBe(true)
    }))

  it('has records wait in order', () =>
    marbles(({ bench }) => {
      const { give, free, words } = full(bench)
      for (const letter of 'abc') give(letter)
      free()
      free()
      free()
      expect(words).toEqual(['a', 'b', 'c'])
      expect(bench.holdings.holds(null)).toBe(false)
    }))

  it('serves feeds in turn', () =>
    marbles(({ bench }) => {
      const { give, free, words } = full(bench)
      const [mine, other] = [new FakeFeed(), new FakeFeed()]
      give('a', mine)
      for (const letter of 'bcd') give(letter, mine)
      for (const letter of 'xy') give(letter, other)
      for (let batch = 0; batch < 6; batch += 1) free()
      expect(words).toEqual(['a', 'b', 'x', 'c', 'y', 'd'])
    }))

  it('gives no new memory to records after a large one, but adds them to an open batch with room', () =>
    marbles(({ bench }) => {
      const { source, give, free, words } = full(bench, { bufferMemory: 4096, lingerMs: 500 })
      const [mine, other] = [new FakeFeed(), new FakeFeed()]
      give('a', mine)
      // Everything except the reserve: taken batches have to be returned first.
      const large = bench.envelope('L', { value: 'L'.repeat(3500) }, other)
      source.next(onPartition(large, 1))
      source.next(onPartition(bench.envelope('b', { value: 'b' }, mine), 0))
      give('c', mine)
      free()
      free()
      give('d', mine)
      free()
      expect(words).toEqual(['ab', 'L', 'c'])
    }))

  it('fails a record for which the process cannot allocate memory at its turn, and continues with the next', () =>
    marbles(({ bench }) => {
      const { source, give, free, words } = full(bench, { bufferMemory: 4096 })
      const other = new FakeFeed()
      give('a')
      source.next(onPartition(bench.envelope('L', { value: 'L'.repeat(3500) }, other), 0))
      give('b')
      const make = Buffer.allocUnsafeSlow
      const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => {
        if (size > 2000) throw new RangeError('Array buffer allocation failed')
        return make(size)
      })
      onTestFinished(() => allocate.mockRestore())
      free()
      free()
      expect(words).toEqual(['a', 'L:BUFFER_EXHAUSTED', 'b'])
      expect(bench.holdings.holds(null)).toBe(false)
    }))

  it('has memory for all again once the waiting records are gone', () =>
    marbles(({ bench }) => {
      const { source, give, free, words } = full(bench, { bufferMemory: 4096 })
      const other = new FakeFeed()
      give('a')
      source.next(onPartition(bench.envelope('L', { value: 'L'.repeat(3500) }, other), 0))
      give('b')
      expect(bench.holdings.withdraw(other).map(letterOf)).toEqual(['L'])
      bench.turn.run(() => {})
      give('c')
      expect([...bench.holdings.held()]).toEqual([])
      for (let batch = 0; batch < 3; batch += 1) free()
      expect(words).toEqual(['a', 'b', 'c'])
    }))

  it('fails a record after max.block.ms, counted from its entrance', () =>
    marbles(({ bench, flush }) => {
      const { give, words } = full(bench)
      const late: string[] = []
      bench.clock.at(1, () => give('a'))
      bench.clock.at(2, () => give('b'))
      bench.clock.at(4, () => give('c'))
      for (const at of [11, 12.5, 13.5, 14.5]) bench.clock.at(at, () => late.push(words.join()))
      flush()
      expect(late).toEqual([
        '',
        'b:BUFFER_EXHAUSTED',
        'b:BUFFER_EXHAUSTED',
        'b:BUFFER_EXHAUSTED,c:BUFFER_EXHAUSTED',
      ])
    }))

  it('expires once if the clock counts in fractions', () =>
    marbles(({ bench, flush }) => {
      const maxBlockMs = 60_000.1
      const { source, words } = full(bench, { maxBlockMs, deliveryTimeoutMs: 1e9, lingerMs: 1e8 })
      const entered = [0.1, 0.7, 123.456].map((enteredAt, index) =>
        Object.assign(onPartition(bench.envelope(`${index}${'x'.repeat(700)}`), 0), { enteredAt }),
      )
      source.next(onPartition(bench.envelope('full'.repeat(200)), 0))
      for (const envelope of entered) source.next(envelope)
      flush()
      expect(words).toHaveLength(3)
    }))

  it('refuses at once if max.block.ms is 0', () =>
    marbles(({ bench }) => {
      const { give, words } = full(bench, { maxBlockMs: 0 })
      for (const letter of 'ab') give(letter)
      expect(words).toEqual(['b:BUFFER_EXHAUSTED'])
    }))

  it('refuses records beyond `maxWaiting` of a feed', () =>
    marbles(({ bench }) => {
      const { give, words } = full(bench, { maxWaiting: 1 })
      for (const letter of 'abc') give(letter)
      give('x', new FakeFeed())
      expect(words).toEqual(['c:BUFFER_EXHAUSTED'])
    }))

  it('returns the waiting records of a feed, and has no timer for them then', () =>
    marbles(({ bench, flush }) => {
      const mine = new FakeFeed()
      const { give, words, free } = full(bench)
      bench.clock.at(1, () => {
        for (const letter of 'ab') give(letter)
        give('x', mine)
        expect(bench.holdings.withdraw(mine).map(letterOf)).toEqual(['x'])
        expect(bench.holdings.withdraw(null).map(letterOf)).toEqual(['b'])
        free()
      })
      flush()
      expect(words).toEqual(['a'])
      expect(bench.clock.now()).toBeLessThan(11)
    }))

  it('completes when no record waits any more', () =>
    marbles(({ bench }) => {
      const { source, give, free, words } = full(bench)
      for (const letter of 'ab') give(letter)
      source.complete()
      free()
      expect(words).toEqual(['a'])
      free()
      expect(words).toEqual(['a', 'b', '|'])
    }))

  it('reads nothing from a waiting record: the caller may reuse the object', () =>
    marbles(({ bench }) => {
      const { source, give, free, words } = full(bench)
      give('a')
      const envelope = onPartition(bench.envelope('b', { value: 'b'.repeat(700) }), 0)
      source.next(envelope)
      Object.assign(envelope.original, { topic: 'u', headers: [{ key: 'i', value: 7 }] })
      free()
      free()
      expect(words).toEqual(['a', 'b'])
      expect(envelope.record.topic).toBe('t')
    }))
})
