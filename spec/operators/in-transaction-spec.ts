import {
  concatMap,
  count,
  from,
  ignoreElements,
  map,
  mergeMap,
  type Observable,
  of,
  range,
  retry,
  Subject,
  take,
  timer,
} from 'rxjs'
import {
  ConfigError,
  type InTransactionOptions,
  inTransaction,
  KafkaProducer,
  KafkaProducerPool,
  type TransactionError,
  toKafka,
} from 'to-kafka'
import { describe, expect, it } from 'vitest'
import {
  committedOf,
  type Letter,
  letter,
  transactionMarbles,
  value,
  wireOf,
} from '../support/transaction-marbles.ts'

// The diagrams of transactions in RxJS terms. In `wire`, B is InitProducerId, letters are Produce,
// and C and A are EndTxn. In `results`, a whole transaction is emitted in one frame.

const warm = '40ms '

function letters(options: InTransactionOptions<Letter> = {}) {
  return (producer: KafkaProducer) => (source: Observable<string>) =>
    source.pipe(map(letter), inTransaction(producer, options), map(value))
}
const plain = letters()

describe('inTransaction', () => {
  it('emits all results after the commit, in input order, in one frame, and completes', () => {
    transactionMarbles(({ hot, expectObservable, expectSubscriptions }, { cluster, producer }) => {
      const source = hot(`${warm}-a-B--c|    `)
      const sub = '                ^ 46ms !'
      const results = `${warm}----------(aBc|)`
      expectObservable(source.pipe(plain(producer))).toBe(results)
      expectSubscriptions(source.subscriptions).toBe(sub)
      return () => {
        expect(wireOf(cluster)).toBe('aBcC')
        expect(committedOf(cluster)).toBe('acB')
      }
    })
  })

  it('sends nothing without a record', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer }) => {
      const source = hot(`${warm}---|`)
      expectObservable(source.pipe(plain(producer))).toBe(`${warm}---|`)
      return () => expect(wireOf(cluster)).toBe('')
    })
  })

  it('waits for its turn if subscriptions overlap, in their order, never interleaved', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer }) => {
      const w1 = hot(`       ${warm}-a---b--|       `)
      const w2 = hot(`       ${warm}---c---d----|   `)
      const results = from([w1, w2]).pipe(mergeMap((w) => w.pipe(plain(producer))))
      expectObservable(results).toBe(`${warm}----------(ab)(cd|)`)
      return () => {
        expect(wireOf(cluster)).toBe('abCcdC')
      }
    })
  })

  it('is aborted when a record fails: the source is released at once', () => {
    transactionMarbles(({ hot, expectObservable, expectSubscriptions }, { cluster, producer }) => {
      const source = hot(`${warm}-a-x-c---|`)
      const sub = '                ^ 42ms !'
      const failure = aborted('INVALID_RECORD', 'ax', false)
      expectObservable(source.pipe(plain(producer))).toBe(`${warm}-----#`, null, failure)
      expectSubscriptions(source.subscriptions).toBe(sub)
      return () => {
        expect(wireOf(cluster)).toBe('aA')
        expect(committedOf(cluster)).toBe('')
      }
    })
  })

  it('aborts only after requests in flight are answered', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer }) => {
      cluster.on('Produce', { nth: 2 }).delay(100)
      const source = hot(`                  ${warm}-a-x-----|`)
      const failure = aborted('INVALID_RECORD', 'ax', false)
      expectObservable(source.pipe(plain(producer))).toBe('145ms #', null, failure)
      return () => expect(wireOf(cluster)).toBe('aA')
    })
  })

  it('is aborted when the source fails, and fails with the same error object', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer }) => {
      const source = hot(`${warm}-a-b-#`)
      expectObservable(source.pipe(plain(producer))).toBe(`${warm}-------#`, null, 'error')
      return () => {
        expect(wireOf(cluster)).toBe('abA')
        expect(committedOf(cluster)).toBe('')
      }
    })
  })

  it('is aborted in the background when it is unsubscribed, and the next one waits for the abort', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer }) => {
      const source = hot(`${warm}-a-b----`)
      const next = hot(`  ${warm}------c|`)
      expectObservable(source.pipe(plain(producer)), '45ms !').toBe('')
      expectObservable(next.pipe(plain(producer))).toBe(`${warm}-----------(c|)`)
      return () => {
        expect(wireOf(cluster)).toBe('abAcC')
        expect(committedOf(cluster)).toBe('c')
      }
    })
  })

  it('is committed if it is unsubscribed while the commit is in flight, and emits nothing', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer }) => {
      const source = hot(`${warm}-a--|`)
      expectObservable(source.pipe(plain(producer)), '45ms !').toBe('')
      return () => {
        expect(wireOf(cluster)).toBe('aC')
        expect(committedOf(cluster)).toBe('a')
      }
    })
  })

  it('is committed if it is unsubscribed inside its results, and emits no further ones', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer }) => {
      const source = hot(`${warm}-a-b-|`)
      expectObservable(source.pipe(plain(producer), take(1))).toBe(`${warm}-------(a|)`)
      return () => expect(committedOf(cluster)).toBe('ab')
    })
  })

  it('is aborted when its commit is refused, if the broker allows it', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer }) => {
      cluster.on('EndTxn', { nth: 2 }).reply('TRANSACTION_ABORTABLE')
      const source = hot(`${warm}-a-b-|`)
      const failure = aborted('TRANSACTION_ABORTABLE', 'ab', true)
      expectObservable(source.pipe(plain(producer))).toBe(`${warm}---------#`, null, failure)
      return () => {
        expect(wireOf(cluster)).toBe('abCA')
        expect(committedOf(cluster)).toBe('')
      }
    })
  })

  it.each([
    ['TV1', '3.9', 2, /^\+abC+A+B+\+cC$/],
    ['TV2', '4.4', 0, /^abC+A+B+cC$/],
  ] as const)(
    'has an unknown outcome if its commit is not answered within max.block.ms (%s)',
    (_, version, addingMs, wire) => {
      transactionMarbles(
        ({ hot, expectObservable }, { cluster, producer, at }) => {
          const silence = cluster.on('EndTxn', { nth: 2, times: 99 }).closeBeforeAppend()
          const source = hot(`${warm}-a-b-|`)
          const failure = failing({ code: 'COMMIT_UNKNOWN', outcome: 'unknown', retriable: false })
          expectObservable(source.pipe(plain(producer))).toBe(`${warm}- 2004ms #`, null, failure)
          // The next transaction begins by aborting the old one.
          const next = hot(`2500ms c|`).pipe(plain(producer))
          expectObservable(next.pipe(map(() => 'c'))).toBe(`${2504 + addingMs}ms (c|)`)
          at(2300, () => silence.cancel())
          return () => {
            expect(wireOf(cluster)).toMatch(wire)
            expect(committedOf(cluster)).toBe('c')
          }
        },
        { config: { 'max.block.ms': 2000, 'reconnect.backoff.ms': 10 }, version },
      )
    },
  )

  /**
   * 1. A commit gets no answer. 2. Another producer takes the transactional.id. 3. The next
   * transaction of the first producer must not take it back.
   */
  it.each([
    ['TV1', '3.9', 2],
    ['TV2', '4.4', 0],
  ] as const)(
    'is the last one if another producer took over while its commit was unanswered (%s)',
    (_, version, addingMs) => {
      const config = { 'max.block.ms': 2000, 'reconnect.backoff.ms': 10 }
      transactionMarbles(
        ({ hot, expectObservable }, { cluster, producer, another, at }) => {
          const silence = cluster.on('EndTxn', { nth: 2, times: 99 }).closeBeforeAppend()
          const unknown = failing({ code: 'COMMIT_UNKNOWN', outcome: 'unknown', retriable: false })
          const first = hot(`${warm}-a-|`).pipe(plain(producer))
          expectObservable(first.pipe(ignoreElements())).toBe(
            `${warm}- ${2002 + addingMs}ms #`,
            null,
            unknown,
          )
          at(2300, () => silence.cancel())
          const other = another()
          const told: string[] = []
          const give = (one: KafkaProducer, value: string) =>
            plain(one)(of(value)).subscribe({
              next: (result) => told.push(result),
              error: (error: TransactionError) => told.push(error.code),
            })
          at(2400, () => give(other, 'r'))
          at(3000, () => give(producer, 's'))
          at(3500, () => give(other, 't'))
          return () => {
            expect(told).toEqual(['r', 'FENCED', 't'])
            expect(committedOf(cluster)).toBe('rt')
          }
        },
        { config, version },
      )
    },
  )

  it('of a hundred records costs one round trip more than their Produce, including its offsets', () => {
    transactionMarbles(({ expectObservable }, { cluster, producer, at }) => {
      const group = { groupId: 'g' }
      const position = ({ partition }: Letter) => ({ topic: 'in', partition, offset: 7 })
      const commit = () =>
        range(0, 100).pipe(
          map(() => letter('a')),
          inTransaction(producer, { offsets: { position, group } }),
          count(),
        )
      // The first transaction looks up the coordinator of the group.
      at(40, () => commit().subscribe())
      const before: number[] = []
      at(99, () => before.push(cluster.requests.length))
      // TxnOffsetCommit and Produce are one after the other, with a round trip each, followed by
      // EndTxn.
      expectObservable(timer(100).pipe(concatMap(commit))).toBe('105ms (n|)', { n: 100 })
      return () => {
        const apis = cluster.requests.slice(before[0]).map(({ api }) => api)
        expect(apis.toSorted()).toEqual(['EndTxn', 'Produce', 'TxnOffsetCommit'])
      }
    })
  })

  /**
   * 1. The connection of a batch is cut, and the batch waits to be sent again. 2. Its transaction
   * is aborted: the batch fails, with nothing in flight. 3. The next transaction writes to the same
   * partition, whose numbering has a gap.
   */
  it.each([
    ['TV1', '3.9', '+aAB+cC'],
    ['TV2', '4.4', 'aAcC'],
  ] as const)(
    'works after an abort during which a batch waited to be sent again (%s)',
    (_, version, wire) => {
      transactionMarbles(
        ({ hot }, { cluster, producer, at }) => {
          cluster.on('Produce', { nth: 2 }).closeBeforeAppend()
          const source = new Subject<string>()
          const first = source.pipe(plain(producer)).subscribe()
          at(41, () => source.next('a'))
          at(60, () => first.unsubscribe())
          const told: string[] = []
          hot('80ms c|')
            .pipe(plain(producer))
            .subscribe((result) => told.push(result))
          return () => {
            expect(told).toEqual(['c'])
            expect(wireOf(cluster)).toBe(wire)
            expect(committedOf(cluster)).toBe('c')
          }
        },
        { version },
      )
    },
  )

  it('is aborted before the broker does so if it takes too long', () => {
    const config = { 'transaction.timeout.ms': 1000, 'request.timeout.ms': 300 }
    transactionMarbles(
      ({ hot, expectObservable }, { cluster, producer }) => {
        const source = hot(`${warm}-a-b-`)
        const failure = failing({
          code: 'TRANSACTION_TIMEOUT',
          outcome: 'aborted',
          retriable: true,
        })
        // 41 + 1000 - 300, and the abort's answer.
        expectObservable(source.pipe(plain(producer))).toBe('743ms #', null, failure)
        expectObservable(hot('800ms c|').pipe(plain(producer))).toBe('804ms (c|)')
        return () => {
          expect(wireOf(cluster)).toBe('abAcC')
          expect(committedOf(cluster)).toBe('c')
        }
      },
      { config: { ...config, 'delivery.timeout.ms': 10_000 } },
    )
  })

  it('ends the producer when another one has taken its transactional.id', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer, at }) => {
      at(42, () => cluster.fenceProducer('id'))
      const failure = failing({ code: 'FENCED', outcome: 'aborted', retriable: false })
      const source = hot(`${warm}-a-b----`)
      expectObservable(source.pipe(plain(producer))).toBe(`${warm}-----#`, null, failure)
      // Later subscriptions fail at once, without subscribing to their source.
      expectObservable(hot('100ms c|').pipe(plain(producer)), '60ms ^').toBe(
        '60ms #',
        null,
        failure,
      )
      return () => {
        expect(wireOf(cluster)).toBe('aA')
        expect(committedOf(cluster)).toBe('')
      }
    })
  })

  it('has an unknown outcome if the coordinator fails at the commit, and is not visible if it was being fenced', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer, at }) => {
      const told: boolean[] = []
      cluster.fenceTransactionsAfter(5)
      at(42, () => cluster.on('EndTxn').call(() => told.push(cluster.fenceProducer('id'))))
      at(100, () => told.push(cluster.fenceProducer('id')))
      const failure = failing({ code: 'PRODUCER_FAILED', outcome: 'unknown', retriable: false })
      const source = hot(`${warm}-a-b-|`)
      expectObservable(source.pipe(plain(producer))).toBe(`${warm}-------#`, null, failure)
      return () => {
        expect(told).toEqual([false, true])
        expect(wireOf(cluster)).toBe('abC')
        expect(committedOf(cluster)).toBe('')
      }
    })
  })

  it('is repeated as another transaction by retry below it, and readers see one', () => {
    transactionMarbles(({ cold, expectObservable }, { cluster, producer }) => {
      cluster.on('Produce', { nth: 3 }).reply('INVALID_TXN_STATE')
      const source = cold(`${warm}-a-b--|`)
      const results = source.pipe(plain(producer), retry(1))
      expectObservable(results).toBe('95ms (ab|)')
      return () => {
        expect(wireOf(cluster)).toBe('abAabC')
        expect(committedOf(cluster)).toBe('ab')
      }
    })
  })

  it('is refused inside results of the same producer only if it would wait for itself', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer }) => {
      const source = hot(`${warm}-a|`)
      const again = source.pipe(
        plain(producer),
        concatMap((one) =>
          of(`${one}${one}`).pipe(
            map((v) => v.slice(1)),
            plain(producer),
          ),
        ),
      )
      expectObservable(again).toBe(`${warm}---------(a|)`)
      return () => expect(wireOf(cluster)).toBe('aCaC')
    })
  })

  it('has at most maxRecords records, and its error says how to make several transactions', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer }) => {
      const source = hot(`${warm}abc--|`)
      const failure = failing({ code: 'TRANSACTION_TOO_LARGE', outcome: 'aborted' })
      const results = source.pipe(letters({ maxRecords: 2 })(producer))
      expectObservable(results).toBe(`${warm}----#`, null, failure)
      return () => expect(committedOf(cluster)).toBe('')
    })
  })

  it('commits offsets of a group with its records', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer }) => {
      const offsets = {
        position: ({ value: v }: Letter) => ({
          topic: 'in',
          partition: 3,
          offset: v.charCodeAt(0),
        }),
        group: () => ({ groupId: 'g' }),
      }
      const source = hot(`${warm}-a-b-|`)
      const results = source.pipe(letters({ offsets })(producer))
      expectObservable(results.pipe(take(1))).toBe(`${warm}-----------(a|)`)
      return () => {
        expect(wireOf(cluster)).toBe('aboC')
        expect(cluster.committedOffsets('g')).toMatchObject([
          { topic: 'in', partition: 3, offset: 'b'.charCodeAt(0) + 1 },
        ])
      }
    })
  })

  it('of a closed producer is aborted, and fails with CLOSED after the abort', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer, at }) => {
      at(44, () => void producer.close())
      const source = hot(`${warm}-a-b----`)
      const failure = failing({ code: 'CLOSED' })
      expectObservable(source.pipe(plain(producer))).toBe(`${warm}-------#`, null, failure)
      expectObservable(hot('100ms c|').pipe(plain(producer))).toBe(`${warm}-------#`, null, failure)
      return () => {
        expect(wireOf(cluster)).toBe('abA')
        expect(cluster.connections).toBe(0)
      }
    })
  })

  it('of a producer that is closed during the commit is committed', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer, at }) => {
      at(45, () => void producer.close())
      const source = hot(`${warm}-a-b|`)
      expectObservable(source.pipe(plain(producer))).toBe(`${warm}-------(ab|)`)
      return () => {
        expect(wireOf(cluster)).toBe('abC')
        expect(cluster.connections).toBe(0)
      }
    })
  })

  it('of a producer that is closed without delay is left for the broker to abort', () => {
    transactionMarbles(({ hot, expectObservable }, { cluster, producer, at }) => {
      at(44, () => void producer.close({ timeout: 0 }))
      const source = hot(`${warm}-a-b----`)
      const failure = failing({ code: 'CLOSED' })
      expectObservable(source.pipe(plain(producer))).toBe(`${warm}----#`, null, failure)
      return () => {
        expect(wireOf(cluster)).toBe('ab')
        expect(cluster.connections).toBe(0)
      }
    })
  })
})

