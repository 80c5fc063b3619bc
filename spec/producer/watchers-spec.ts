import { describe, expect, it } from 'vitest'
import { Watchers } from '../../lib/producer/watchers.ts'
import { Notes } from '../support/notes.ts'

const batch = {
  topic: 't',
  partition: 0,
  count: 1,
  size: 100,
  rawSize: 100,
  largestRecord: 30,
  attempts: 1,
  createdAt: 0,
}

/** Everything that an actor can report. */
function tellAll({ observer }: Watchers): void {
  observer?.connecting(1, 'h:1')
  observer?.connected(1, 'h:1')
  observer?.disconnected(1, 'h:1', null, true)
  observer?.requested(1, 'Produce', 10, 7)
  observer?.answered(1, 'Produce', 20, 5, 7)
  observer?.unanswered?.(1, 'Produce', 5, null, 8)
  observer?.throttled(1, 100)
  observer?.refreshed()
  observer?.leaderChanged('t', 0, 1, 2)
  observer?.sent(1, [batch])
  observer?.retried(batch, null)
  observer?.split(batch, 2)
  observer?.acknowledged(batch)
  observer?.failed(batch, 'CLOSED', 'why')
  observer?.identified(1n, 0, true)
  observer?.bufferFull(true)
  observer?.waitedForMemory(3, false)
  observer?.waitedForMetadata(4)
  observer?.flushed(5)
}

describe('Watchers', () => {
  it('provide no observer while there is no watcher, or none that listens', () => {
    const watchers = new Watchers()
    expect(watchers.observer).toBeNull()
    let isListening = false
    const notes = new Notes()
    watchers.add(notes.observer, () => isListening)
    expect(watchers.observer).toBeNull()
    isListening = true
    expect(watchers.observer).toBe(notes.observer)
    isListening = false
    expect(watchers.observer).toBeNull()
  })

  it('call a single watcher directly', () => {
    const watchers = new Watchers()
    const [deaf, notes] = [new Notes(), new Notes()]
    watchers.add(deaf.observer, () => false)
    watchers.add(notes.observer)
    expect(watchers.observer).toBe(notes.observer)
  })

  it('pass everything unchanged to all watchers, in the order in which they were added', () => {
    const order: string[] = []
    const watchers = new Watchers()
    const alone = new Watchers()
    const all = ['first', 'second'].map((name) => {
      const notes = new Notes()
      const { observer } = notes
      const { flushed } = observer
      const noting = (ms: number) => {
        order.push(name)
        flushed(ms)
      }
      watchers.add(
        new Proxy(observer, {
          get: (_, key) => (key === 'flushed' ? noting : Reflect.get(observer, key)),
        }),
      )
      return notes
    })
    const expected = new Notes()
    alone.add(expected.observer)
    tellAll(alone)
    tellAll(watchers)
    expect(expected.all).toHaveLength(19)
    for (const { all: heard } of all) expect(heard).toEqual(expected.all)
    expect(order).toEqual(['first', 'second'])
  })

  it('skip a watcher that does not listen, and calls that a watcher does not have', () => {
    const watchers = new Watchers()
    const [deaf, notes] = [new Notes(), new Notes()]
    watchers.add(deaf.observer, () => false)
    watchers.add(notes.observer)
    watchers.add({ ...new Notes().observer, bufferFull() {} } as never)
    watchers.observer?.unanswered?.(1, 'Produce', 5, null, 8)
    watchers.observer?.bufferFull(true)
    expect(notes.names).toEqual(['unanswered', 'bufferFull'])
    expect(deaf.all).toEqual([])
  })
})
