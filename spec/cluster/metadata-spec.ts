import { describe, expect, it } from 'vitest'
import { Metadata } from '../../lib/cluster/metadata.ts'
import { TopicTable } from '../../lib/topics/topic-table.ts'

const options = {
  maxAgeMs: 300_000,
  maxIdleMs: 60_000,
  backoff: { initialMs: 100, maxMs: 1_000 },
}

/** Random numbers in the middle: the waits are 100, 200, 400, 800, 1000 ms. */
const setUp = () => new Metadata(options, () => 0.5, new TopicTable({ now: () => 0 }))

/** One refresh from request to answer, at one moment. */
function refresh(metadata: Metadata, now: number, { news = true } = {}) {
  const question = metadata.begin(now)
  metadata.answered(now, news)
  return question
}

const isDue = (metadata: Metadata, now: number) => metadata.dueAt() <= now

describe('the time of the next metadata request', () => {
  it('is now at the beginning, for all topics', () => {
    const metadata = setUp()
    metadata.use('a', 0)
    metadata.use('b', 0)
    expect(isDue(metadata, 0)).toBe(true)
    expect(metadata.begin(0)).toEqual({ topics: ['a', 'b'], partial: false })
  })

  it('is now for each further 500 new topics, and once for all known topics', () => {
    const metadata = setUp()
    const names = Array.from({ length: 1_200 }, (_, index) => `topic-${index}`)
    for (const name of names) metadata.use(name, 0)
    const asked: string[][] = []
    for (let tries = 0; tries < 10 && isDue(metadata, 0); tries += 1) {
      asked.push([...refresh(metadata, 0).topics])
    }
    expect(asked.map(({ length }) => length)).toEqual([500, 500, 200])
    expect(asked.flat()).toEqual(names)
    metadata.request()
    expect(refresh(metadata, 1_000)).toEqual({ topics: names, partial: false })
  })

  it('comes again after a failure, for all topics of that refresh and for those that are still new', () => {
    const metadata = setUp()
    const names = Array.from({ length: 700 }, (_, index) => `topic-${index}`)
    for (const name of names) metadata.use(name, 0)
    metadata.begin(0)
    metadata.failed(0)
    const asked = [refresh(metadata, 1_000), refresh(metadata, 1_000)]
    expect(asked.flatMap(({ topics }) => topics).sort()).toEqual([...names].sort())
  })

  it('comes when the metadata has reached its maximum age', () => {
    const metadata = setUp()
    refresh(metadata, 1_000)
    expect(metadata.dueAt()).toBe(301_000)
    expect(metadata.isWanted).toBe(false)
  })

  it('is one initial backoff after the last answer if a refresh is requested', () => {
    const metadata = setUp()
    refresh(metadata, 1_000)
    metadata.request()
    expect(metadata.dueAt()).toBe(1_100)
    expect(metadata.isWanted).toBe(true)
  })

  it('does not come while a refresh is under way', () => {
    const metadata = setUp()
    metadata.begin(0)
    metadata.request()
    metadata.use('new', 0)
    expect(metadata.dueAt()).toBe(Number.POSITIVE_INFINITY)
  })

  it('moves later with every failure', () => {
    const metadata = setUp()
    const waits = [0, 1, 2, 3, 4, 5].map((turn) => {
      const now = turn * 10_000
      metadata.begin(now)
      metadata.failed(now)
      return metadata.dueAt() - now
    })
    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000])
    refresh(metadata, 90_000)
    metadata.request()
    expect(metadata.dueAt()).toBe(90_100)
  })

  it('moves later with every answer that brings nothing new, and not with one that does', () => {
    const metadata = setUp()
    refresh(metadata, 0)
    const ask = (now: number, news: boolean) => {
      metadata.request()
      refresh(metadata, now, { news })
      metadata.request()
      return metadata.dueAt() - now
    }
    expect([1, 2, 3, 4, 5].map((turn) => ask(turn * 10_000, false))).toEqual([
      100, 200, 400, 800, 1_000,
    ])
    expect(ask(100_000, true)).toBe(100)
  })

  it('does not move later for refreshes at the maximum age', () => {
    const metadata = setUp()
    let now = 0
    for (let turn = 0; turn < 5; turn += 1) {
      refresh(metadata, now, { news: false })
      metadata.request()
      expect(metadata.dueAt()).toBe(now + 100)
      now += options.maxAgeMs
    }
  })
})

