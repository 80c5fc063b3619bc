import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Batch } from '../../lib/accumulator/batch.ts'
import type { Lease } from '../../lib/accumulator/partition-queue.ts'
import { zeroUuid } from '../../lib/protocol/defaults.ts'
import type { Identity } from '../../lib/sender/identity.ts'
import { type LineRules, PartitionLine } from '../../lib/sender/partition-line.ts'
import { placeOf } from '../support/place-of.ts'

// The rules of order, with plain calls. Batches are stand-ins with what a line reads, and without
// bytes.

const me: Identity = { producerId: 7n, producerEpoch: 0 }
const anew: Identity = { producerId: 7n, producerEpoch: 1 }
const other: Identity = { producerId: 8n, producerEpoch: 0 }
const lease: Lease = {
  topic: 't',
  partition: 0,
  place: placeOf(),
  since: 0,
  take: () => null,
  discard: () => null,
}

class Stand {
  state: Batch['state'] = 'closed'
  stamp: Batch['stamp'] = null
  attempts = 0
  undecided = false
  readonly count: number

  constructor(count = 1) {
    this.count = count
  }
}

class Bench {
  readonly line: PartitionLine
  current: Identity | null = me
  topicId = zeroUuid
  now = 0

  constructor(rules: Partial<LineRules> = {}) {
    this.line = new PartitionLine(placeOf(), { idempotent: true, maxInFlight: 5, ...rules })
    this.line.lease = lease
  }

  get turn(): Batch | 'new' | null {
    return this.line.turn(this.current, this.topicId)
  }

  send(batch: Stand = new Stand()): Stand {
    batch.stamp = this.line.stampFor(batch as never, this.current)
    batch.state = 'inFlight'
    batch.attempts += 1
    this.line.departed(batch as never, this.now, this.topicId)
    return batch
  }

  retry(batch: Stand, undecided = false): void {
    this.line.onWire -= 1
    batch.state = 'closed'
    batch.undecided = undecided
    this.line.refused()
  }

  ack(batch: Stand): Stand[] {
    this.line.onWire -= 1
    batch.state = 'acked'
    this.line.acknowledged(batch as never)
    return released(this.line) as never
  }

  /** Refused for good, or expired in flight before its answer has arrived. */
  fail(batch: Stand, landed = true): void {
    if (landed) this.line.onWire -= 1
    batch.state = 'failed'
    this.line.remove(batch as never)
    this.line.resetting = true
  }

  settle(): boolean {
    return this.line.settleReset(this.current)
  }

  /** With a first batch in the log, so that more may follow at once. */
  begin(): this {
    this.ack(this.send())
    return this
  }
}

function sequence(batch: Stand): number {
  return batch.stamp!.baseSequence
}

