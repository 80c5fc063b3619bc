import { catchError, filter, map, Observable, of, repeat, Subject, take } from 'rxjs'
import { ConfigError, KafkaProducer, type ProducerEvent, toKafka, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { acked, type Letter, letters, marbleCluster } from '../support/marble-cluster.ts'

const config = { 'bootstrap.servers': 'localhost:9092' }

describe.each([
  ['toKafka', toKafka],
  ['toKafkaSettled', toKafkaSettled],
])('%s', (_, operator) => {
  it.each([
    ['an unknown key', { ...config, 'linger.mss': 5 }, 'UNKNOWN_KEY', 'linger.mss'],
    ['a value out of range', { ...config, 'linger.ms': -1 }, 'OUT_OF_RANGE', 'linger.ms'],
    ['no brokers', {}, 'MISSING', 'bootstrap.servers'],
    ['no configuration', 'localhost:9092', 'INVALID_VALUE', ''],
  ])('throws at once for %s', (_what, wrong, code, key) => {
    expect(() => operator(wrong as never)).toThrow(ConfigError)
    expect(() => operator(wrong as never)).toThrow(expect.objectContaining({ code, key }))
  })

  it('throws an error about a proxy of a producer, which lacks its private state', () => {
    const proxy = new Proxy(new KafkaProducer(config), {})
    expect(() => operator(proxy as never)).toThrow(
      'a KafkaProducer of another copy of to-kafka, or a proxy of one',
    )
  })

  it('throws an error about a producer of another copy of the package, and a promise of a producer', () => {
    class KafkaProducer {}
    const foreign = Object.assign(new KafkaProducer(), {
      [Symbol.for('to-kafka.producer')]: 'KafkaProducer',
    })
    expect(() => operator(foreign as never)).toThrow('a KafkaProducer of another copy of to-kafka')
    expect(() => operator(Promise.resolve(foreign) as never)).toThrow('await the promise first')
  })

  it.each([
    [{ foo: 4 }, 'UNKNOWN_KEY', `'foo' is not an option of ${operator.name} (`],
    [{ maxWating: 4 }, 'UNKNOWN_KEY', "did you mean 'maxWaiting'?"],
    [{ 'linger.ms': 4 }, 'UNKNOWN_KEY', "'linger.ms' is a key of the configuration"],
    [null, 'INVALID_VALUE', `the options of ${operator.name} must be an object, not null`],
    [5, 'INVALID_VALUE', `the options of ${operator.name} must be an object, not a number`],
  ])('throws at once for unknown options: %o', (options, code, sentence) => {
    for (const target of [config, new KafkaProducer(config)]) {
      const call = () => operator(target, options as never)
      expect(call).toThrow(ConfigError)
      expect(call).toThrow(expect.objectContaining({ code }))
      expect(call).toThrow(sentence)
    }
  })

  it.each([-1, 0.5, Number.NaN, '5'])('throws at once for maxWaiting %s', (maxWaiting) => {
    const wrong = { maxWaiting } as never
    const refusal = expect.objectContaining({ code: 'OUT_OF_RANGE', key: 'maxWaiting' })
    expect(() => operator(config, wrong)).toThrow(refusal)
    expect(() => new KafkaProducer(config, wrong)).toThrow(refusal)
  })

  it('accepts any count for maxWaiting, and Infinity', () => {
    for (const maxWaiting of [0, 1, Number.POSITIVE_INFINITY]) {
      expect(() => operator(config, { maxWaiting })).not.toThrow()
    }
  })

  it('throws at once for an unknown onUnsubscribe', () => {
    expect(() => operator(config, { onUnsubscribe: 'drop' as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE', key: 'onUnsubscribe' }),
    )
  })

  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '5'])(
    'throws at once for maxOutstanding %s',
    (maxOutstanding) => {
      const options = { order: 'input', maxOutstanding } as never
      expect(() => operator(config, options)).toThrow(
        expect.objectContaining({ code: 'OUT_OF_RANGE', key: 'maxOutstanding' }),
      )
    },
  )

  it('throws at once for an unknown order, and for a bound without an order', () => {
    expect(() => operator(config, { order: 'output' as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE', key: 'order' }),
    )
    expect(() => operator(config, { order: 'inptu' as never })).toThrow(
      "order is 'inptu'; it must be 'partition' or 'input'",
    )
    for (const order of [{}, { order: 'partition' } as const]) {
      expect(() => operator(config, { ...order, maxOutstanding: 5 })).toThrow(
        expect.objectContaining({ code: 'CONTRADICTION', key: 'maxOutstanding' }),
      )
    }
  })

  it('accepts an order and its bound, also with a shared producer', () => {
    const producer = new KafkaProducer(config)
    const options = { order: 'input', maxOutstanding: 1 } as const
    expect(() => operator(config, options)).not.toThrow()
    expect(() => operator(producer, options)).not.toThrow()
    expect(() => operator(producer, { order: 'partition' })).not.toThrow()
  })

  it.each<[string, unknown, string]>([
    [
      'onUnsubscribe',
      'discard',
      "onUnsubscribe is not for a shared producer, whose batches mix streams: 'discard' is for toKafka(config) only",
    ],
    [
      'maxWaiting',
      5,
      'maxWaiting is not for a shared producer, which has its own: pass it to new KafkaProducer(config, { maxWaiting })',
    ],
    [
      'warnings',
      false,
      'warnings is not for a shared producer, which has its own: pass it to new KafkaProducer(config, { warnings })',
    ],
    ['events', () => {}, 'events is not for a shared producer, which has events$ of its own'],
    [
      'runtime',
      {},
      'runtime is not for a shared producer, which has its own: pass it to new KafkaProducer(config, { runtime })',
    ],
  ])(
    'refuses an option that only the owner of a shared producer may set: %s',
    (key, value, message) => {
      const refusal = expect.objectContaining({ code: 'CONTRADICTION', key, message })
      expect(() => operator(new KafkaProducer(config), { [key]: value })).toThrow(refusal)
    },
  )

  it.each([null, 'log', {}])(
    'throws at once for an `events` that is not a subject: %o',
    (events) => {
      expect(() => operator(config, { events: events as never })).toThrow(
        expect.objectContaining({ code: 'INVALID_VALUE', key: 'events' }),
      )
    },
  )

  it('throws at once for warnings that are not a boolean', () => {
    expect(() => operator(config, { warnings: 'off' as never })).toThrow(
      "warnings is 'off'; it must be true or false",
    )
  })

  it('accepts options without effect for a shared producer', () => {
    const producer = new KafkaProducer(config)
    expect(() => operator(producer, { onUnsubscribe: 'deliver' })).not.toThrow()
  })

  it('may be used many times, because it is a function of its source', () => {
    const deliver = operator(config)
    expect(deliver(of())).not.toBe(deliver(of()))
  })
})

describe('toKafka in marbles', () => {
  it('uses the configuration as it was at the call, including inherited keys', () =>
    marbleCluster(({ hot, expectObservable, flush }, { cluster, config, options }) => {
      const mine: typeof config = Object.create({ ...config, 'client.id': 'before' })
      const deliver = toKafka<Letter>(mine, options)
      Object.assign(mine, { 'client.id': 'after', 'transactional.id': 'x', acks: 'wrong' })
      expectObservable(hot('a|').pipe(letters, deliver, acked)).toBe('12ms (a|)')
      flush()
      expect(cluster.requests.every(({ clientId }) => clientId === 'before')).toBe(true)
    }))

  it('accepts inherited options', () =>
    marbleCluster(({ hot, expectObservable }, { options }) => {
      const derived = Object.create({ ...options, maxWaiting: 0 })
      const results = hot('a').pipe(
        letters,
        toKafka(config, derived),
        acked,
        catchError(({ code }) => of(code)),
      )
      expectObservable(results).toBe('(x|)', { x: 'BUFFER_EXHAUSTED' })
    }))

  it('emits the metadata of each record, and completes after the last', () =>
    marbleCluster(({ hot, expectObservable, expectSubscriptions }, { config, options }) => {
      const source = hot('    a 19ms (bc) 20ms d|')
      const results = source.pipe(letters, toKafka(config, options), acked)
      expectObservable(results).toBe('12ms a 9ms (bc) 20ms (d|)')
      expectSubscriptions(source.subscriptions).toBe('^ 44ms !')
    }))

  it('sends one request for a synchronous burst', () =>
    marbleCluster(({ hot, flush }, { cluster, config, options }) => {
      hot('a 19ms (bcdefg)').pipe(letters, toKafka(config, options)).subscribe()
      flush()
      expect(cluster.requests.filter(({ api }) => api === 'Produce')).toHaveLength(2)
    }))

  it('waits linger.ms from the first record of a batch', () =>
    marbleCluster(({ hot, expectObservable }, { config, options }) => {
      const lingering = { ...config, 'linger.ms': 10 }
      const source = hot('    a 39ms b---c---')
      const results = source.pipe(letters, toKafka(lingering, options), acked)
      expectObservable(results, '^ 80ms !').toBe('22ms a 29ms (bc)')
    }))

  it('fails after the results of outstanding records', () =>
    marbleCluster(({ hot, expectObservable, expectSubscriptions }, { config, options }) => {
      const source = hot('    a 19ms bx--c---')
      const results = source.pipe(letters, toKafka(config, options), acked)
      expectObservable(results).toBe(
        '12ms a 9ms (b#)',
        undefined,
        expect.objectContaining({ code: 'INVALID_RECORD' }),
      )
      expectSubscriptions(source.subscriptions).toBe('^ 20ms !')
    }))

  it('passes on the error of its source after the results', () =>
    marbleCluster(({ hot, expectObservable }, { config, options }) => {
      const source = hot('    ab#')
      const results = source.pipe(letters, toKafka(config, options), acked)
      expectObservable(results).toBe('12ms (ab#)')
    }))

  it('completes at once with an empty source, and never with one that never ends', () =>
    marbleCluster(({ cold, expectObservable }, { config, options }) => {
      const deliver = toKafka<{ topic: string; value: string }>(config, options)
      expectObservable(cold('|').pipe(letters, deliver, acked)).toBe('|')
      expectObservable(cold('-').pipe(letters, deliver, acked)).toBe('-')
    }))

  it("with order: 'input' admits the next record when a result has left", () =>
    marbleCluster(({ cold, expectObservable }, { config, options }) => {
      const one = { ...options, order: 'input', maxOutstanding: 1 } as const
      const results = cold('(abc|)').pipe(letters, toKafka(config, one), acked)
      expectObservable(results).toBe('12ms a-b-(c|)')
    }))

  it('sends the events of each subscription to a subject, which it does not complete', () =>
    marbleCluster(({ cold, expectObservable }, { config, options }) => {
      const events = new Subject<ProducerEvent>()
      const deliver = toKafka<{ topic: string; value: string }>(config, { ...options, events })
      const twice = cold('a|').pipe(letters, deliver, acked, repeat(2))
      const connected = events.pipe(
        filter(({ type }) => type === 'identified'),
        map(({ type }) => type[0]),
      )
      expectObservable(connected, '^ 99ms !').toBe('10ms i 11ms i')
      expectObservable(twice).toBe('12ms a 11ms (a|)')
    }))

  it('releases its source when it is unsubscribed, and emits nothing more', () =>
    marbleCluster(({ hot, expectObservable, expectSubscriptions }, { config, options }) => {
      const source = hot('    a 19ms b----')
      const results = source.pipe(letters, toKafka(config, options), acked)
      expectObservable(results, '^ 20ms !').toBe('12ms a')
      expectSubscriptions(source.subscriptions).toBe('^ 20ms !')
    }))

  it('releases its source, and its producer, when downstream has enough', () =>
    marbleCluster(({ hot, expectObservable, expectSubscriptions, flush }, parts) => {
      const { cluster, config, options } = parts
      const source = hot('    (abc) 15ms d----')
      const results = source.pipe(letters, toKafka(config, options), acked, take(2))
      expectObservable(results).toBe('12ms (ab|)')
      expectSubscriptions(source.subscriptions).toBe('^ 11ms !')
      flush()
      expect(cluster.connections).toBe(0)
    }))

  it('sends the records of a synchronous source in order', () =>
    marbleCluster(({ expectObservable }, { config, options }) => {
      const source = new Observable<string>((out) => {
        for (const letter of 'abc') out.next(letter)
        out.complete()
      })
      const results = source.pipe(letters, toKafka(config, options), acked)
      expectObservable(results).toBe('12ms (abc|)')
    }))
})
