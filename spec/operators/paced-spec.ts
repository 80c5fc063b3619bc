import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { PassThrough, Readable } from 'node:stream'
import {
  filter,
  finalize,
  from,
  map,
  Observable,
  retry,
  Subject,
  Subscriber,
  take,
  takeUntil,
  tap,
} from 'rxjs'
import { type KafkaProducer, KafkaProducerPool, type Pullable, paced, toKafka } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { engineOf } from '../../lib/producer/assembly.ts'
import { realRuntime } from '../../lib/wire/transport.ts'
import {
  deferred,
  lingering,
  listen,
  logOf,
  producerFor,
  records,
  requested,
  settle,
  startCluster,
  startProducer,
  until,
} from '../support/scenario.ts'
import { thrownIn, unhandledErrors } from '../support/unhandled.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `${index}`)

/** A result of an iterator that throws when `name` is read. */
function thrower(name: 'done' | 'value') {
  const result = { done: false, value: 'x' }
  return Object.defineProperty(result, name, {
    get() {
      throw new Error(name)
    },
  })
}

function* generate(values: Iterable<string>, ended: () => void = () => {}) {
  try {
    yield* values
  } finally {
    ended()
  }
}

async function* generateLater(values: Iterable<string>, ended: () => void = () => {}) {
  try {
    for (const value of values) yield value
  } finally {
    ended()
  }
}

function streamed(values: readonly string[], cancelled: () => void = () => {}) {
  let next = 0
  return new ReadableStream<string>(
    {
      pull(controller) {
        if (next === values.length) controller.close()
        else {
          controller.enqueue(values[next]!)
          next += 1
        }
      },
      cancel: cancelled,
    },
    { highWaterMark: 0 },
  )
}

const sources: [string, (values: readonly string[], ended?: () => void) => Pullable<string>][] = [
  ['an array', (values) => values],
  ['a Set', (values) => new Set(values)],
  ['a generator', generate],
  ['an async generator', generateLater],
  ['a Readable', (values) => Readable.from(values)],
  ['a ReadableStream', streamed],
]

function sending(producer: KafkaProducer, source: Pullable<string>) {
  return listen(
    paced(source, producer).pipe(
      map((value) => ({ topic: 't', value })),
      toKafka(producer),
    ),
  )
}

