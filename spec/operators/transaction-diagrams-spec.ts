import { from, map, mergeMap, type Observable, retry, take } from 'rxjs'
import { exactlyOnce, inTransaction, type KafkaProducer } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { queueOf } from '../../lib/producer/assembly.ts'
import { columns, frameOf, pace, untilColumn, wireIn } from '../support/transaction-columns.ts'
import {
  committedOf,
  type Letter,
  letter,
  type TransactionParts,
  transactionMarbles,
  value,
} from '../support/transaction-marbles.ts'

// The eighteen diagrams of "a subscription is a transaction, and a result means committed", column by column.
// `wire`: see transaction-columns.ts.

const letters = (producer: KafkaProducer) => (source: Observable<string>) =>
  source.pipe(map(letter), inTransaction(producer), map(value))

const messages = (producer: KafkaProducer, every: Observable<unknown>, records = letter as never) =>
  exactlyOnce<string, Letter>(producer, {
    records,
    position: (message) => ({ topic: 'in', partition: 0, offset: message.charCodeAt(0) }),
    group: { groupId: 'g', generationId: 1, memberId: 'm' },
    every,
  })

type Helpers = Parameters<Parameters<typeof transactionMarbles>[0]>[0]
type Options = Parameters<typeof transactionMarbles>[1]

function diagram(
  spec: (helpers: Helpers, parts: TransactionParts, wire: () => string) => (() => void) | undefined,
  options?: Options,
): void {
  transactionMarbles((helpers, parts) => {
    parts.cluster.defineGroup('g', { generation: 1, members: { m: null } })
    return spec(helpers, parts, wireIn(parts))
  }, options)
}

const failing = (facts: object) => expect.objectContaining(facts)
const closed = failing({ code: 'CLOSED' })