describe('a new topic', () => {
  it('is requested at once, alone, whatever the backoff', () => {
    const metadata = setUp()
    metadata.use('old', 0)
    refresh(metadata, 0)
    metadata.begin(0)
    metadata.failed(0)
    metadata.use('old', 1)
    refresh(metadata, 10_000)
    expect(metadata.use('new', 10_001)).toBe(true)
    expect(isDue(metadata, 10_001)).toBe(true)
    expect(metadata.begin(10_001)).toEqual({ topics: ['new'], partial: true })
  })

  it('is new once', () => {
    const metadata = setUp()
    expect(metadata.use('a', 0)).toBe(true)
    expect(metadata.use('a', 0)).toBe(false)
  })

  it('stays requested if it appeared while a refresh was under way', () => {
    const metadata = setUp()
    metadata.begin(0)
    metadata.use('late', 0)
    metadata.answered(5, true)
    expect(isDue(metadata, 5)).toBe(true)
    expect(metadata.begin(5)).toEqual({ topics: ['late'], partial: true })
  })

  it('is requested again, after a wait, if its refresh failed', () => {
    const metadata = setUp()
    refresh(metadata, 0)
    metadata.use('new', 10)
    metadata.begin(10)
    metadata.failed(20)
    expect(metadata.dueAt()).toBe(120)
    expect(metadata.begin(120)).toEqual({ topics: ['new'], partial: true })
  })

  it('is included in a refresh of everything', () => {
    const metadata = setUp()
    metadata.use('old', 0)
    refresh(metadata, 0)
    metadata.request()
    metadata.use('new', 1)
    expect(metadata.begin(1)).toEqual({ topics: ['old', 'new'], partial: false })
    metadata.answered(2, true)
    expect(metadata.isWanted).toBe(false)
  })

  it('resets the backoff that answers without news have raised', () => {
    const metadata = setUp()
    for (const now of [0, 10_000, 20_000, 30_000]) {
      metadata.request()
      refresh(metadata, now, { news: now === 0 })
    }
    metadata.use('new', 30_000)
    refresh(metadata, 30_000, { news: false })
    metadata.request()
    expect(metadata.dueAt()).toBe(30_100)
  })

  it('does not renew the age of the other topics', () => {
    const metadata = setUp()
    refresh(metadata, 0)
    metadata.use('new', 200_000)
    refresh(metadata, 200_000)
    expect(metadata.dueAt()).toBe(300_000)
  })
})

describe('asking for a refresh', () => {
  it('stays in effect if a refresh is under way, because its answer may be older', () => {
    const metadata = setUp()
    metadata.begin(0)
    metadata.request()
    metadata.answered(5, true)
    expect(metadata.dueAt()).toBe(105)
  })

  it('stays in effect if the refresh fails', () => {
    const metadata = setUp()
    refresh(metadata, 0)
    metadata.request()
    metadata.begin(100)
    metadata.failed(150)
    expect(metadata.dueAt()).toBe(250)
    expect(metadata.begin(250).partial).toBe(false)
  })

  it('may be for one topic, which waits its time and does not refresh the others', () => {
    const metadata = setUp()
    metadata.use('a', 0)
    metadata.use('b', 0)
    refresh(metadata, 0)
    expect(metadata.again('a')).toBe(true)
    expect(metadata.again('a')).toBe(false)
    expect(metadata.dueAt()).toBe(100)
    expect(metadata.begin(100)).toEqual({ topics: ['a'], partial: true })
    expect(metadata.again('a')).toBe(false)
    expect(metadata.again('stranger')).toBe(false)
  })
})

describe('an unused topic', () => {
  it('is idle from its idle limit on, not before', () => {
    const metadata = setUp()
    metadata.use('a', 0)
    metadata.use('b', 1)
    refresh(metadata, 0)
    expect(metadata.idle(59_999)).toEqual([])
    expect(metadata.idle(60_000).map(({ name }) => name)).toEqual(['a'])
  })

  it('is not idle while anything holds it, and becomes idle when the last holder releases it', () => {
    let now = 0
    const topics = new TopicTable({ now: () => now })
    const metadata = new Metadata(options, () => 0.5, topics)
    metadata.use('a', 0)
    refresh(metadata, 0)
    const topic = topics.get('a')!
    topic.hold()
    topic.hold()
    topic.release()
    expect(metadata.idle(1_000_000)).toEqual([])
    now = 1_000_000
    topic.release()
    expect(metadata.idle(1_059_999)).toEqual([])
    expect(metadata.idle(1_060_000)).toEqual([topic])
  })

  it('is not idle before its first answer', () => {
    const metadata = setUp()
    metadata.begin(0)
    metadata.use('late', 0)
    metadata.answered(100_000, true)
    expect(metadata.idle(100_000)).toEqual([])
  })
})

describe('a cluster that wakes', () => {
  it('considers its metadata too old from the maximum age on', () => {
    const metadata = setUp()
    refresh(metadata, 1_000)
    expect(metadata.woken(300_999)).toBe(false)
    expect(metadata.woken(301_000)).toBe(true)
  })

  it('ignores earlier failures', () => {
    const metadata = setUp()
    metadata.begin(0)
    metadata.failed(0)
    metadata.begin(1_000)
    metadata.failed(1_000)
    expect(metadata.failures).toBe(2)
    metadata.woken(2_000)
    expect(metadata.failures).toBe(0)
  })
})
