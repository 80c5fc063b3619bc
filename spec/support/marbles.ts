// Marbles for the stages: a TestScheduler whose frames are the milliseconds of the stages' clock,
// and records that are letters. `marbles(({ hot, bench, expectObservable }) => …)`.

import { map, type Observable, type OperatorFunction } from 'rxjs'
import { type RunHelpers, TestScheduler } from 'rxjs/testing'
import { expect } from 'vitest'
import { Turn } from '../../lib/collections/turn.ts'
import type { Envelope, Feed, ProducerRecord, Receipt } from '../../lib/model.ts'
import { RecordEnvelope } from '../../lib/stages/envelope.ts'
import { Holdings } from '../../lib/stages/holding.ts'
import { SchedulerClock } from '../../lib/testing/scheduler-clock.ts'

/** The common parts of the stages, in virtual time. */
export interface Bench {
  readonly clock: SchedulerClock
  readonly turn: Turn
  readonly holdings: Holdings
  /** A record of feed `feed`, to `topic`, whose value is the letter; or the record in `records`. */
  readonly envelope: (letter: string, record?: Partial<ProducerRecord>, feed?: Feed) => Envelope
  /** Letters to envelopes. */
  readonly enter: (
    records?: Readonly<Record<string, Partial<ProducerRecord>>>,
    feeds?: Readonly<Record<string, Feed>>,
  ) => OperatorFunction<string, Envelope>
  /** Envelopes to letters, failed ones to their codes. */
  readonly letters: OperatorFunction<unknown, string>
}

/** A feed that records what was returned to it. */
export class FakeFeed implements Feed {
  readonly receipts: Receipt[] = []

  settle(receipt: Receipt): void {
    this.receipts.push(receipt)
  }
}

export function bench(clock: SchedulerClock): Bench {
  const turn = new Turn(clock)
  const holdings = new Holdings()
  const feed = new FakeFeed()
  const envelope: Bench['envelope'] = (letter, more = {}, of = feed) => {
    const record = { topic: 't', value: letter, ...more }
    const made = new RecordEnvelope(of, letter, record, clock.now(), clock.timestamp())
    return Object.assign(made, { topic: record.topic })
  }
  return {
    clock,
    turn,
    holdings,
    envelope,
    enter: (records = {}, feeds = {}) =>
      map((letter) => envelope(letter, records[letter], feeds[letter])),
    letters: map((item) => letterOf(item)),
  }
}

/** The letter of an envelope that succeeded, `letter:CODE` of one that failed. */
export function letterOf(item: unknown): string {
  const { ticket, failure } = item as Envelope
  return failure === null ? String(ticket) : `${ticket}:${failure.code}`
}

export function marbles(spec: (helpers: RunHelpers & { bench: Bench }) => void): void {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
  scheduler.run((helpers) => spec({ ...helpers, bench: bench(new SchedulerClock(scheduler)) }))
}

/** Subscribes, and returns what was emitted: letters, then `|` or `#message`. */
export function heard(source: Observable<string>): string[] {
  const words: string[] = []
  source.subscribe({
    next: (word) => words.push(word),
    error: (error) => words.push(`#${(error as Error).message ?? error}`),
    complete: () => words.push('|'),
  })
  return words
}
