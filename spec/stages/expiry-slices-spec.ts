import { type OperatorFunction, Subject, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Bytes, Envelope } from '../../lib/model.ts'
import { passThrough } from '../../lib/serialization/pass-through.ts'
import { partition } from '../../lib/stages/partition.ts'
import { serialize } from '../../lib/stages/serialize.ts'
import { SchedulerClock } from '../../lib/testing/scheduler-clock.ts'
import { type Bench, bench, letterOf } from '../support/marbles.ts'

// A million records may expire at the same moment. A stage fails 2,048 of them in a turn, and the
// event loop runs before the next turn. All fail once, in order, and records that are not expired
// yet stay.

const slice = 2_048
const waiting = { maxWaiting: 1e9, maxBlockMs: 100 }

/** A stage in virtual time, and what it emitted in each turn. */
function sliced(stage: (parts: Bench) => OperatorFunction<Envelope, Envelope>) {
  const scheduler = new VirtualTimeScheduler(undefined, 100)
  const parts = bench(new SchedulerClock(scheduler))
  const source = new Subject<Envelope>()
  const out: string[] = []
  const turns = new Map<number, number>()
  source.pipe(stage(parts)).subscribe((envelope) => {
    const { serial } = parts.turn
    turns.set(serial, (turns.get(serial) ?? 0) + 1)
    out.push(letterOf(envelope))
  })
  return {
    ...parts,
    out,
    turns: () => [...turns.values()],
    give: (...letters: string[]) => {
      for (const letter of letters) source.next(parts.envelope(letter))
    },
    /** Runs everything that is due until then. */
    pass: (ms: number) => {
      scheduler.maxFrames = scheduler.frame + ms
      scheduler.schedule(() => {}, ms)
      scheduler.flush()
    },
  }
}

const named = (count: number) => Array.from({ length: count }, (_, index) => `r${index}`)

describe('records that wait for metadata and expire together', () => {
  const topics = {
    find: () => null,
    hold() {},
    release() {},
    refusal: () => null,
    lastError: () => undefined,
    outgrown() {},
    serving() {},
    watch() {},
    burstEnded() {},
  }

  it('fail in order, a slice in each turn, and younger ones continue to wait', () => {
    const records = named(slice + 100)
    const parts = sliced((own) =>
      partition({ ...own, ...waiting, topics, partitioner: null, ignoreKeys: false }),
    )
    parts.give(...records)
    parts.pass(50)
    parts.give('young')
    parts.pass(50)
    expect(parts.turns()).toEqual([slice, 100])
    expect(parts.out).toEqual(records.map((name) => `${name}:METADATA_TIMEOUT`))
    parts.pass(50)
    expect(parts.out.at(-1)).toBe('young:METADATA_TIMEOUT')
  })
})

describe('records that wait for promises of a serializer and expire together', () => {
  const stage = (value: (data: unknown) => Promise<Bytes>) =>
    sliced((own) => serialize({ ...own, ...waiting, key: passThrough, value }))

  it('fail in order, a slice in each turn, and no serializer is called for them between two slices', () => {
    const records = named(slice + 100)
    const asked: unknown[] = []
    const parts = stage((data) => {
      asked.push(data)
      return new Promise(() => {})
    })
    parts.give(...records)
    parts.pass(50)
    parts.give('young')
    parts.pass(50)
    expect(parts.turns()).toEqual([slice, 100])
    expect(asked).toEqual([...records.slice(0, 16), 'young'])
    expect(parts.out).toEqual(records.map((name) => `${name}:SERIALIZER_FAILED`))
    parts.pass(50)
    expect(parts.out.at(-1)).toBe('young:SERIALIZER_FAILED')
  })
})
