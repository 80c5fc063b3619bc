import { map, NEVER, Observable, of, Subject, throwError, timer } from 'rxjs'
import {
  type Committed,
  type ExactlyOnceOptions,
  exactlyOnce,
  type KafkaProducer,
  paced,
  type TransactionError,
} from 'to-kafka'
import { describe, expect, it } from 'vitest'
import {
  committedOf,
  type Letter,
  letter,
  transactionMarbles,
  wireOf,
} from '../support/transaction-marbles.ts'

// Consume, transform, produce in marbles. A message is a letter, read from partition 0 of `in` at
// the offset of its letter, and its record has the same value. In `wire`, o is TxnOffsetCommit.

const warm = '40ms '

type Options = Partial<ExactlyOnceOptions<string, Letter>>

/** Messages are emitted as letters, those of a transaction in one frame. */
function through(producer: KafkaProducer, options: Options = {}) {
  return (messages: Observable<string>) =>
    messages.pipe(
      exactlyOnce<string, Letter>(producer, {
        records: letter,
        position,
        group: { groupId: 'g', generationId: 1, memberId: 'm' },
        every: NEVER,
        ...options,
      }),
      map(shown),
    )
}

function position(message: string) {
  return { topic: 'in', partition: 0, offset: message.charCodeAt(0) }
}

/** `m` for a message with one record, otherwise the number of its records. */
function shown({ message, results }: Committed<string, Letter>): string {
  return results.length === 1 ? message : `${message}${results.length}`
}

/** The exception of user code. */
const mine = new Error('mine')

const end = (message: string) => [{ topic: 'in', partition: 0, offset: message.charCodeAt(0) + 1 }]

function marbles(...[spec, options]: Parameters<typeof transactionMarbles>): void {
  transactionMarbles((helpers, parts) => {
    parts.cluster.defineGroup('g', { generation: 1, members: { m: null } })
    return spec(helpers, parts)
  }, options)
}