describe('paced', () => {
  it.each([
    ['undefined', undefined],
    ['an object', {}],
    ['a string', 'localhost:9092'],
  ])('throws at once for %s instead of a producer', (what, producer) => {
    const sentence = `the second argument of paced must be a KafkaProducer, not ${what}`
    expect(() => paced(['a'], producer as never)).toThrow(TypeError)
    expect(() => paced(['a'], producer as never)).toThrow(sentence)
  })

  it('throws at once for a producer of another copy of the package, and for a promise of one', () => {
    const foreign = { [Symbol.for('to-kafka.producer')]: 'KafkaProducer' }
    const words = 'expected a KafkaProducer, but got '
    expect(() => paced(['a'], foreign as never)).toThrow(`${words}a KafkaProducer of another copy`)
    expect(() => paced(['a'], Promise.resolve() as never)).toThrow(`${words}a promise`)
  })

  it('throws at once for a pool, which is not of another copy', () => {
    const pool = new KafkaProducerPool(
      { 'bootstrap.servers': 'localhost:9092', 'transactional.id': 'me' },
      { size: 1 },
    )
    const words = 'expected a KafkaProducer, but got a KafkaProducerPool; allowed: a KafkaProducer'
    expect(() => paced(['a'], pool as never)).toThrow(words)
    expect(() => toKafka(pool as never)).toThrow('but got a KafkaProducerPool; allowed: a config')
  })

  it.each(sources)('delivers all of %s, in order', async (_, make) => {
    const { cluster, producer } = await startProducer()
    const values = numbers(500)
    const delivered = sending(producer, make(values))
    expect(await delivered.ended).toBeNull()
    expect(delivered.values.map(({ record }) => record.value)).toEqual(values)
    expect(await logOf(cluster)).toEqual(values)
  })

  it.each(sources)('completes with an empty source: %s', async (_, make) => {
    const { cluster, producer } = await startProducer()
    expect(await listen(paced(make([]), producer)).ended).toBeNull()
    expect(cluster.requests).toEqual([])
  })

  it('does nothing before it is subscribed', async () => {
    const { producer } = await startProducer()
    let touched = 0
    const source: Iterable<string> = {
      [Symbol.iterator]() {
        touched += 1
        return ['a'][Symbol.iterator]()
      },
    }
    const paced$ = paced(source, producer)
    expect(touched).toBe(0)
    expect(await listen(paced$).ended).toBeNull()
    expect(await listen(paced$).ended).toBeNull()
    expect(touched).toBe(2)
  })

  it('fails for a source that cannot be pulled from', async () => {
    const { producer } = await startProducer()
    for (const source of [7, {}, null, undefined]) {
      expect(await listen(paced(source as never, producer)).ended).toBeInstanceOf(TypeError)
    }
  })

  const wrong = new Error('the source broke')
  it.each<[string, () => Pullable<string>]>([
    [
      'a generator',
      function* () {
        yield 'a'
        throw wrong
      },
    ],
    [
      'an async generator',
      async function* () {
        yield 'a'
        throw wrong
      },
    ],
    [
      'a Readable',
      () =>
        Readable.from(
          (async function* () {
            yield 'a'
            throw wrong
          })(),
        ),
    ],
    [
      'a ReadableStream',
      () => {
        let pulled = 0
        return new ReadableStream<string>(
          {
            pull(controller) {
              pulled += 1
              if (pulled === 1) controller.enqueue('a')
              else controller.error(wrong)
            },
          },
          { highWaterMark: 0 },
        )
      },
    ],
  ])('fails with its source, after the results of earlier items: %s', async (_, make) => {
    const { producer } = await startProducer()
    const delivered = sending(producer, make())
    expect(await delivered.ended).toBe(wrong)
    expect(delivered.values.map(({ record }) => record.value)).toEqual(['a'])
  })

  const misbehaviours: readonly [string, () => unknown, string][] = [
    ['returns undefined', () => undefined, 'returned undefined, not an object'],
    ['returns a number', () => 5, 'returned a number, not an object'],
    ['has a done that throws', () => thrower('done'), 'done'],
    ['has a value that throws', () => thrower('value'), 'value'],
    [
      'throws',
      () => {
        throw new Error('next')
      },
      'next',
    ],
  ]
  it.each(
    misbehaviours.flatMap(([name, bad, words]) =>
      [0, 3000].map((good) => [name, good, bad, words] as const),
    ),
  )('ends with an error when an iterator %s, after %i items', async (_, good, bad, words) => {
    const { producer } = await startProducer()
    let given = 0
    const next = () => (given++ < good ? { done: false, value: 'x' } : bad())
    const iterators = [
      { [Symbol.iterator]: () => ({ next }) },
      { [Symbol.asyncIterator]: () => ({ next: async () => next() }) },
    ]
    for (const source of iterators) {
      given = 0
      const delivered = sending(producer, source as never)
      expect(String(await delivered.ended)).toContain(words)
      expect(delivered.values).toHaveLength(good)
    }
  })

  it('reports a Readable that failed while the gate was closed, before the first pull', async () => {
    const { cluster, producer } = await startProducer({ 'buffer.memory': 65536 })
    await producer.send({ topic: 't', value: 'warm' })
    cluster.pauseBroker(1)
    const sent = Array.from({ length: 8 }, () =>
      producer.send({ topic: 't', value: 'x'.repeat(15000) }),
    )
    await settle()
    const missing = createReadStream('/no/such/file')
    const delivered = listen(paced(missing, producer))
    await new Promise<void>((resolve) => missing.once('close', () => resolve()))
    await settle()

    cluster.resumeBroker(1)

    expect(await delivered.ended).toMatchObject({ code: 'ENOENT' })
    await Promise.all(sent)
  })

  it.each<[string, (source: Pullable<string>, producer: KafkaProducer) => unknown]>([
    ['has ended', (source, producer) => listen(paced(source, producer)).ended],
    ['is unsubscribed', (source, producer) => paced(source, producer).subscribe().unsubscribe()],
    [
      'is unsubscribed after the first item',
      (source, producer) => listen(paced(source, producer).pipe(take(1))).ended,
    ],
  ])('leaves a ReadableStream that %s unlocked', async (_, pull) => {
    const { producer } = await startProducer()
    const stream = streamed(['a', 'b'])
    await pull(stream, producer)
    await settle()
    expect(stream.locked).toBe(false)
  })

  it('leaves a failed ReadableStream unlocked, so that a retry gets its error', async () => {
    const { producer } = await startProducer()
    const wrong = new Error('wrong')
    const stream = new ReadableStream<string>({ start: (controller) => controller.error(wrong) })
    const delivered = listen(paced(stream, producer).pipe(retry(2)))
    expect(await delivered.ended).toBe(wrong)
    expect(stream.locked).toBe(false)
  })

  it.each(['destroy', 'close', 'return'])(
    'ignores what %s of a source throws when the stream is unsubscribed',
    async (method) => {
      const { producer } = await startProducer()
      const throws = () => {
        throw new Error('no')
      }
      const never = () => new Promise(() => {})
      const source = {
        on() {},
        off() {},
        [Symbol.asyncIterator]: () => ({
          next: never,
          ...(method === 'return' && { return: throws }),
        }),
        ...(method !== 'return' && { [method]: throws }),
      }
      const subscription = paced(source as never, producer).subscribe()
      await settle()
      expect(() => subscription.unsubscribe()).not.toThrow()
      await settle()
    },
  )

  it('ignores the error of a Readable that is destroyed by an unsubscribe', async () => {
    const { producer } = await startProducer()
    const source = new Readable({ read() {}, destroy: (_, done) => done(new Error('late')) })
    const failed = new Promise((resolve) => source.once('close', resolve))
    paced(source, producer).subscribe().unsubscribe()
    await failed
    await settle()
    expect(source.errored).toEqual(new Error('late'))
  })

  it.each(sources)(
    'ends the stream of a subscriber that lets exceptions through: %s',
    async (_, make) => {
      const { producer } = await startProducer()
      const unhandled = unhandledErrors()
      const wrong = new Error('wrong')
      let released = 0
      class Raw extends Subscriber<string> {
        protected override _next(): void {
          throw wrong
        }
      }
      const raw = new Raw({ error: () => {} } as never)
      paced(
        make(['a', 'b', 'c'], () => {
          released += 1
        }),
        producer,
      ).subscribe(raw)
      await until(() => raw.closed)
      await settle()
      const isTold = make === generate || make === generateLater || make === streamed
      expect(released).toBe(isTold ? 1 : 0)
      expect(unhandled).toEqual([])
    },
  )

  it.each(sources)('reports what a teardown throws at the end of %s', async (_, make) => {
    const { producer } = await startProducer()
    const unhandled = unhandledErrors()
    const wrong = new Error('wrong')
    const source = paced(make(['a']), producer)
    new Observable<string>((out) => {
      out.add(() => {
        throw wrong
      })
      source.subscribe(out)
    }).subscribe()
    await until(() => unhandled.length > 0)
    expect(unhandled.flatMap(thrownIn)).toEqual([wrong])
  })
})

