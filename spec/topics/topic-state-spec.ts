import { describe, expect, it } from 'vitest'
import { TopicState } from '../../lib/topics/topic-state.ts'

function stage() {
  const clock = { at: 5, now: () => clock.at }
  return { clock, topic: new TopicState('t', clock) }
}

describe('a topic', () => {
  it('is idle from its birth, and again from the moment when the last that held it lets go', () => {
    const { clock, topic } = stage()
    expect([topic.isHeld, topic.idleSince]).toEqual([false, 5])
    topic.hold()
    topic.hold()
    clock.at = 7
    topic.release()
    expect([topic.isHeld, topic.idleSince]).toEqual([true, 5])
    clock.at = 9
    topic.release()
    expect([topic.isHeld, topic.idleSince]).toEqual([false, 9])
  })

  it('has each partition once, whether it is there or not', () => {
    const { topic } = stage()
    const third = topic.at(2)
    expect(third).toMatchObject({ topic: 't', partition: 2, leader: -1, node: -1 })
    expect([topic.partitions, topic.all.length]).toEqual([[], 3])
    expect(topic.resize(3)).toEqual([])
    expect(topic.partitions[2]).toBe(third)
  })

  it('gives those that are gone when it shrinks, and has another version', () => {
    const { topic } = stage()
    topic.resize(3)
    const { version } = topic
    expect(topic.resize(1).map(({ partition }) => partition)).toEqual([1, 2])
    expect(topic.partitions).toHaveLength(1)
    expect(topic.version).toBe(version + 1)
    topic.resize(1)
    expect(topic.version).toBe(version + 1)
  })
})
