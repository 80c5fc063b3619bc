import { describe, expect, it } from 'vitest'
import { Cuts } from '../../lib/producer/cut.ts'

function stage() {
  const cuts = new Cuts()
  const done: string[] = []
  return { cuts, done, begin: (name: string) => cuts.begin(() => done.push(name)) }
}

describe('Cuts', () => {
  it('are done when everybody who held them has let go', () => {
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

  it('that come later do not wait for those that are done', () => {
    const { begin, done } = stage()
    begin('a').release()
    begin('b').release()
    expect(done).toEqual(['a', 'b'])
  })

  it('that nobody will let go of any more can all be ended', () => {
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