describe('paced, when it decides how much to pull,', () => {
  it.each(sources.filter(([name]) => name.includes('generator')))(
    'pulls one item too many while the topic is unknown: %s',
    async (_, make) => {
      const { cluster, producer } = await startProducer()
      let pulled = 0
      const counting = (function* () {
        for (const value of numbers(1000)) {
          pulled += 1
          yield value
        }
      })()
      const delivered = listen(
        paced(make(counting as never), producer).pipe(
          map((value) => ({ topic: 'u', value })),
          toKafka(producer),
        ),
      )
      await requested(cluster, 'Metadata', 2)
      expect(pulled).toBe(1)
      cluster.createTopic('u', {})
      expect(await delivered.ended).toBeNull()
      expect(pulled).toBe(1000)
    },
  )

  it.each(sources.slice(2, 4))(
    'keeps accepted records within one request while the broker is busy: %s',
    async (_, make) => {
      const { cluster, producer } = await startProducer({ 'batch.size': 1024 })
      await producer.send({ topic: 't', value: 'warm' })
      cluster.pauseBroker(1)
      let pulled = 0
      const endless = (function* () {
        for (;;) {
          pulled += 1
          yield 'x'.repeat(100)
        }
      })()
      const delivered = sending(producer, make(endless as never))
      let before = -1
      while (pulled !== before) {
        before = pulled
        await settle(50)
      }
      // Five requests in flight with one batch each, one next request, and one item more.
      expect(pulled).toBeLessThanOrEqual(7 * 10)
      expect(engineOf(producer).queuedBytes).toBeLessThan(2 * 1024)
      delivered.subscription.unsubscribe()
      cluster.resumeBroker(1)
    },
  )

  it('sends lingering batches, so that the gate opens again', async () => {
    const cluster = await startCluster({ topics: { t: { partitions: 50 } } })
    const producer = producerFor(cluster, {
      ...lingering,
      'batch.size': 1024,
      'max.request.size': 2048,
    })
    const delivered = listen(
      paced(numbers(2000), producer).pipe(
        map((value) => ({ topic: 't', partition: Number(value) % 50, value: value.padEnd(100) })),
        toKafka(producer),
        take(1900),
      ),
    )
    expect(await delivered.ended).toBeNull()
  })

  it('also sends those that others add while it waits', async () => {
    const cluster = await startCluster({ topics: { t: { partitions: 40 } } })
    const producer = producerFor(cluster, {
      ...lingering,
      'batch.size': 1024,
      'max.request.size': 2048,
    })
    await Promise.all([
      producer.send({ topic: 't', partition: 0, value: 'warm' }),
      producer.flush(),
    ])
    const others = Array.from({ length: 40 }, (_, partition) => ({
      topic: 't',
      partition,
      value: 'x'.repeat(460),
    }))
    // Half-full batches of 40 partitions: more than a request, and none of them due for ten
    // minutes.
    listen(from(others).pipe(toKafka(producer)))
    const mine = sending(producer, ['mine'])
    listen(from(others).pipe(toKafka(producer)))
    await until(() => engineOf(producer).outstanding === 1)
    await producer.flush()
    expect(await mine.ended).toBeNull()
  })

  it('streams a million lines in the memory of a few requests', { timeout: 120_000 }, async () => {
    const cluster = await startCluster({ topics: { t: { partitions: 12 } } })
    cluster.on('Produce').reply('NONE', { appended: false })
    const producer = producerFor(cluster)
    const count = 1_000_000
    let most = 0
    let results = 0
    const lines = (function* () {
      for (let index = 0; index < count; index += 1) yield `line ${index}`
    })()
    const delivered = listen(
      paced(lines, producer).pipe(
        map((value) => ({ topic: 't', value })),
        toKafka(producer),
        tap(() => {
          results += 1
          if (results % 1000 === 0) most = Math.max(most, engineOf(producer).outstanding)
        }),
        filter(() => false),
      ),
    )
    expect(await delivered.ended).toBeNull()
    expect(results).toBe(count)
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThan(100_000)
  })

  it('lets the event loop run even if a filter drops everything', async () => {
    const { producer } = await startProducer()
    for (const make of [generate, generateLater]) {
      let ticks = 0
      let pulled = 0
      let over = false
      const endless = (function* () {
        while (!over) {
          pulled += 1
          yield 'x'
        }
      })()
      const listened = listen(paced(make(endless), producer).pipe(filter(() => false)))
      while (ticks < 3) {
        await new Promise(setImmediate)
        ticks += 1
      }
      // It reads the clock at the sixteenth item; on a slow machine its time may be over then.
      expect(pulled).toBeGreaterThanOrEqual(16)
      over = true
      await listened.ended
    }
  })
})

