import { map, type Observable, Subject, Subscriber, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Memory } from '../../lib/accumulator/memory.ts'
import { ConnectionError } from '../../lib/errors/connection-error.ts'
import type { KafkaError } from '../../lib/errors/kafka-error.ts'
import type { Envelope, Receipt } from '../../lib/model.ts'
import { codecs } from '../../lib/records/compression.ts'
import type { Sender } from '../../lib/sender/sender.ts'
import { accumulate } from '../../lib/stages/accumulate.ts'
import { failed } from '../../lib/stages/envelope.ts'
import { report, type SendOptions, send } from '../../lib/stages/send.ts'
import { FakeDispatch } from '../support/fake-dispatch.ts'
import { type Bench, marbles } from '../support/marbles.ts'
import { releaseLaws } from '../support/operator-laws.ts'

const settings: SendOptions['settings'] = {
  acks: -1,
  idempotent: true,
  maxInFlight: 5,
  maxRequestSize: 1 << 20,
  availabilityTimeoutMs: 0,
  requestTimeoutMs: 30,
  deliveryTimeoutMs: 1000,
  retries: 10,
  backoff: () => 10,
}

/** From placed envelopes to receipts: the last two stages over a scripted cluster. */
function sending(bench: Bench, changes: Partial<SendOptions['settings']> = {}) {
  const dispatch = new FakeDispatch()
  const fatal: KafkaError[] = []
  const actors: { sender?: Sender } = {}
  const { clock, turn, holdings } = bench
  const common = { clock, turn, holdings }
  const operator = (source: Observable<Envelope>) =>
    source.pipe(
      accumulate({
        ...common,
        batchSize: 1024,
        maxRequestSize: 1 << 20,
        lingerMs: 0,
        deliveryTimeoutMs: changes.deliveryTimeoutMs ?? 1000,
        maxBlockMs: 1000,
        maxWaiting: 1000,
        codec: codecs.none,
        compressionLevel: undefined,
        memory: new Memory({ limit: 1 << 20, batchSize: 1024 }),
      }),
      send({
        ...common,
        settings: { ...settings, ...changes },
        dispatch,
        random: () => 0.5,
        fatal: (error) => fatal.push(error),
        opened: (sender) => {
          actors.sender = sender
        },
      }),
    )
  return { dispatch, fatal, operator, actors }
}

function placed(bench: Bench, partitions: Readonly<Record<string, number>> = {}) {
  return map((letter: string) => put(bench.envelope(letter), partitions[letter] ?? 0))
}

function put(envelope: Envelope, partition: number): Envelope {
  envelope.value = envelope.record.value as string
  envelope.partition = partition
  return envelope
}

/** `letter@partition:offset`, or the code of its failure. */
const words = map(({ ticket, metadata, error }: Receipt) =>
  metadata === null
    ? `${ticket}:${error!.code}`
    : `${ticket}@${metadata.partition}:${metadata.offset}`,
)