describe('the next batch of a line', () => {
  it('does not exist without a lease, and is the leased one otherwise', () => {
    const bench = new Bench()
    expect(bench.turn).toBe('new')
    bench.line.lease = null
    expect(bench.turn).toBeNull()
  })

  it('is a failed one before any new one, in every mode', () => {
    for (const rules of [{}, { idempotent: false }, { idempotent: false, maxInFlight: 1 }]) {
      const bench = new Bench(rules)
      const batch = bench.send()
      bench.retry(batch)
      expect(bench.turn).toBe(batch)
    }
  })

  it('is the oldest failed one, with idempotence only if it is the first in line', () => {
    const bench = new Bench().begin()
    const [a, b, c] = [bench.send(), bench.send(), bench.send()]
    bench.retry(c)
    bench.retry(b)
    expect(bench.turn).toBeNull()
    bench.ack(a)
    expect(bench.turn).toBe(b)

    const plain = new Bench({ idempotent: false })
    plain.send()
    const second = plain.send()
    plain.retry(second)
    expect(plain.turn).toBe(second)
  })

  it('does not exist with one allowed in flight while that one is unanswered, settled or not', () => {
    const bench = new Bench({ idempotent: false, maxInFlight: 1 })
    const batch = bench.send()
    expect(bench.turn).toBeNull()
    bench.fail(batch, false)
    expect(bench.turn).toBeNull()
  })

  it('counts acknowledged batches after an older one as in flight, with idempotence', () => {
    const bench = new Bench({ maxInFlight: 2 }).begin()
    bench.send()
    const b = bench.send()
    bench.ack(b)
    expect(bench.turn).toBeNull()
  })

  it('uses an old identity until all batches numbered under it have their answers', () => {
    const bench = new Bench().begin()
    const [a, b] = [bench.send(), bench.send()]
    bench.current = other
    bench.retry(a)
    expect(bench.turn).toBe(a)
    expect(bench.send(a).stamp).toMatchObject({ producerId: 7n, baseSequence: 1 })
    bench.ack(a)
    expect(bench.turn).toBeNull()
    bench.ack(b)
    expect(bench.turn).toBe('new')
    expect(bench.send().stamp).toEqual({ ...other, baseSequence: 0 })
  })

  it('needs an identity for a new number, and none for an old one', () => {
    const bench = new Bench().begin()
    const a = bench.send()
    bench.current = null
    expect(bench.turn).toBeNull()
    bench.retry(a)
    expect(bench.turn).toBe(a)
    expect(() => bench.line.stampFor(new Stand() as never, null)).toThrow('no identity')
  })
})

describe('numbers', () => {
  it('wrap after 2^31 - 1', () => {
    const bench = new Bench().begin()
    const last = bench.send(new Stand(2 ** 31 - 2))
    const over = bench.send(new Stand(101))
    expect([sequence(last), sequence(over)]).toEqual([1, 2 ** 31 - 1])
    expect(sequence(bench.send(new Stand(2 ** 31 - 1)))).toBe(100) // 0 … 99 were over's
    expect(sequence(bench.send())).toBe(99)
  })

  it('of one partition are consecutive modulo 2^31, whatever the counts', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 2 ** 24 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(counts, fc.nat(2 ** 24), (list, before) => {
        const bench = new Bench().begin()
        const toTheWrap = [2 ** 29, 2 ** 29, 2 ** 29, 2 ** 29 - 2 - before]
        for (const count of toTheWrap) bench.ack(bench.send(new Stand(count)))
        let expected = 2 ** 31 - 1 - before
        for (const count of list) {
          const batch = bench.send(new Stand(count))
          expect(sequence(batch)).toBe(expected)
          expected = (expected + count) % 2 ** 31
          bench.ack(batch)
        }
        bench.line.resetting = true
        expect(bench.settle()).toBe(false) // nothing is missing
        expect(sequence(bench.send())).toBe(expected)
      }),
    )
  })

  it('of a whole are shared by its parts', () => {
    const bench = new Bench().begin()
    const [a, b] = [bench.send(new Stand(5)), bench.send()]
    bench.retry(a)
    const parts = [new Stand(2), new Stand(3)]
    bench.line.replace(a as never, parts as never)
    expect(parts.map(sequence)).toEqual([1, 3])
    expect(parts.map(({ attempts }) => attempts)).toEqual([0, 0])
    expect(bench.line.batches).toEqual([...parts, b])
    expect(sequence(bench.send())).toBe(7)
  })

  it('of parts also wrap', () => {
    const bench = new Bench().begin()
    bench.ack(bench.send(new Stand(2 ** 31 - 3)))
    const whole = bench.send(new Stand(4))
    bench.retry(whole)
    const parts = [new Stand(2), new Stand(2)]
    bench.line.replace(whole as never, parts as never)
    expect(parts.map(sequence)).toEqual([2 ** 31 - 2, 0])
  })

  it('do not exist without idempotence, also for parts', () => {
    const bench = new Bench({ idempotent: false })
    const whole = bench.send(new Stand(4))
    bench.retry(whole)
    const parts = [new Stand(2), new Stand(2)]
    bench.line.replace(whole as never, parts as never)
    const none = { producerId: -1n, producerEpoch: -1, baseSequence: -1 }
    expect([whole, ...parts].map(({ stamp }) => stamp)).toEqual([none, none, none])
  })
})