describe('a transaction as a subscription', () => {
  it('one: its results are emitted after the commit, in input order across partitions, in one frame', () => {
    diagram(({ hot, expectObservable }, parts, wire) => {
      pace(parts, { Produce: 2, EndTxn: 3 })
      const source = hot(columns('-a-B--c|'))
      const results = source.pipe(letters(parts.producer))
      expectObservable(results).toBe(columns('-----------(aBc|)'))
      return () => expect(wire()).toBe('a1 B3 c6 E8 C11')
    })
  })

  it('empty: nothing is sent', () => {
    diagram(({ hot, expectObservable }, parts, wire) => {
      pace(parts, { EndTxn: 3 })
      const source = hot(columns('---|'))
      expectObservable(source.pipe(letters(parts.producer))).toBe(columns('---|'))
      return () => expect(wire()).toBe('')
    })
  })

  it('only offsets: they are committed', () => {
    diagram(({ hot, expectObservable }, parts, wire) => {
      pace(parts, { TxnOffsetCommit: 1, EndTxn: 2 })
      const source = hot(columns('-m-n-----'))
      const boundary = hot(columns('-----b---'))
      const none = (() => null) as never
      const results = source.pipe(messages(parts.producer, boundary, none))
      expectObservable(results.pipe(map(({ message }) => message))).toBe(columns('--------(mn)'))
      return () => expect(wire()).toBe('o5 E6 C8')
    })
  })

  it('overlapping: the second waits for the commit of the first, and is then sent at once', () => {
    diagram(({ hot, expectObservable }, parts, wire) => {
      pace(parts, { Produce: 1, EndTxn: 2 })
      const w1 = hot(columns('-a---b--|'))
      const w2 = hot(columns('---c---d----|'))
      const results = from([w1, w2]).pipe(mergeMap((w) => w.pipe(letters(parts.producer))))
      expectObservable(results).toBe(columns('----------(ab)---(cd|)'))
      return () => expect(wire()).toBe('a1 b5 E8 C10 c10 d10 E12 C14')
    })
  })

  it('a record fails: the source is unsubscribed at once', () => {
    diagram(({ hot, expectObservable, expectSubscriptions }, parts, wire) => {
      pace(parts, { Produce: 2, EndTxn: 2 })
      parts.at(frameOf(2), () => parts.cluster.on('Produce', { nth: 1 }).reply('INVALID_RECORD'))
      const source = hot(columns('-a-b--c---'))
      const failure = failing({
        code: 'ABORTED',
        cause: failing({ code: 'INVALID_RECORD' }),
        records: [...'ab'].map(letter),
      })
      const results = source.pipe(letters(parts.producer))
      expectObservable(results).toBe(columns('-------#'), null, failure)
      expectSubscriptions(source.subscriptions).toBe(untilColumn(5))
      return () => expect(wire()).toBe('a1 b3 A7')
    })
  })

  it('the source fails: its own error is emitted after the abort', () => {
    diagram(({ hot, expectObservable }, parts, wire) => {
      pace(parts, { Produce: 2, EndTxn: 2 })
      const source = hot(columns('-a-b-#'))
      expectObservable(source.pipe(letters(parts.producer))).toBe(columns('-------#'))
      return () => expect(wire()).toBe('a1 b3 A7')
    })
  })

  it('unsubscribed: it is aborted in the background, and the next one waits for the abort', () => {
    diagram(({ hot, expectObservable }, parts, wire) => {
      pace(parts, { Produce: 1, EndTxn: 2 })
      const source = hot(columns('-a-b----'))
      const next = hot(columns('------c|'))
      expectObservable(source.pipe(letters(parts.producer)), untilColumn(5)).toBe('')
      expectObservable(next.pipe(letters(parts.producer))).toBe(columns('----------(c|)'))
      return () => expect(wire()).toBe('a1 b3 A7 c7 E8 C10')
    })
  })

  it('unsubscribed during the commit: the commit continues, and nothing is emitted', () => {
    diagram(({ hot, expectObservable }, parts, wire) => {
      pace(parts, { Produce: 2, EndTxn: 3 })
      const source = hot(columns('-a-b-|'))
      expectObservable(source.pipe(letters(parts.producer)), untilColumn(6)).toBe('')
      return () => {
        expect(wire()).toBe('a1 b3 E5 C8')
        expect(committedOf(parts.cluster)).toBe('ab')
      }
    })
  })

  it('unsubscribed inside the results: it is committed', () => {
    diagram(({ hot, expectObservable }, parts, wire) => {
      pace(parts, { Produce: 2, EndTxn: 3 })
      const source = hot(columns('-a-b-|'))
      const results = source.pipe(letters(parts.producer), take(1))
      expectObservable(results).toBe(columns('--------(a|)'))
      return () => {
        expect(wire()).toBe('a1 b3 E5 C8')
        expect(committedOf(parts.cluster)).toBe('ab')
      }
    })
  })

  it('commit refused: it is aborted', () => {
    diagram(({ hot, expectObservable }, parts, wire) => {
      pace(parts, { Produce: 1, EndTxn: 2 })
      parts.at(frameOf(0), () =>
        parts.cluster.on('EndTxn', { nth: 1 }).reply('TRANSACTION_ABORTABLE'),
      )
      const source = hot(columns('-ab-|'))
      const failure = failing({ code: 'ABORTED', outcome: 'aborted', retriable: true })
      const results = source.pipe(letters(parts.producer))
      expectObservable(results).toBe(columns('--------#'), null, failure)
      return () => expect(wire()).toBe('a1 b2 E4 A8')
    })
  })

  it('commit unanswered: it is repeated until max.block.ms has passed', () => {
    diagram(
      ({ hot, expectObservable }, parts, wire) => {
        pace(parts, { Produce: 1 })
        const lost = () => parts.cluster.on('EndTxn', { times: 99 }).closeBeforeAppend()
        parts.at(frameOf(0), lost)
        const source = hot(columns('-ab-|'))
        const failure = failing({ code: 'COMMIT_UNKNOWN', outcome: 'unknown', retriable: false })
        const results = source.pipe(letters(parts.producer))
        expectObservable(results).toBe(columns('------------------#'), null, failure)
        return () => expect(wire()).toBe('a1 b2 E4 E9.3 E14.6 ?18')
      },
      { config: { 'max.block.ms': 140, 'retry.backoff.ms': 50, 'reconnect.backoff.ms': 10 } },
    )
  })

  it('too slow: it is aborted before the broker does so', () => {
    const timeouts = { 'transaction.timeout.ms': 200, 'request.timeout.ms': 100 }
    diagram(
      ({ hot, expectObservable }, parts, wire) => {
        pace(parts, { Produce: 2, EndTxn: 2 })
        const source = hot(columns('-a-b---------'))
        const failure = failing({ code: 'TRANSACTION_TIMEOUT', outcome: 'aborted' })
        const results = source.pipe(letters(parts.producer))
        expectObservable(results).toBe(columns('-------------#'), null, failure)
        return () => expect(wire()).toBe('a1 b3 A13')
      },
      { config: { ...timeouts, 'delivery.timeout.ms': 1000 } },
    )
  })

  it('fenced: no abort is possible, and later subscriptions fail at once', () => {
    diagram(({ hot, expectObservable }, parts, wire) => {
      pace(parts, { Produce: 1 })
      parts.at(frameOf(1.5), () => parts.cluster.on('Produce', { nth: 1 }).reply('PRODUCER_FENCED'))
      const source = hot(columns('-ab----'))
      const failure = failing({ code: 'FENCED', outcome: 'aborted', retriable: false })
      const results = source.pipe(letters(parts.producer))
      expectObservable(results).toBe(columns('---#'), null, failure)
      const later = hot(columns('-------c|')).pipe(letters(parts.producer))
      const since = `${frameOf(6)}ms ^`
      expectObservable(later, since).toBe(columns('------#'), null, failure)
      return () => expect(wire()).toBe('a1 b2')
    })
  })

  it('retry(1) below: a new transaction, and readers see one', () => {
    diagram(({ cold, expectObservable }, parts, wire) => {
      pace(parts, { Produce: 2, EndTxn: 2 })
      parts.at(frameOf(2), () => parts.cluster.on('Produce', { nth: 1 }).reply('INVALID_TXN_STATE'))
      const source = cold('10ms a 9ms 10ms b 9ms |')
      const results = source.pipe(letters(parts.producer), retry(1))
      expectObservable(results, `${frameOf(0)}ms ^`).toBe(columns('--------------(ab|)'))
      return () => {
        expect(wire()).toBe('a1 b3 A7 a8 b10 E12 C14')
        expect(committedOf(parts.cluster)).toBe('ab')
      }
    })
  })

  it('every: messages that arrive during a commit belong to the next transaction', () => {
    diagram(({ hot, expectObservable }, parts, wire) => {
      pace(parts, { Produce: 1, TxnOffsetCommit: 1, EndTxn: 1 })
      const source = hot(columns('-m-n-o-p-q-|'))
      const boundary = hot(columns('----b---b---'))
      const results = source.pipe(messages(parts.producer, boundary))
      expectObservable(results.pipe(map(({ message }) => message))).toBe(
        columns('------(mn)---(op)--(q|)'),
      )
      return () => {
        expect(wire()).toBe('m1 n3 o4 E5 C6 o6 p7 o8 E9 C10 q10 o11 E12 C13')
        expect(committedOf(parts.cluster)).toBe('mnopq')
      }
    })
  })

  it('revoked: flush() resolves when the open transaction has ended', () => {
    diagram(({ hot, expectObservable }, parts, wire) => {
      pace(parts, { Produce: 1, TxnOffsetCommit: 1, EndTxn: 1 })
      const source = hot(columns('-m-n-----'))
      const revoking = hot(columns('----b----'))
      const results = source.pipe(messages(parts.producer, revoking))
      expectObservable(results.pipe(map(({ message }) => message))).toBe(columns('------(mn)'))
      let flushedAt = 0
      const flushed = () => {
        flushedAt = parts.now()
      }
      parts.at(frameOf(4), () => queueOf(parts.producer as never)!.flush(flushed))
      return () => {
        expect(wire()).toBe('m1 n3 o4 E5 C6')
        expect(flushedAt).toBe(frameOf(6))
      }
    })
  })

  it('producer.close(): the open transaction is aborted, and streams fail after that', () => {
    diagram(({ hot, expectObservable }, parts, wire) => {
      pace(parts, { Produce: 2, EndTxn: 2 })
      parts.at(frameOf(5), () => void parts.producer.close())
      const source = hot(columns('-a-b----'))
      const results = source.pipe(letters(parts.producer))
      expectObservable(results).toBe(columns('-------#'), null, closed)
      return () => expect(wire()).toBe('a1 b3 A7')
    })
  })

  it('close({ timeout }): the end is not awaited, but left to the broker or a successor', () => {
    diagram(({ hot, expectObservable }, parts, wire) => {
      pace(parts, { Produce: 2, EndTxn: 4 })
      parts.at(frameOf(5), () => void parts.producer.close({ timeout: 20 }))
      const source = hot(columns('-a-b----'))
      const results = source.pipe(letters(parts.producer))
      expectObservable(results).toBe(columns('-------#'), null, closed)
      return () => {
        expect(wire()).toBe('a1 b3')
        expect(parts.cluster.connections).toBe(0)
      }
    })
  })
})
