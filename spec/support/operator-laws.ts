// The laws of every stage as an operator, whatever it does with records. `open` returns the stage,
// ready for pipe(), created with the bench's clock; it passes letters on at once.

import {
  concat,
  defer,
  EMPTY,
  finalize,
  map,
  NEVER,
  Observable,
  type OperatorFunction,
  of,
  Subject,
  take,
  tap,
} from 'rxjs'
import { expect, it } from 'vitest'
import type { Envelope } from '../../lib/model.ts'
import { type Bench, heard, marbles } from './marbles.ts'
import { watched } from './scenario.ts'

/** Envelopes in, letters out. */
export type StageUnderTest = (bench: Bench) => (source: Observable<Envelope>) => Observable<string>

export function operatorLaws(open: StageUnderTest): void {
  it('passes one record on, and completes with its source', () =>
    marbles(({ hot, bench, expectObservable, expectSubscriptions }) => {
      const source = hot<string>('--a--|')
      expectObservable(source.pipe(bench.enter(), open(bench))).toBe('--a--|')
      expectSubscriptions(source.subscriptions).toBe('           ^----!')
    }))

  it('passes many records on, in order', () =>
    marbles(({ hot, bench, expectObservable }) => {
      const source = hot<string>('a-(bcd)-----e|')
      expectObservable(source.pipe(bench.enter(), open(bench))).toBe('a-(bcd)-----e|')
    }))

  it('completes at once with an empty source', () =>
    marbles(({ cold, bench, expectObservable, expectSubscriptions }) => {
      const source = cold<string>('|')
      expectObservable(source.pipe(bench.enter(), open(bench))).toBe('|')
      expectSubscriptions(source.subscriptions).toBe('(^!)')
    }))

  it('emits nothing while its source emits nothing', () =>
    marbles(({ cold, bench, expectObservable, expectSubscriptions }) => {
      const source = cold<string>('-')
      expectObservable(source.pipe(bench.enter(), open(bench))).toBe('-')
      expectSubscriptions(source.subscriptions).toBe('^')
    }))

  it('fails with its source', () =>
    marbles(({ hot, bench, expectObservable, expectSubscriptions }) => {
      const source = hot<string>('a-b--#')
      expectObservable(source.pipe(bench.enter(), open(bench))).toBe('a-b--#')
      expectSubscriptions(source.subscriptions).toBe('^----!')
    }))

  it('releases its source when it is unsubscribed early', () =>
    marbles(({ hot, bench, expectObservable, expectSubscriptions }) => {
      const source = hot<string>('a--b--c--|')
      expectObservable(source.pipe(bench.enter(), open(bench)), '^---!').toBe('a--b-')
      expectSubscriptions(source.subscriptions).toBe('^---!')
    }))

  it('does not break the chain of unsubscription', () =>
    marbles(({ hot, bench, expectObservable, expectSubscriptions }) => {
      const source = hot<string>('a--b--c--|')
      const chained = source.pipe(
        map((letter) => letter),
        bench.enter(),
        open(bench),
        map((letter) => letter),
      )
      expectObservable(chained, '^---!').toBe('a--b-')
      expectSubscriptions(source.subscriptions).toBe('^---!')
    }))

  it('takes no more from a synchronous source than take(n) needs', () =>
    marbles(({ bench }) => {
      let pulled = 0
      const endless = new Observable<string>((out) => {
        for (; pulled < 1000 && !out.closed; pulled += 1) out.next(`r${pulled}`)
      })
      expect(heard(endless.pipe(bench.enter(), open(bench), take(3)))).toEqual([
        'r0',
        'r1',
        'r2',
        '|',
      ])
      expect(pulled).toBeLessThanOrEqual(3)
    }))

  it('starts again with each subscription', () =>
    marbles(({ bench }) => {
      const letters = of('a', 'b').pipe(bench.enter(), open(bench))
      expect(heard(letters)).toEqual(['a', 'b', '|'])
      expect(heard(letters)).toEqual(['a', 'b', '|'])
    }))

  it('accepts a record while it passes one on', () =>
    marbles(({ bench }) => {
      const source = new Subject<string>()
      const words = heard(
        source.pipe(
          bench.enter(),
          open(bench),
          tap((letter) => {
            if (letter === 'a') source.next('b')
          }),
        ),
      )
      source.next('a')
      source.complete()
      expect([...words].sort()).toEqual(['a', 'b', '|'].sort())
    }))

  it('has released its source before unsubscribe() returns', () =>
    marbles(({ bench }) => {
      const order: string[] = []
      const source = concat(of('a'), NEVER).pipe(finalize(() => order.push('released')))
      const subscription = source.pipe(bench.enter(), open(bench)).subscribe()
      subscription.unsubscribe()
      order.push('unsubscribed')
      expect(order).toEqual(['released', 'unsubscribed'])
    }))

  it('subscribes to its source once, when it is itself subscribed', () =>
    marbles(({ bench }) => {
      let subscribed = 0
      const source = defer(() => {
        subscribed += 1
        return EMPTY
      })
      const piped = source.pipe(bench.enter(), open(bench))
      expect(subscribed).toBe(0)
      expect(heard(piped)).toEqual(['|'])
      expect(subscribed).toBe(1)
    }))

  it('leaves no waiting record and no timer when it is released', () =>
    marbles(({ hot, bench, expectObservable, flush }) => {
      const source = hot<string>('a--b--|')
      expectObservable(source.pipe(bench.enter(), open(bench)), '^-!').toBe('a--')
      flush()
      expect(bench.holdings.holds(null)).toBe(false)
      expect([...bench.holdings.held()]).toEqual([])
    }))
}

/** An operator, and an item that it holds for some time. */
export type HoldingOperator<I> = (bench: Bench) => {
  readonly operator: OperatorFunction<I, unknown>
  readonly item: I
}

/** What every operator must do for its source, whatever it still has to do itself. */
export function releaseLaws<I>(open: HoldingOperator<I>): void {
  it.each(['complete', 'error'] as const)(
    'releases a source directly above it as soon as the source has ended (%s), even if it holds a record',
    (end) =>
      marbles(({ bench }) => {
        const { operator, item } = open(bench)
        const { subject, source, isReleased } = watched<I>()
        let isOver = false
        const over = () => {
          isOver = true
        }
        source.pipe(operator).subscribe({ complete: over, error: over })
        subject.next(item)
        expect(isReleased()).toBe(false)
        subject[end]('no more' as never)
        expect(isReleased()).toBe(true)
        // If it had ended with its source, the law would prove nothing.
        if (end === 'complete') expect(isOver).toBe(false)
      }),
  )
}
