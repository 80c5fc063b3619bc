import { NEVER, Observable, of, Subject, type Subscriber, take, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { operator, type Stage } from '../../lib/stages/operator.ts'
import { heard } from '../support/marbles.ts'
import { until } from '../support/scenario.ts'
import { thrownIn, unhandledErrors } from '../support/unhandled.ts'

type Doing = Partial<Stage<string>>

/** An operator that passes everything on, except where a spec overrides it. */
function passing(doing: (out: Subscriber<string>, release: () => void) => Doing = () => ({})) {
  return operator<string, string>((out, release) => ({
    next: (letter) => out.next(letter),
    fail: (cause) => out.error(cause),
    complete: () => out.complete(),
    close() {},
    ...doing(out, release),
  }))
}

function thrower(message: string) {
  return () => {
    throw new Error(message)
  }
}

describe('operator', () => {
  it('opens a stage for each subscription', () => {
    let opened = 0
    const source = of('a').pipe(
      passing(() => {
        opened += 1
        return {}
      }),
    )
    expect(opened).toBe(0)
    expect(heard(source)).toEqual(['a', '|'])
    expect(heard(source)).toEqual(['a', '|'])
    expect(opened).toBe(2)
  })

  it.each(['next', 'fail', 'complete'] as const)(
    'emits an error if a stage throws in %s',
    (method) => {
      const source = new Subject<string>()
      const words = heard(source.pipe(passing(() => ({ [method]: thrower('bug') }))))
      if (method === 'next') source.next('a')
      else if (method === 'fail') source.error(new Error('source'))
      else source.complete()
      expect(words).toEqual(['#bug'])
      expect(source.observed).toBe(false)
    },
  )

  it('closes the stage after its end, and on unsubscribe, once', () => {
    for (const end of ['complete', 'error', 'unsubscribe'] as const) {
      let closed = 0
      const source = new Subject<string>()
      const close = () => {
        closed += 1
      }
      const subscription = source.pipe(passing(() => ({ close }))).subscribe({ error() {} })
      expect(closed).toBe(0)
      if (end === 'unsubscribe') subscription.unsubscribe()
      else if (end === 'complete') source.complete()
      else source.error('e')
      expect(closed, end).toBe(1)
      subscription.unsubscribe()
      expect(closed, end).toBe(1)
    }
  })

  it('lets a stage release its source and continue', () => {
    const source = new Subject<string>()
    let later: () => void = () => {}
    const words = heard(
      source.pipe(
        passing((out, release) => ({
          next(letter) {
            out.next(letter)
            release()
            later = () => {
              out.next('late')
              out.complete()
            }
          },
        })),
      ),
    )
    source.next('a')
    expect(source.observed).toBe(false)
    expect(words).toEqual(['a'])
    later()
    expect(words).toEqual(['a', 'late', '|'])
  })

  it('does not treat its own release as the end of the source', () => {
    let completed = 0
    const words = heard(
      new Observable<string>((out) => {
        out.next('a')
        out.complete()
      }).pipe(
        passing((_, release) => ({
          next: () => release(),
          complete() {
            completed += 1
          },
        })),
      ),
    )
    expect(words).toEqual([])
    expect(completed).toBe(0)
  })

  it('does not subscribe to a source if the stage has ended during its creation', () => {
    let subscribed = 0
    let closed = 0
    const source = new Observable<string>(() => {
      subscribed += 1
    })
    const words = heard(
      source.pipe(
        passing((out) => {
          out.error(new Error('dead'))
          return {
            close() {
              closed += 1
            },
          }
        }),
      ),
    )
    expect(words).toEqual(['#dead'])
    expect(subscribed).toBe(0)
    expect(closed).toBe(1)
  })

  it('releases a synchronous source that is cut short downstream', () => {
    let pulled = 0
    const source = new Observable<string>((out) => {
      while (!out.closed && pulled < 1000) {
        pulled += 1
        out.next(String(pulled))
      }
    })
    expect(heard(source.pipe(passing(), take(2)))).toEqual(['1', '2', '|'])
    expect(pulled).toBe(2)
  })

  it('releases its source before the stage is closed', () => {
    const order: string[] = []
    const source = new Observable<string>(() => () => order.push('source'))
    source
      .pipe(passing(() => ({ close: () => void order.push('stage') })))
      .subscribe()
      .unsubscribe()
    expect(order).toEqual(['source', 'stage'])
  })

  it('emits nothing if nothing arrives', () => {
    expect(heard(NEVER.pipe(passing()))).toEqual([])
  })

  it.each(['complete', 'error'] as const)(
    'releases a source that has ended (%s), even if the stage continues',
    (end) => {
      const source = new Subject<string>()
      const held = passing(() => ({ complete() {}, fail() {} }))
      const words: string[] = []
      source
        .pipe(tap({ finalize: () => words.push('released') }), held)
        .subscribe((letter) => words.push(letter))
      source.next('a')
      source[end]('no more' as never)
      expect(words).toEqual(['a', 'released'])
    },
  )

  it('closes the stage even if a teardown of the source throws, and throws that error in unsubscribe()', () => {
    let closed = 0
    const close = () => {
      closed += 1
    }
    const subscription = new Observable<string>(() => thrower('teardown'))
      .pipe(passing(() => ({ close })))
      .subscribe()
    expect(() => subscription.unsubscribe()).toThrow('teardown')
    expect(closed).toBe(1)
  })

  it.each<[string, (out: Subscriber<string>) => void]>([
    ['has completed', (out) => out.complete()],
    ['has failed', (out) => out.error('no more')],
  ])('continues after a source that %s and then returns a teardown that throws', async (_, end) => {
    const unhandled = unhandledErrors()
    let emit = () => {}
    const words: string[] = []
    new Observable<string>((out) => {
      end(out)
      return thrower('teardown')
    })
      .pipe(
        passing((out) => {
          emit = () => out.next('late result')
          return { complete() {}, fail() {} }
        }),
      )
      .subscribe({ next: (letter) => words.push(letter), error: () => words.push('#') })
    emit()
    expect(words).toEqual(['late result'])
    await until(() => unhandled.length > 0)
    expect(unhandled).toEqual([new Error('teardown')])
  })

  it('contains the exception of a teardown when the stage releases its source', async () => {
    const unhandled = unhandledErrors()
    let released = () => {}
    const source = new Observable<string>(() => thrower('teardown'))
    source
      .pipe(
        passing((_, release) => {
          released = release
          return {}
        }),
      )
      .subscribe()
    expect(() => released()).not.toThrow()
    await until(() => unhandled.length > 0)
    expect(unhandled.flatMap(thrownIn)).toEqual([new Error('teardown')])
  })
})
