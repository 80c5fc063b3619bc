import { describe, expect, it } from 'vitest'
import { Cuts } from '../../lib/producer/cut.ts'

function stage() {
  const cuts = new Cuts()
  const done: string[] = []
  return { cuts, done, begin: (name: string) => cuts.begin(() => done.push(name)) }
}

describe('Cuts', () => {
  it('are done when everything that held them has released them', () => {
    const { begin, done } = stage()
    const cut = begin('a')
    cut.hold()
    cut.release()
    expect(done).toEqual([])
    cut.release()
    expect(done).toEqual(['a'])
  })

  it('are done in the order in which they were begun', () => {
    const { begin, done } = stage()
    const [a, b, c] = [begin('a'), begin('b'), begin('c')]
    c.release()
    b.release()
    expect(done).toEqual([])
    a.release()
    expect(done).toEqual(['a', 'b', 'c'])
  })

  it('that begin later do not wait for those that are done', () => {
    const { begin, done } = stage()
    begin('a').release()
    begin('b').release()
    expect(done).toEqual(['a', 'b'])
  })

  it('wait for records that held them before they were begun', () => {
    const { cuts, begin, done } = stage()
    const { next } = cuts
    next.hold()
    expect(next.isWanted).toBe(false)
    begin('a').release()
    expect([next.isWanted, done]).toEqual([true, []])
    next.release()
    expect(done).toEqual(['a'])
  })

  it('are not begun by records that come and go before', () => {
    const { cuts, begin, done } = stage()
    cuts.next.hold()
    cuts.next.release()
    expect(done).toEqual([])
    begin('a').release()
    expect(done).toEqual(['a'])
  })

  it('that wait for one record are done one after the other, however many there are', () => {
    const cuts = new Cuts()
    let done = 0
    cuts.next.hold()
    const { next } = cuts
    for (let index = 0; index < 100_000; index += 1) {
      cuts
        .begin(() => {
          done += 1
        })
        .release()
    }
    expect(done).toBe(0)
    next.release()
    expect(done).toBe(100_000)
  })

  it('are done in turn if one that is done begins another', () => {
    const cuts = new Cuts()
    const done: string[] = []
    const first = cuts.begin(() => {
      done.push('first')
      cuts.begin(() => done.push('third')).release()
      done.push('begun')
    })
    const second = cuts.begin(() => done.push('second'))
    second.release()
    first.release()
    expect(done).toEqual(['first', 'begun', 'second', 'third'])
  })

  it('that will never be released can all be ended', () => {
    const { cuts, begin, done } = stage()
    const a = begin('a')
    const b = begin('b')
    b.hold()
    cuts.abandon()
    expect(done).toEqual(['a', 'b'])
    a.release()
    b.release()
    b.release()
    expect(done).toEqual(['a', 'b'])
  })
})