describe('the released batches', () => {
  it('are the acknowledged ones at the head', () => {
    const bench = new Bench().begin()
    const [a, b, c, d] = [bench.send(), bench.send(), bench.send(), bench.send()]
    expect(bench.ack(b)).toEqual([])
    expect(bench.ack(a)).toEqual([a, b])
    expect(bench.ack(d)).toEqual([])
    bench.fail(c)
    expect(released(bench.line)).toEqual([d])
  })
})

describe('a reset', () => {
  it('waits for batches in flight', () => {
    const bench = new Bench().begin()
    const [a, b] = [bench.send(), bench.send()]
    bench.fail(a)
    expect(bench.settle()).toBe(false)
    expect(bench.turn).toBeNull()
    bench.retry(b)
    expect(bench.settle()).toBe(true)
    bench.current = anew
    expect(bench.turn).toBe(b)
    expect(bench.send(b).stamp).toEqual({ ...anew, baseSequence: 0 })
  })

  it('waits for an expired batch in flight, even if it is no longer in line', () => {
    const bench = new Bench().begin()
    const a = bench.send()
    bench.fail(a, false)
    expect(bench.settle()).toBe(false)
    bench.line.onWire -= 1
    expect(bench.settle()).toBe(true)
  })

  it('does not happen if the log has all numbers after all', () => {
    const bench = new Bench().begin()
    const a = bench.send()
    bench.fail(a, false)
    bench.line.onWire -= 1
    bench.line.acknowledged(a as never)
    expect(bench.settle()).toBe(false)
    expect(bench.line.resetting).toBe(false)
    expect(sequence(bench.send())).toBe(2)
  })

  it('does not happen if a later batch is in the log, because then the earlier one is too', () => {
    const bench = new Bench().begin()
    const [a, b] = [bench.send(), bench.send()]
    bench.fail(a)
    bench.ack(b)
    expect(bench.settle()).toBe(false)
    expect(sequence(bench.send())).toBe(3)
  })

  it('sends an undecided batch again under its number, and only then renumbers it', () => {
    const bench = new Bench().begin()
    const [a, b] = [bench.send(), bench.send()]
    bench.fail(a)
    bench.retry(b, true)
    expect(bench.settle()).toBe(false)
    expect(bench.turn).toBe(b)
    expect(sequence(bench.send(b))).toBe(2)
    bench.retry(b, false)
    expect(bench.settle()).toBe(true)
    bench.current = anew
    expect(sequence(bench.send(b))).toBe(0)
  })

  it('also sends an undecided batch again after one that is not in the log', () => {
    const bench = new Bench().begin()
    const [hole, a, b] = [bench.send(), bench.send(), bench.send()]
    bench.fail(hole)
    bench.retry(a, false)
    bench.retry(b, true)
    expect(bench.settle()).toBe(false)
    expect(bench.turn).toBe(b)
    expect(sequence(bench.send(b))).toBe(3)
    bench.retry(b, false)
    expect(bench.settle()).toBe(true)
    bench.current = anew
    expect(bench.turn).toBe(a)
    expect(sequence(bench.send(a))).toBe(0)
    bench.ack(a)
    expect(sequence(bench.send(b))).toBe(1)
  })

  it('repeats one undecided batch at a time', () => {
    const bench = new Bench().begin()
    const [a, b, c] = [bench.send(), bench.send(), bench.send()]
    bench.retry(a, false)
    bench.retry(b, true)
    bench.retry(c, true)
    bench.line.resetting = true
    expect(bench.turn).toBe(b)
    bench.send(b)
    expect(bench.turn).toBeNull()
    bench.retry(b, false)
    expect(bench.turn).toBe(c)
  })

  it('requests no new epoch if another partition has already caused one', () => {
    const bench = new Bench().begin()
    const a = bench.send()
    bench.current = anew
    bench.fail(a)
    expect(bench.settle()).toBe(false)
    expect(bench.send().stamp).toEqual({ ...anew, baseSequence: 0 })
  })

  it('ignores an acknowledgement under another producer id with the same epoch', () => {
    const bench = new Bench().begin()
    const old = bench.send(new Stand(10))
    bench.fail(old, false)
    bench.line.onWire -= 1
    expect(bench.settle()).toBe(true)
    bench.current = other
    const a = bench.send()
    bench.line.acknowledged(old as never) // late, and long forgotten
    bench.fail(a)
    expect(bench.settle()).toBe(true)
  })
})

