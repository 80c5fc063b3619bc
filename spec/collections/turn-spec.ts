import { describe, expect, it } from 'vitest'
import { Turn } from '../../lib/collections/turn.ts'
import { fakeRuntime } from '../support/fake-runtime.ts'

function turn(broken?: (bug: unknown) => void) {
  const { clock } = fakeRuntime()
  const log: string[] = []
  return { clock, log, turn: new Turn(clock, broken) }
}

/** A step that has work a given number of times. */
function times(count: number, work: () => void): () => boolean {
  let left = count
  return () => {
    if (left === 0) return false
    left -= 1
    work()
    return true
  }
}

describe('Turn', () => {
  it('runs the event, then the steps in the order of the phases', () => {
    const { turn: t, log } = turn()
    for (const phase of ['drain', 'serve', 'enter', 'report'] as const) {
      t.on(
        phase,
        times(1, () => log.push(phase)),
      )
    }
    t.run(() => log.push('answer'))
    expect(log).toEqual(['answer', 'enter', 'report', 'serve', 'drain'])
  })

  it('repeats until no step has anything left to do', () => {
    const { turn: t, log } = turn()
    t.on(
      'report',
      times(2, () => log.push('report')),
    )
    t.on(
      'drain',
      times(3, () => log.push('drain')),
    )
    t.run(() => {})
    expect(log).toEqual(['report', 'drain', 'report', 'drain', 'drain'])
  })

  it('includes events that happen inside it', () => {
    const { turn: t, log } = turn()
    t.on(
      'report',
      times(1, () => log.push('report')),
    )
    t.run(() => {
      t.run(() => log.push('inner'))
      log.push('outer')
    })
    expect(log).toEqual(['inner', 'outer', 'report'])
    expect(t.running).toBe(false)
  })

  it('notices a request of its last step, even if that step reports no work', () => {
    const { turn: t, log } = turn()
    let asked = false
    t.on('report', () => {
      log.push('report')
      return false
    })
    t.on('drain', () => {
      if (!asked) t.soon()
      asked = true
      return false
    })
    t.run(() => {})
    expect(log).toEqual(['report', 'report'])
  })

  it('runs once for a burst of input, when the burst is over', () => {
    const { turn: t, clock, log } = turn()
    t.on('drain', () => {
      log.push('drain')
      return false
    })
    for (let record = 0; record < 12; record += 1) {
      t.begin()
      expect(t.running).toBe(true)
      t.end()
    }
    expect(log).toEqual([])
    clock.settle()
    expect(log).toEqual(['drain'])
    expect(clock.pending).toBe(0)
  })

  it('runs later for a request that is made outside a turn', () => {
    const { turn: t, clock, log } = turn()
    t.on('drain', () => {
      log.push('drain')
      return false
    })
    t.soon()
    t.soon()
    expect(log).toEqual([])
    clock.settle()
    expect(log).toEqual(['drain'])
  })

  it('does not keep the event loop waiting for a step that never ends', () => {
    const { turn: t, clock } = turn()
    let rounds = 0
    let stop = false
    t.on('enter', () => {
      rounds += 1
      return !stop
    })
    t.run(() => {})
    const first = rounds
    expect(first).toBeLessThan(10_000)
    expect(clock.pending).toBe(1)
    stop = true
    clock.settle()
    expect(rounds).toBe(first + 1)
    expect(clock.pending).toBe(0)
  })

  it('leaves deferred work to a turn of its own, whose serial number is one higher', () => {
    const { turn: t, clock } = turn()
    const serials: number[] = []
    let left = 3
    t.on('report', () => {
      serials.push(t.serial)
      left -= 1
      if (left > 0) t.later()
      return false
    })
    t.run(() => {})
    const [first] = serials
    expect(serials).toEqual([first])
    clock.settle()
    expect(serials).toEqual([first, first! + 1, first! + 2])
    expect(clock.pending).toBe(0)
  })

  it('has one number for all rounds of a turn', () => {
    const { turn: t } = turn()
    const serials = new Set<number>()
    t.on(
      'drain',
      times(3, () => serials.add(t.serial)),
    )
    t.run(() => {})
    expect(serials.size).toBe(1)
  })

  it.each(['an event', 'a step'])('tells `broken` what %s throws, and nothing else', (who) => {
    const bugs: unknown[] = []
    const bug = new Error('bug')
    const { turn: t, clock, log } = turn((thrown) => bugs.push(thrown))
    t.on('serve', () => {
      if (who === 'a step' && bugs.length === 0) throw bug
      log.push('serve')
      return false
    })
    t.run(() => {
      if (who === 'an event') throw bug
    })
    expect(bugs).toEqual([bug])
    expect(t.running).toBe(false)
    clock.settle()
    expect(log).toEqual(['serve'])
  })

  it('throws in its caller if there is no `broken`', () => {
    const { turn: t } = turn()
    const bug = new Error('bug')
    expect(() =>
      t.run(() => {
        throw bug
      }),
    ).toThrow(bug)
    expect(t.running).toBe(false)
  })
})
