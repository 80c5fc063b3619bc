import { type OperatorFunction, Subject, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Envelope, Feed } from '../../lib/model.ts'
import { partition } from '../../lib/stages/partition.ts'
import type { TopicDirectory, TopicRefusal } from '../../lib/stages/topic-directory.ts'
import { SchedulerClock } from '../../lib/testing/scheduler-clock.ts'
import { TopicTable } from '../../lib/topics/topic-table.ts'
import { type Bench, bench, FakeFeed, letterOf } from '../support/marbles.ts'

// Metadata may arrive for a million records at once. A turn places 2,048 of them, and the event
// loop runs before the next turn. All are placed once and in order, whatever arrives, leaves or
// changes meanwhile.

const slice = 2_048
const named = (count: number) => Array.from({ length: count }, (_, index) => `r${index}`)

/** Topics that are known, or refused, from the moment at which a spec says so. */
class LateTopics implements TopicDirectory {
  partitions = 0
  refused: TopicRefusal | null = null
  /** What the stage says about records that have not been checked yet. */
  readonly left: boolean[] = []
  /** How often a topic was looked for. */
  readonly looked = new Map<string, number>()
  #changed: (topics: readonly { readonly name: string }[] | null) => void = () => {}
  readonly #table = new TopicTable({ now: () => 0 })

  find(name: string) {
    this.looked.set(name, (this.looked.get(name) ?? 0) + 1)
    if (this.partitions === 0) return null
    const info = { name, partitionCount: this.partitions, availablePartitions: [0] }
    const sticky = { partition: () => 0, appended() {} }
    return { info, sticky, state: this.#table.of(name) }
  }

  refusal() {
    return this.refused
  }

  serving(isLeft: boolean) {
    this.left.push(isLeft)
  }

  watch(changed: (topics: readonly { readonly name: string }[] | null) => void) {
    this.#changed = changed
  }

  /** Applies an answer. */
  change(partitions: number, refused: TopicRefusal | null = null) {
    this.partitions = partitions
    this.refused = refused
    this.#changed(null)
  }

  /** An answer came about these topics, and says nothing. */
  tell(...names: string[]) {
    this.#changed(names.map((name) => ({ name })))
  }

  hold() {}
  release() {}
  lastError() {}
  outgrown() {}
}

function waiting() {
  const scheduler = new VirtualTimeScheduler(undefined, Number.POSITIVE_INFINITY)
  const parts: Bench = bench(new SchedulerClock(scheduler))
  const topics = new LateTopics()
  const source = new Subject<Envelope>()
  const out: string[] = []
  const turns = new Map<number, number>()
  /** Called when so many have been emitted. */
  const at = new Map<number, () => void>()
  const options = { maxWaiting: 1e9, maxBlockMs: 1e6, partitioner: null, ignoreKeys: false }
  const stage: OperatorFunction<Envelope, Envelope> = partition({ ...parts, ...options, topics })
  source.pipe(stage).subscribe((envelope) => {
    turns.set(parts.turn.serial, (turns.get(parts.turn.serial) ?? 0) + 1)
    out.push(letterOf(envelope))
    at.get(out.length)?.()
  })
  const give = (letters: readonly string[], feed?: Feed, asked?: number) => {
    for (const letter of letters) {
      const envelope = parts.envelope(letter, {}, feed)
      source.next(asked === undefined ? envelope : Object.assign(envelope, { partition: asked }))
    }
  }
  /** Runs one turn of the event loop after another; returns how many were emitted in each. */
  const settle = () => {
    scheduler.maxFrames = scheduler.frame
    parts.turn.run(() => {})
    scheduler.flush()
    return [...turns.values()]
  }
  return { ...parts, topics, source, out, at, give, settle }
}

describe('records that wait for the same answer', () => {
  it('are placed in order, a slice in each turn', () => {
    const { topics, out, give, settle } = waiting()
    const records = named(2 * slice + 5)
    give(records)
    topics.change(1)
    expect(settle()).toEqual([slice, slice, 5])
    expect(out).toEqual(records)
    expect([topics.left.includes(true), topics.left.at(-1)]).toEqual([true, false])
  })

  it('are looked at when an answer is about their topic, and only then', () => {
    const { topics, source, envelope, settle } = waiting()
    for (const topic of ['one', 'other']) source.next(envelope('x', { topic }))
    const before = topics.looked.get('one')
    topics.tell('other', 'third')
    settle()
    expect(topics.looked.get('one')).toBe(before)
    topics.tell('one')
    settle()
    expect(topics.looked.get('one')).toBeGreaterThan(before!)
  })

  it('are not overtaken by one that arrives between two slices', () => {
    const { topics, out, at, give, settle } = waiting()
    const records = named(slice + 5)
    give(records)
    at.set(slice, () => give(['later']))
    topics.change(1)
    settle()
    expect(out).toEqual([...records, 'later'])
  })

  it('are not overtaken by one for which there are other partitions by then', () => {
    const { topics, out, at, give, settle } = waiting()
    topics.change(1)
    settle()
    const records = named(slice + 5)
    give(records, undefined, 1)
    at.set(slice, () => give(['anywhere']))
    topics.change(2)
    settle()
    expect(out).toEqual([...records, 'anywhere'])
  })

  it('are dropped if their stream leaves between two slices; those of other streams are not', () => {
    const { topics, out, at, holdings, give, settle } = waiting()
    const [mine, other] = [new FakeFeed(), new FakeFeed()]
    give(named(slice + 5), mine)
    give(['other'], other)
    let taken = 0
    at.set(slice, () => {
      taken = holdings.withdraw(mine).length
    })
    topics.change(1)
    settle()
    expect(taken).toBe(5)
    expect(out).toEqual([...named(slice), 'other'])
  })

  it('use a further answer that arrives between two slices', () => {
    const { topics, out, at, give, settle } = waiting()
    give(named(slice + 2))
    at.set(slice, () => topics.change(0))
    topics.change(1)
    settle()
    expect(out).toHaveLength(slice)
    topics.change(1)
    settle()
    expect(out).toEqual(named(slice + 2))
  })

  it('fail together if the topic is refused, a slice in each turn', () => {
    const { topics, out, give, settle } = waiting()
    give(named(slice + 5))
    topics.change(0, { code: 'TOPIC_AUTHORIZATION_FAILED', cause: null })
    expect(settle()).toEqual([slice, 5])
    expect(out).toEqual(named(slice + 5).map((name) => `${name}:TOPIC_AUTHORIZATION_FAILED`))
  })
})