describe('a broker that may have forgotten the producer', () => {
  it('gets one batch of a new numbering, and more once that one is in the log', () => {
    const bench = new Bench()
    const a = bench.send()
    expect(bench.turn).toBeNull()
    bench.ack(a)
    bench.send()
    expect(bench.turn).toBe('new')
  })

  it('gets one batch after a pause of a second; waiting for an answer is not a pause', () => {
    const bench = new Bench().begin()
    bench.now = 999
    const a = bench.send()
    expect(bench.turn).toBe('new')
    bench.now = 5000
    const b = bench.send()
    expect(bench.turn).toBe('new')
    bench.ack(a)
    bench.ack(b)

    bench.now = 6000
    const c = bench.send()
    expect(bench.turn).toBeNull()
    bench.ack(c)
    bench.send()
    expect(bench.turn).toBe('new')
  })

  it('gets one batch after a failed one, until it is in the log', () => {
    const bench = new Bench().begin()
    const a = bench.send()
    bench.retry(a)
    bench.send(a)
    expect(bench.turn).toBeNull()
    bench.ack(a)
    bench.send()
    expect(bench.turn).toBe('new')
  })

  it('gets nothing for a recreated topic while a batch for the old one is in flight', () => {
    const bench = new Bench()
    bench.topicId = 'old'
    bench.begin()
    const a = bench.send()
    bench.topicId = 'new'
    expect(bench.turn).toBeNull()
    bench.ack(a)

    const b = bench.send()
    expect(bench.turn).toBeNull()
    bench.ack(b)
    bench.send()
    expect(bench.turn).toBe('new')
  })

  it('is not suspected if some answers have no topic ids', () => {
    const bench = new Bench()
    bench.topicId = 'same'
    bench.begin()
    bench.send()
    bench.topicId = zeroUuid
    expect(bench.turn).toBe('new')
    bench.send()
    bench.topicId = 'same'
    expect(bench.turn).toBe('new')
  })

  it('and accepted a later batch has overtaken the earlier ones, which get no number any more', () => {
    const bench = new Bench().begin()
    const [a, b, c, d] = [bench.send(), bench.send(), bench.send(), bench.send()]
    bench.retry(a, true)
    bench.retry(b)
    bench.ack(c)
    bench.retry(d)
    bench.line.resetting = true
    expect(bench.line.overtaken()).toEqual([])
    expect(bench.turn).toBe(a)
    bench.send(a)
    bench.retry(a)

    expect(bench.line.overtaken()).toEqual([a, b])
    for (const one of [a, b]) bench.line.remove(one as never)
    expect(bench.settle()).toBe(true)
    expect(released(bench.line)).toEqual([c])
    bench.current = anew
    expect(sequence(bench.send(d))).toBe(0)
  })

  it('has overtaken nothing if no batch of the numbering is in the log', () => {
    const bench = new Bench()
    bench.retry(bench.send())
    bench.line.resetting = true
    expect(bench.line.overtaken()).toEqual([])
  })
})

function released(line: PartitionLine): Batch[] {
  const all: Batch[] = []
  for (let batch = line.release(); batch !== null; batch = line.release()) all.push(batch)
  return all
}