describe('send', () => {
  releaseLaws((bench) => ({ operator: sending(bench).operator, item: put(bench.envelope('a'), 0) }))

  it('emits one receipt for each record, in input order, when the broker has answered', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const { dispatch, operator } = sending(bench)
      const source = hot('             (ab)------|')
      bench.clock.at(4, () => bench.turn.run(() => dispatch.answer({ baseOffset: 10n })))
      const receipts = source.pipe(placed(bench), operator, words)
      expectObservable(receipts).toBe('----(ab)--|', { a: 'a@0:10', b: 'b@0:11' })
    }))

  it('has in a receipt the feed, its ticket, and the original object', () =>
    marbles(({ bench }) => {
      const { dispatch, operator } = sending(bench)
      const source = new Subject<Envelope>()
      const receipts: Receipt[] = []
      source.pipe(operator).subscribe((receipt) => receipts.push(receipt))
      const envelope = put(bench.envelope('a', { key: 'k', timestamp: 7 }), 3)
      envelope.key = 'k'
      envelope.timestamp = 7
      bench.turn.run(() => source.next(envelope))
      bench.turn.run(() => dispatch.answer({ baseOffset: 5n }))
      const { feed, ticket, metadata, error } = receipts[0]!
      expect(feed).toBe(envelope.feed)
      expect(ticket).toBe('a')
      expect(error).toBeNull()
      expect(metadata).toEqual({
        topic: 't',
        partition: 3,
        offset: 5,
        timestamp: 7,
        serializedKeySize: 1,
        serializedValueSize: 1,
        record: envelope.original,
      })
      expect(metadata!.record).toBe(envelope.original)
    }))

  it('gives the size of null as -1, and the timestamp of the broker if there is one', () =>
    marbles(({ bench }) => {
      const { dispatch, operator } = sending(bench)
      const source = new Subject<Envelope>()
      const receipts: Receipt[] = []
      source.pipe(operator).subscribe((receipt) => receipts.push(receipt))
      const envelope = put(bench.envelope('a', { value: null }), 0)
      bench.turn.run(() => source.next(envelope))
      bench.turn.run(() => dispatch.answer({ logAppendTimeMs: 99n }))
      expect(receipts[0]!.metadata).toMatchObject({
        serializedKeySize: -1,
        serializedValueSize: -1,
        timestamp: 99,
      })
    }))

  it('gives no offset with acks=0, because it is unknown', () =>
    marbles(({ bench }) => {
      const { dispatch, operator } = sending(bench, { acks: 0, idempotent: false })
      const source = new Subject<Envelope>()
      const out: string[] = []
      source.pipe(operator, words).subscribe((word) => out.push(word))
      bench.turn.run(() => {
        source.next(put(bench.envelope('a'), 0))
        source.next(put(bench.envelope('b'), 0))
      })
      expect(out).toEqual([])
      bench.turn.run(() => dispatch.written())
      expect(out).toEqual(['a@0:-1', 'b@0:-1'])
    }))

  it.each([
    ['offset', { baseOffset: 2n ** 53n }],
    ['offset of a later record', { baseOffset: 2n ** 53n - 2n }],
    ['timestamp', { logAppendTimeMs: 2n ** 62n + 1n }],
  ])('does not round an %s that is not an exact number', (_, answer) =>
    marbles(({ bench }) => {
      const { dispatch, operator } = sending(bench)
      const source = new Subject<Envelope>()
      const receipts: Receipt[] = []
      source.pipe(operator).subscribe((receipt) => receipts.push(receipt))
      bench.turn.run(() => {
        for (const letter of 'ab') source.next(put(bench.envelope(letter), 0))
      })
      bench.turn.run(() => dispatch.answer(answer))
      for (const { error } of receipts) {
        expect(error).toMatchObject({
          code: 'OFFSET_OUT_OF_RANGE',
          persisted: 'possibly',
          cause: { name: 'ProtocolError', code: 'INVALID_VALUE' },
        })
      }
      bench.turn.run(() => source.next(put(bench.envelope('c'), 0)))
      bench.turn.run(() => dispatch.answer({ baseOffset: 2n ** 53n - 2n }))
      expect(receipts[2]!.metadata!.offset).toBe(2 ** 53 - 2)
    }),
  )

  it('gives receipts in the order of completion across partitions', () =>
    marbles(({ bench }) => {
      const { dispatch, operator } = sending(bench, { idempotent: false })
      const source = new Subject<Envelope>()
      const out: string[] = []
      source.pipe(operator, words).subscribe((word) => out.push(word))
      bench.turn.run(() => source.next(put(bench.envelope('a'), 0)))
      bench.turn.run(() => source.next(put(bench.envelope('b'), 1)))
      expect(dispatch.requests).toHaveLength(2)
      dispatch.requests.reverse()
      bench.turn.run(() => dispatch.answer())
      bench.turn.run(() => dispatch.answer())
      expect(out).toEqual(['b@1:0', 'a@0:0'])
    }))

  it('puts all due partitions into one request', () =>
    marbles(({ bench }) => {
      const { dispatch, operator } = sending(bench)
      const source = new Subject<Envelope>()
      source.pipe(operator).subscribe()
      bench.turn.run(() => {
        for (let partition = 0; partition < 12; partition += 1) {
          source.next(put(bench.envelope(`${partition}`), partition))
        }
      })
      expect(dispatch.requests).toHaveLength(1)
      expect(dispatch.requests[0]!.body.topicData![0]!.partitionData).toHaveLength(12)
    }))

  it('lets batches grow while no slot is free', () =>
    marbles(({ bench }) => {
      const { dispatch, operator } = sending(bench)
      dispatch.slots = 1
      const source = new Subject<Envelope>()
      const out: string[] = []
      source.pipe(operator, words).subscribe((word) => out.push(word))
      for (const letter of 'abcd') bench.turn.run(() => source.next(put(bench.envelope(letter), 0)))
      expect(dispatch.requests).toHaveLength(1)
      bench.turn.run(() => dispatch.answer({ baseOffset: 0n }))
      bench.turn.run(() => dispatch.answer({ baseOffset: 1n }))
      expect(out).toEqual(['a@0:0', 'b@0:1', 'c@0:2', 'd@0:3'])
    }))

  it('sends the requests of a lost connection again, with one receipt for each record', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const { dispatch, operator } = sending(bench)
      const lost = new ConnectionError('DISCONNECTED', 'gone')
      bench.clock.at(2, () => bench.turn.run(() => dispatch.lose(lost)))
      bench.clock.at(15, () => bench.turn.run(() => dispatch.answer({ baseOffset: 3n })))
      const receipts = hot('           a|').pipe(placed(bench), operator, words)
      expectObservable(receipts).toBe('---------------(a|)', { a: 'a@0:3' })
    }))

  it('gives a failed receipt for each record of a batch that is refused', () =>
    marbles(({ bench }) => {
      const { dispatch, operator } = sending(bench)
      const source = new Subject<Envelope>()
      const receipts: Receipt[] = []
      source.pipe(operator).subscribe((receipt) => receipts.push(receipt))
      bench.turn.run(() => {
        for (const letter of 'ab') source.next(put(bench.envelope(letter), 0))
      })
      bench.turn.run(() => dispatch.answer({ errorCode: 29 }))
      expect(receipts.map(({ ticket, error }) => [ticket, error!.code, error!.record])).toEqual([
        ['a', 'TOPIC_AUTHORIZATION_FAILED', { topic: 't', value: 'a' }],
        ['b', 'TOPIC_AUTHORIZATION_FAILED', { topic: 't', value: 'b' }],
      ])
    }))

  it('passes on records that failed earlier, also ahead of records in flight', () =>
    marbles(({ bench }) => {
      const { dispatch, operator } = sending(bench)
      const source = new Subject<Envelope>()
      const out: string[] = []
      source.pipe(operator, words).subscribe((word) => out.push(word))
      bench.turn.run(() => {
        source.next(put(bench.envelope('a'), 0))
        source.next(failed(bench.envelope('b'), 'SERIALIZER_FAILED'))
      })
      expect(out).toEqual(['b:SERIALIZER_FAILED'])
      bench.turn.run(() => dispatch.answer())
      expect(out).toEqual(['b:SERIALIZER_FAILED', 'a@0:0'])
    }))

  it('completes with an empty source', () =>
    marbles(({ cold, bench, expectObservable }) => {
      const { operator } = sending(bench)
      expectObservable(cold('--|').pipe(placed(bench), operator, words)).toBe('--|')
    }))

  it('completes when the last record has its receipt, not before', () =>
    marbles(({ hot, bench, expectObservable, expectSubscriptions }) => {
      const { dispatch, operator } = sending(bench)
      const source = hot('             a--b|')
      bench.clock.at(6, () => bench.turn.run(() => dispatch.answer()))
      bench.clock.at(9, () => bench.turn.run(() => dispatch.answer({ baseOffset: 1n })))
      const receipts = source.pipe(placed(bench), operator, words)
      expectObservable(receipts).toBe('------a--(b|)', { a: 'a@0:0', b: 'b@0:1' })
      expectSubscriptions(source.subscriptions).toBe('^---!')
    }))

  it('completes when the remaining records fail', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const { operator } = sending(bench)
      const source = hot('             -a|').pipe(
        map((letter) => failed(bench.envelope(letter), 'CLOSED')),
      )
      expectObservable(source.pipe(operator, words)).toBe('-x|', { x: 'a:CLOSED' })
    }))

  it('fails with its source', () =>
    marbles(({ hot, bench, expectObservable, expectSubscriptions }) => {
      const { operator } = sending(bench)
      const source = hot('a--#')
      expectObservable(source.pipe(placed(bench), operator, words)).toBe('---#')
      expectSubscriptions(source.subscriptions).toBe('^--!')
    }))

  it('emits nothing, and leaves no timer, once it is released', () =>
    marbles(({ hot, bench, expectObservable, expectSubscriptions, flush }) => {
      const { dispatch, operator } = sending(bench)
      const source = hot('a-----')
      bench.clock.at(5, () => bench.turn.run(() => dispatch.answer()))
      expectObservable(source.pipe(placed(bench), operator, words), '^---!').toBe('----')
      expectSubscriptions(source.subscriptions).toBe('^---!')
      flush()
      expect(bench.clock.now()).toBeLessThan(10)
    }))

  it('stops in the middle of a batch if take(n) has enough', () =>
    marbles(({ bench }) => {
      const { dispatch, operator } = sending(bench)
      const source = new Subject<Envelope>()
      const out: string[] = []
      source
        .pipe(operator, words, take(1))
        .subscribe({ next: (word) => out.push(word), complete: () => out.push('|') })
      bench.turn.run(() => {
        for (const letter of 'abc') source.next(put(bench.envelope(letter), 0))
      })
      bench.turn.run(() => dispatch.answer())
      expect(out).toEqual(['a@0:0', '|'])
      expect(source.observed).toBe(false)
    }))

  it('accepts records while it emits receipts', () =>
    marbles(({ bench }) => {
      const { dispatch, operator } = sending(bench)
      const source = new Subject<Envelope>()
      const out: string[] = []
      source.pipe(operator, words).subscribe((word) => {
        out.push(word)
        if (word === 'a@0:0') source.next(put(bench.envelope('b'), 0))
      })
      bench.turn.run(() => source.next(put(bench.envelope('a'), 0)))
      bench.turn.run(() => dispatch.answer())
      bench.turn.run(() => dispatch.answer({ baseOffset: 1n }))
      expect(out).toEqual(['a@0:0', 'b@0:1'])
    }))

  it('fails records older than delivery.timeout.ms', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const { operator } = sending(bench, { deliveryTimeoutMs: 8 })
      const receipts = hot('           a---------').pipe(placed(bench), operator, words)
      expectObservable(receipts, '^-----------!').toBe('--------x', { x: 'a:DELIVERY_TIMEOUT' })
    }))

  it('emits a few thousand results in a turn, in order, and continues after the event loop has run', () =>
    marbles(({ bench }) => {
      const { clock, turn } = bench
      const { operator } = sending(bench, { deliveryTimeoutMs: 8 })
      const told: number[] = []
      let isOver = false
      const source = new Subject<Envelope>()
      source.pipe(operator).subscribe({
        next: ({ ticket }) => void told.push(Number(ticket)),
        complete: () => {
          isOver = true
        },
      })
      const all = Array.from({ length: 10_000 }, (_, index) => index)
      turn.run(() => {
        for (const index of all) source.next(put(bench.envelope(String(index)), 0))
      })
      const seen: unknown[] = []
      const look = () => {
        seen.push([told.length, isOver])
        if (seen.length === 2) source.complete()
        if (told.length < all.length) clock.soon(look)
      }
      clock.at(8, look) // what else is due: it comes between the turns
      clock.at(9, () => {
        expect(seen).toEqual([
          [0, false],
          [4096, false],
          [8192, false],
          [10_000, true],
        ])
        expect(told).toEqual(all)
      })
    }))

  it('also counts records that failed before they were in a batch, and completes after the last', () =>
    marbles(({ bench }) => {
      const { operator } = sending(bench)
      const told: number[] = []
      let isOver = false
      const source = new Subject<Envelope>()
      source.pipe(operator).subscribe({
        next: ({ ticket }) => void told.push(Number(ticket)),
        complete: () => {
          isOver = true
        },
      })
      const all = Array.from({ length: 5_000 }, (_, index) => index)
      bench.turn.run(() => {
        for (const index of all) {
          source.next(failed(put(bench.envelope(String(index)), 0), 'DISCARDED'))
        }
      })
      source.complete()
      expect(told).toEqual(all.slice(0, 4096))
      expect(isOver).toBe(false)
      bench.clock.soon(() => {
        expect(told).toEqual(all)
        expect(isOver).toBe(true)
      })
    }))

  it('keeps the remaining receipts for the next turn if a subscriber throws', () =>
    marbles(({ bench }) => {
      const { dispatch, operator, actors } = sending(bench)
      const told: string[] = []
      const bug = new Error('a bug')
      const taker = new Subscriber<Receipt>()
      taker.next = ({ ticket }) => {
        told.push(String(ticket))
        if (ticket === 'b') throw bug
      }
      const source = new Subject<Envelope>()
      source.pipe(operator).subscribe(taker)
      bench.turn.run(() => {
        for (const letter of 'abc') source.next(put(bench.envelope(letter), 0))
        for (const letter of 'de') source.next(put(bench.envelope(letter), 1))
      })
      const answer = () => dispatch.answer({ baseOffset: 5n })
      expect(() => bench.turn.run(answer)).toThrow(bug)
      expect(told).toEqual(['a', 'b'])

      const rest = [...actors.sender!.settled]
      for (const settled of rest) report(settled, 0, taker)
      expect(told).toEqual(['a', 'b', 'c', 'd', 'e'])
    }))
})