describe('exactlyOnce', () => {
  it('commits the records and the offsets of its messages at each boundary', () => {
    marbles(({ hot, expectObservable }, { cluster, producer }) => {
      const messages = hot(`  ${warm}-m-n----------o-p----|   `)
      const every = hot(`     ${warm}-----b----------------    `)
      const results = messages.pipe(through(producer, { every }))
      expectObservable(results).toBe(`${warm}-----------(mn)----------(op|)`)
      return () => {
        expect(wireOf(cluster)).toBe('mnoCopoC')
        expect(committedOf(cluster)).toBe('mnop')
        expect(cluster.committedOffsets('g')).toMatchObject(end('p'))
      }
    })
  })

  it('keeps messages that arrive during a commit for the next transaction', () => {
    marbles(({ hot }, { cluster, producer }) => {
      const messages = hot(`${warm}-m-n-a-b--------c----|`)
      const every = hot(`   ${warm}----b---b-------------`)
      const told: string[] = []
      messages.pipe(through(producer, { every })).subscribe((one) => told.push(one))
      return () => {
        expect(told.join('')).toBe('mnabc')
        expect(wireOf(cluster)).toBe('mnoCoabCcoC')
      }
    })
  })

  it('commits only offsets if no message has a record', () => {
    marbles(({ hot, expectObservable }, { cluster, producer }) => {
      const messages = hot(`${warm}-m-n-|`)
      const results = messages.pipe(through(producer, { records: () => null }))
      const values = { m: 'm0', n: 'n0' }
      // FindCoordinator of the group, TxnOffsetCommit, EndTxn.
      expectObservable(results).toBe(`${warm}-----------(mn|)`, values)
      return () => {
        expect(wireOf(cluster)).toBe('oC')
        expect(cluster.committedOffsets('g')).toMatchObject(end('n'))
      }
    })
  })

  it('sends none, one, many, or the records of a stream, in the order of the messages', () => {
    marbles(({ hot, cold }, { cluster, producer }) => {
      const kinds: Record<string, unknown> = {
        a: null,
        b: letter('b'),
        c: [letter('c'), letter('c')],
        d: cold('---d--d|').pipe(map(letter)),
        e: Promise.resolve([]),
        f: of(letter('f')),
      }
      const messages = hot(`${warm}abcdf|`)
      const told: string[] = []
      const records = (message: string) => kinds[message] as never
      messages.pipe(through(producer, { records })).subscribe((one) => told.push(one))
      return () => {
        expect(told).toEqual(['a0', 'b', 'c2', 'd2', 'f'])
        expect(committedOf(cluster)).toBe('bccddf')
      }
    })
  })

  it('aborts when more than maxWaiting messages wait for the records of an earlier one', () => {
    marbles(({ hot }, { cluster, producer }) => {
      const messages = hot(`${warm}abcd----|`)
      const records = (message: string) =>
        message === 'a' ? timer(1000).pipe(map(() => letter(message))) : letter(message)
      const told: unknown[] = []
      messages
        .pipe(through(producer, { records, maxWaiting: 2 }))
        .subscribe({ error: (error: TransactionError) => told.push(error.code, error.message) })
      return () => {
        const message = expect.stringContaining('2 messages (maxWaiting) wait already')
        expect(told).toEqual(['TRANSACTION_TOO_LARGE', message])
        expect(wireOf(cluster)).toBe('')
        expect(messages.subscriptions[0]!.unsubscribedFrame).toBe(43)
      }
    })
  })

  it('aborts when more than a million messages wait for the turn of their transaction', () => {
    marbles((_, { producer }) => {
      let given = 0
      const told: unknown[] = []
      const messages = new Observable<string>((out) => {
        while (!out.closed) {
          given += 1
          out.next('m')
        }
      })
      messages
        .pipe(through(producer, { records: () => null }))
        .subscribe({ error: (error: TransactionError) => told.push(error.code, error.message) })
      return () => {
        expect(given).toBe(1_000_001)
        const message = expect.stringContaining('1000000 messages wait already')
        expect(told).toEqual(['TRANSACTION_TOO_LARGE', message])
      }
    })
  })

  it('has a paced source wait while the records of a message are awaited', () => {
    marbles((_, { producer, at, now }) => {
      const pulled: string[] = []
      function* source() {
        for (const message of 'abcdef') {
          pulled.push(`${message}${now()}`)
          yield message
        }
      }
      const slow = (message: string) =>
        'bd'.includes(message) ? timer(100).pipe(map(() => letter(message))) : letter(message)
      const told: string[] = []
      const begin = () =>
        paced(source(), producer)
          .pipe(through(producer, { records: slow, maxWaiting: 1 }))
          .subscribe((one) => told.push(one))
      at(50, begin)
      return () => {
        expect(pulled.map((one) => one.slice(0, 1)).join('')).toBe('abcdef')
        const frames = pulled.map((one) => Number(one.slice(1)))
        expect(frames[1]! - frames[0]!).toBeLessThan(10)
        expect(frames[2]! - frames[1]!).toBeGreaterThanOrEqual(100)
        expect(frames[4]! - frames[3]!).toBeGreaterThanOrEqual(100)
        expect(told.join('')).toBe('abcdef')
      }
    })
  })

  it('begins another transaction after maxMessages', () => {
    marbles(({ hot }, { cluster, producer }) => {
      const told: string[] = []
      hot(`${warm}abcde|`)
        .pipe(through(producer, { maxMessages: 2 }))
        .subscribe((one) => told.push(one))
      return () => {
        expect(told.join('')).toBe('abcde')
        expect(wireOf(cluster)).toBe('aboCocdCoeC')
      }
    })
  })

  it('ends a transaction a given number of milliseconds after its first message', () => {
    marbles(({ hot }, { cluster, producer }) => {
      hot(`${warm}a 9ms b 9ms c 90ms d 400ms |`)
        .pipe(through(producer, { every: 50 }))
        .subscribe()
      return () => expect(wireOf(cluster)).toBe('abcoCdoC')
    })
  })

  it('counts `every` from the beginning of the transaction, not from its first message', () => {
    marbles(({ hot }, { cluster, producer }) => {
      cluster.on('EndTxn', { nth: 2 }).delay(100)
      // a's transaction ends at 90. The one of b begins after 190, and is also open for c.
      hot(`${warm}a 59ms b 119ms c 400ms d|`)
        .pipe(through(producer, { every: 50 }))
        .subscribe()
      return () => expect(wireOf(cluster)).toBe('aoCbcoCdoC')
    })
  })

  it('has a paced source fill the next transaction while one commits', () => {
    marbles((_, { cluster, producer, at }) => {
      cluster.on('EndTxn').delay(100)
      const begin = () =>
        paced('x'.repeat(300), producer)
          .pipe(through(producer, { records: () => letter('a'), every: 50, maxMessages: 100 }))
          .subscribe()
      at(240, begin)
      return () => expect(wireOf(cluster).replaceAll('a', '')).toBe('oCoCoC')
    })
  })

  /**
   * The messages that were requested from a paced source by then. The first ten are a transaction,
   * which commits for 100 ms.
   */
  function pulledBy(until: number, records: () => unknown): number {
    let pulled = 0
    const json = (value: unknown) =>
      typeof value === 'string' || value instanceof Uint8Array
        ? Buffer.from(value)
        : Buffer.from(JSON.stringify(value))
    const run: Parameters<typeof transactionMarbles>[0] = (_, { cluster, producer, at, now }) => {
      function* source() {
        for (; now() < until && pulled < 5000; pulled += 1) yield String.fromCharCode(pulled)
      }
      const options = { records: records as never, maxMessages: 10, every: 50 }
      at(200, () => {
        cluster.on('EndTxn').delay(100)
        paced(source(), producer).pipe(through(producer, options)).subscribe()
      })
      return undefined
    }
    marbles(run, { config: { 'value.serializer': json as never } })
    return pulled
  }

  it.each<readonly [what: string, records: () => unknown, count: number]>([
    ['small records', () => letter('a'), 1024],
    ['large records', () => ({ topic: 't', value: new Uint8Array(100_000), partition: 0 }), 11],
    ['messages without a record', () => null, 1024],
  ])(
    'has a paced source stop once a megabyte waits for its transaction: %s',
    (_, records, count) => {
      expect(pulledBy(300, records)).toBe(10 + count)
    },
  )

  it('assumes that records of other types are as large as those of the last transaction', () => {
    const records = () => ({ topic: 't', value: { n: 'x'.repeat(10_000) }, partition: 0 })
    expect(pulledBy(300, records)).toBe(10 + 1)
    expect(pulledBy(400, records)).toBe(10 + 10 + 105)
  })

  it('fails with the source’s error after the open transaction is aborted; a complete one is committed first', () => {
    marbles(({ hot, expectObservable }, { cluster, producer }) => {
      const messages = hot(`${warm}-m-b-#   `)
      const every = hot(`   ${warm}--b------`)
      const results = messages.pipe(through(producer, { every }))
      expectObservable(results).toBe(`${warm}--------(m#)`)
      return () => {
        expect(committedOf(cluster)).toBe('m')
        expect(cluster.committedOffsets('g')).toMatchObject(end('m'))
      }
    })
  })

  it.each([
    ['the stream of its records fails', (records: Subject<Letter>) => records.error(mine)],
    ['the source fails', (_: Subject<Letter>, source: Subject<string>) => source.error(mine)],
  ])(
    'aborts a transaction that a boundary has closed in the middle of a message when %s',
    (_, fail) => {
      const told: unknown[] = []
      marbles((_, { cluster, producer, at }) => {
        const source = new Subject<string>()
        const every = new Subject<void>()
        const records = new Subject<Letter>()
        source
          .pipe(through(producer, { every, records: () => records }))
          .subscribe({ error: (error) => told.push(error) })
        at(40, () => source.next('a'))
        at(41, () => records.next(letter('a')))
        at(42, () => every.next())
        at(50, () => fail(records, source))
        at(100, () => expect(told).toEqual([mine]))
        return () => expect(committedOf(cluster)).toBe('')
      })
      expect(told).toEqual([mine])
    },
  )

  it('gives each message its own results, even if a serializer pushes into the source meanwhile', () => {
    const source = new Subject<string>()
    const told: string[] = []
    const serializer = (value: string) => {
      if (value === 'a') {
        source.next('b')
        source.complete()
      }
      return value
    }
    marbles(
      (_, { cluster, producer, at }) => {
        const records = (message: string) =>
          message === 'a' ? [letter('a'), letter('c')] : letter(message)
        source.pipe(through(producer, { records })).subscribe({
          next: (one) => told.push(one),
          complete: () => told.push('|'),
        })
        at(40, () => source.next('a'))
        return () => {
          expect(told).toEqual(['a2', 'b', '|'])
          expect(committedOf(cluster)).toBe('acb')
        }
      },
      { config: { 'value.serializer': serializer as never } },
    )
  })

  it('can be unsubscribed while its error waits for the end of an earlier transaction', () => {
    marbles(({ hot }, { cluster, producer, at }) => {
      cluster.on('EndTxn', { nth: 2 }).delay(100)
      const told: unknown[] = []
      const messages = hot(`${warm}-a--#`)
      const every = hot(`   ${warm}--b--`)
      const subscription = messages.pipe(through(producer, { every })).subscribe({
        next: (one) => told.push(one),
        error: (error) => told.push(error),
      })
      at(60, () => subscription.unsubscribe())
      return () => {
        expect(told).toEqual([])
        expect(committedOf(cluster)).toBe('a')
      }
    })
  })

  it.each<readonly [string, Options]>([
    [
      'records throws',
      {
        records: () => {
          throw new Error('mine')
        },
      },
    ],
    [
      'position throws',
      {
        position: () => {
          throw new Error('mine')
        },
      },
    ],
    [
      'group throws',
      {
        group: () => {
          throw new Error('mine')
        },
      },
    ],
    ['group rejects', { every: 5, group: () => Promise.reject(new Error('mine')) }],
    [
      'every fails',
      {
        every: timer(50).pipe(
          map(() => {
            throw new Error('mine')
          }),
        ),
      },
    ],
    ['records returns a stream that fails', { records: () => throwError(() => new Error('mine')) }],
  ])('fails with the exception of the user’s code: %s', (_, options) => {
    const told: unknown[] = []
    marbles(({ hot }, { cluster, producer }) => {
      hot(`${warm}-a-b 500ms |`)
        .pipe(through(producer, options))
        .subscribe({ error: (error) => told.push(error) })
      return () => expect(committedOf(cluster)).toBe('')
    })
    if (_ !== 'group rejects') expect(told).toEqual([new Error('mine')])
  })

  it('is aborted if the consumer has left its group, which is retriable with a consumer that starts again', () => {
    marbles(({ hot, expectObservable }, { cluster, producer }) => {
      const group = () => ({ groupId: 'g', generationId: 0, memberId: 'm' })
      const results = hot(`${warm}-a|`).pipe(through(producer, { group }))
      const failure = expect.objectContaining({
        code: 'ABORTED',
        retriable: true,
        cause: expect.objectContaining({ code: 'ILLEGAL_GENERATION' }),
      })
      expectObservable(results).toBe(`${warm}--------#`, null, failure)
      return () => {
        expect(committedOf(cluster)).toBe('')
        expect(cluster.committedOffsets('g')).toEqual([])
      }
    })
  })

  it('without the membership of its consumer, warns about what is not checked', () => {
    marbles(({ hot, expectObservable }, { cluster, producer }) => {
      const group = { groupId: 'other' }
      const failure = expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        message: expect.stringContaining("{ fencing: 'transactional.id' }"),
      })
      const refused = hot(`${warm}-a|`).pipe(through(producer, { group }))
      expectObservable(refused).toBe(`${warm}-----#`, null, failure)
      const fencing = 'transactional.id'
      hot('100ms b|').pipe(through(producer, { group, fencing })).subscribe()
      return () => {
        expect(committedOf(cluster)).toBe('b')
        expect(cluster.committedOffsets('other')).toMatchObject(end('b'))
      }
    })
  })

  it('aborts the open transaction when it is unsubscribed', () => {
    marbles(({ hot }, { cluster, producer, at }) => {
      const messages = new Subject<string>()
      const subscription = messages.pipe(through(producer)).subscribe()
      at(41, () => messages.next('a'))
      at(50, () => subscription.unsubscribe())
      hot('60ms b|').pipe(through(producer)).subscribe()
      return () => {
        expect(messages.observed).toBe(false)
        expect(wireOf(cluster)).toBe('aAboC')
      }
    })
  })

  it('registers its transactional.id at subscription, before the first message', () => {
    marbles(({ hot }, { cluster, another }) => {
      const young = another({ 'transactional.id': 'young' })
      hot('500ms |').pipe(through(young)).subscribe()
      return () => expect(cluster.transaction('young')?.producerEpoch).toBe(0)
    })
  })

  it('completes without messages, and sends nothing', () => {
    marbles(({ hot, expectObservable }, { cluster, producer }) => {
      expectObservable(hot(`${warm}---|`).pipe(through(producer))).toBe(`${warm}---|`)
      return () => expect(wireOf(cluster)).toBe('')
    })
  })

  it('refuses invalid options', () => {
    marbles((_, { producer }) => {
      expect(() => through(producer, { every: -1 })(NEVER)).toThrow('every is -1')
      expect(() => through(producer, { records: 'x' as never })(NEVER)).toThrow('records is')
      expect(() => through(producer, { maxMessages: 0 })(NEVER)).toThrow('maxMessages is 0')
      return undefined
    })
  })
})