describe('paced, one pull', () => {
  /** Real in everything except time, which passes only as `passMs` says. */
  function slowTime() {
    let elapsed = 0
    const clock = { ...realRuntime.clock, now: () => elapsed }
    const passMs = (ms: number) => {
      elapsed += ms
    }
    return { runtime: { ...realRuntime, clock }, passMs }
  }

  /** How many items a source emits at most between two turns of the event loop. */
  async function mostAtOnce(
    make: typeof generate | typeof generateLater,
    { item = 'x', msPerItem = 0, count = 3000, delayMs = 0, config = {} },
  ): Promise<number> {
    const { runtime, passMs } = slowTime()
    const { cluster, producer } = await startProducer(
      { 'batch.size': 2 ** 20, ...config },
      { runtime },
    )
    await producer.send({ topic: 't', value: 'warm' })
    cluster.on('Produce').delay(delayMs)
    let most = 0
    let sinceTurn = 0
    let over = false
    const turned = () => {
      sinceTurn = 0
      if (!over) setImmediate(turned)
    }
    const source = (function* () {
      for (let index = 0; index < count; index += 1) {
        passMs(msPerItem)
        sinceTurn += 1
        most = Math.max(most, sinceTurn)
        yield item
      }
    })()
    setImmediate(turned)
    expect(await sending(producer, make(source)).ended).toBeNull()
    over = true
    return most
  }

  describe.each([
    ['a generator', generate],
    ['an async generator', generateLater],
  ] as const)('of %s', (_, make) => {
    it('ends after 1024 items', async () => {
      expect(await mostAtOnce(make, {})).toBe(1024)
    })

    it('ends after 512 KiB', async () => {
      const most = await mostAtOnce(make, { item: 'x'.repeat(4096) })
      expect(most).toBeLessThanOrEqual(129)
      expect(most).toBeGreaterThan(120)
    })

    it('also ends after 512 KiB if it has waited at the gate', async () => {
      const item = 'x'.repeat(200_000)
      const config = { 'max.in.flight.requests.per.connection': 1 }
      const most = await mostAtOnce(make, { item, count: 60, delayMs: 5, config })
      expect(most).toBe(3)
    })

    it('ends after two milliseconds, checked every 16 items', async () => {
      expect(await mostAtOnce(make, { msPerItem: 0.1 })).toBe(31)
      expect(await mostAtOnce(make, { msPerItem: 50 })).toBe(15)
    })
  })
})