describe('a producer with a transactional.id', () => {
  const config = { 'bootstrap.servers': 'localhost:1', 'transactional.id': 'id' }

  it('refuses everything outside a transaction, at the call', async () => {
    const producer = new KafkaProducer(config)
    const outside = expect.objectContaining({ code: 'OUTSIDE_TRANSACTION' })
    await expect(producer.send({ topic: 't', value: 'v' })).rejects.toEqual(outside)
    expect(() => toKafka(producer)).toThrow(outside)
    expect(() => producer.writable()).toThrow(outside)
    await producer.close()
  })

  it('cannot be created by toKafka, because nothing could commit', () => {
    expect(() => toKafka(config)).toThrow('transactional.id is not for toKafka')
  })

  it('throws an error about a producer or a pool of another copy of the package, or a proxy of one', () => {
    const pool = new KafkaProducerPool(config, { size: 2 })
    for (const [given, name] of [
      [new KafkaProducer(config), 'KafkaProducer'],
      [pool, 'KafkaProducerPool'],
    ] as const) {
      expect(() => inTransaction(new Proxy(given, {}) as never)).toThrow(
        `a ${name} of another copy of to-kafka, or a proxy of one`,
      )
    }
  })

  it('is the only thing that inTransaction accepts', async () => {
    await using plainProducer = new KafkaProducer({ 'bootstrap.servers': 'localhost:1' })
    expect(() => inTransaction(plainProducer)).toThrow(ConfigError)
    expect(() => inTransaction(config as never)).toThrow('the producer is')
    expect(() => plainProducer.writable({ transaction: true })).toThrow(
      'transactional.id is missing',
    )
    expect(() => plainProducer.initTransactions()).toThrow('transactional.id is missing')
  })
})

/** What a stream fails with, as far as it matters here. */
function failing(facts: object): unknown {
  return expect.objectContaining(facts)
}

function aborted(cause: string, records: string, retriable: boolean): unknown {
  return failing({
    name: 'TransactionError',
    code: 'ABORTED',
    outcome: 'aborted',
    retriable,
    records: [...records].map(letter),
    cause: expect.objectContaining({ code: cause }),
  })
}