describe('paced, on unsubscribe', () => {
  it.each(sources.filter(([, make]) => make.length === 2 || make === streamed))(
    'releases its source, also with take(n): %s',
    async (_, make) => {
      const { producer } = await startProducer()
      const { promise, resolve } = deferred<void>()
      const taken = listen(paced(make(numbers(100), resolve), producer).pipe(take(3)))
      expect(await taken.ended).toBeNull()
      expect(taken.values).toEqual(['0', '1', '2'])
      await promise
    },
  )

  it('releases a Readable by destroying it', async () => {
    const { producer } = await startProducer()
    const source = Readable.from(numbers(100))
    const taken = listen(paced(source, producer).pipe(take(3)))
    await taken.ended
    expect(source.destroyed).toBe(true)
  })

  it('releases a Readable while a pull is pending', async () => {
    const { producer } = await startProducer()
    const source = new PassThrough({ objectMode: true })
    const listened = listen(paced(source, producer))
    source.write('a')
    await until(() => listened.values.length === 1)
    listened.subscription.unsubscribe()
    await once(source, 'close')
    expect(listened.values).toEqual(['a'])
    expect(listened.end).toBeNull()
  })

  it('releases a ReadableStream while a pull is pending', async () => {
    const { producer } = await startProducer()
    const { promise, resolve } = deferred<void>()
    const source = new ReadableStream<string>({
      pull: () => new Promise(() => {}),
      cancel: () => resolve(),
    })
    const listened = listen(paced(source, producer))
    await settle()
    listened.subscription.unsubscribe()
    await promise
    expect(listened.end).toBeNull()
  })

  it('releases an async iterator while a pull is pending', async () => {
    const { producer } = await startProducer()
    const { promise, resolve } = deferred<void>()
    const source: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: async () => {
          resolve()
          return { done: true, value: undefined }
        },
      }),
    }
    const listened = listen(paced(source, producer))
    await settle()
    listened.subscription.unsubscribe()
    await promise
  })

  it('closes the readline interface, which would continue to emit lines', async () => {
    const { producer } = await startProducer()
    const input = new PassThrough()
    const lines = createInterface({ input })
    const listened = listen(paced(lines, producer).pipe(take(1)))
    const closed = once(lines, 'close')
    input.write('a\nb\nc\n')
    await listened.ended
    await closed
    expect(listened.values).toEqual(['a'])
  })

  it('pulls no more while it waits at the gate', async () => {
    const { cluster, producer } = await startProducer()
    for (const make of [generate, generateLater]) {
      const { promise, resolve } = deferred<void>()
      const source = make(numbers(100), resolve)
      const delivered = listen(
        paced(source, producer).pipe(
          map((value) => ({ topic: 'unknown', value })),
          toKafka(producer),
        ),
      )
      await requested(cluster, 'Metadata')
      await settle()
      delivered.subscription.unsubscribe()
      await promise
    }
    await producer.send({ topic: 't', value: 'a' })
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('does not report a source whose return %s', async (how, end) => {
    const { producer } = await startProducer()
    const iterator = { next: () => ({ done: false, value: 'a' }), return: end }
    const symbol = how === 'throws' ? Symbol.iterator : Symbol.asyncIterator
    const source = { [symbol]: () => iterator } as never
    const taken = listen(paced(source, producer).pipe(take(1)))
    expect(await taken.ended).toBeNull()
    await settle()
  })

  it('releases a generator that unsubscribes while it is pulled, once it has returned', async () => {
    const { producer } = await startProducer()
    const ended: string[] = []
    const given: string[] = []
    function* leaving() {
      try {
        yield 'a'
        stop$.next()
        yield 'b'
      } finally {
        ended.push('let go of')
      }
    }
    const stop$ = new Subject<void>()
    paced(leaving(), producer)
      .pipe(takeUntil(stop$))
      .subscribe((value) => given.push(value))
    expect(given).toEqual(['a'])
    expect(ended).toEqual(['let go of'])
  })

  it('does not call `return` of an iterator that has ended, and never twice', async () => {
    const { producer } = await startProducer()
    for (const [last, returns] of [
      [true, 0],
      [false, 1],
    ] as const) {
      let returned = 0
      const stop$ = new Subject<void>()
      const iterator: Iterator<string> = {
        next() {
          stop$.next()
          return { done: last, value: 'a' }
        },
        return: () => {
          returned += 1
          return { done: true, value: undefined }
        },
      }
      const source$ = paced({ [Symbol.iterator]: () => iterator }, producer)
      source$.pipe(takeUntil(stop$)).subscribe()
      expect(returned).toBe(returns)
    }
  })

  it('releases its source when the stream below it fails', async () => {
    const cluster = await startCluster()
    cluster.on('Produce').reply('INVALID_RECORD')
    const producer = producerFor(cluster)
    const { promise, resolve } = deferred<void>()
    const delivered = sending(producer, generate(numbers(100_000), resolve))
    expect(await delivered.ended).toMatchObject({ code: 'INVALID_RECORD' })
    await promise
  })

  it('continues, and then fails, if the producer is closed meanwhile', async () => {
    const { cluster, producer } = await startProducer()
    const released = deferred<void>()
    const delivered = listen(
      paced(generate(numbers(100), released.resolve), producer).pipe(
        map((value) => ({ topic: 'unknown', value })),
        toKafka(producer),
        finalize(() => {}),
      ),
    )
    await requested(cluster, 'Metadata')
    await producer.close({ timeout: 0 })
    expect(await delivered.ended).toMatchObject({ code: 'CLOSED' })
    await released.promise
  })

  it('shares the gate with other streams of the producer', async () => {
    const { producer } = await startProducer()
    const streams = ['x', 'y', 'z'].map((name) =>
      sending(
        producer,
        numbers(300).map((value) => `${name}${value}`),
      ),
    )
    const plain = listen(from(records(numbers(300))).pipe(toKafka(producer)))
    for (const { ended } of [...streams, plain]) expect(await ended).toBeNull()
    for (const [index, name] of ['x', 'y', 'z'].entries()) {
      expect(streams[index]!.values.map(({ record }) => record.value)).toEqual(
        numbers(300).map((value) => `${name}${value}`),
      )
    }
  })
})
