import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Accumulator, type AccumulatorSettings } from '../../lib/accumulator/accumulator.ts'
import type { Batch } from '../../lib/accumulator/batch.ts'
import { Memory } from '../../lib/accumulator/memory.ts'
import type { Lease } from '../../lib/accumulator/partition-queue.ts'
import { splitBatch } from '../../lib/accumulator/split.ts'
import type { Stickiness } from '../../lib/model.ts'
import { codecs } from '../../lib/records/compression.ts'
import { CountingToken, type EnvelopeSpec, envelope } from '../support/envelopes.ts'
import { FakeClock } from '../support/fake-runtime.ts'
import { HeldCompressor } from '../support/held-compressor.ts'
import { recordsOf } from '../support/roll-of.ts'

const everything = Number.POSITIVE_INFINITY

class Bench {
  readonly clock = new FakeClock()
  readonly memory: Memory
  readonly accumulator: Accumulator
  /** Leases that were emitted and not taken yet, oldest first. */
  readonly leases: Lease[] = []
  readonly expired: Batch[] = []

  constructor(
    settings: Partial<AccumulatorSettings> & { bufferMemory?: number; stretch?: number } = {},
  ) {
    const { bufferMemory = 1 << 20, stretch = 1, ...rest } = settings
    const all = {
      batchSize: 1024,
      codec: codecs.none,
      compressionLevel: undefined,
      lingerMs: 10,
      deliveryTimeoutMs: 120_000,
      ...rest,
    }
    const { batchSize } = all
    this.memory = new Memory({ limit: bufferMemory, batchSize, largest: stretch * batchSize })
    this.accumulator = new Accumulator(all, this.memory, this.clock, {
      due: (lease) => this.leases.push(lease),
      expired: (batch) => {
        this.expired.push(batch)
        batch.fail()
        // It may have been the only batch that its partition's lease was for; the next batch then
        // gets another lease.
        const used = this.leases.findIndex(({ since }) => since === null)
        if (used >= 0) this.leases.splice(used, 1)[0]!.take(everything)
      },
    })
  }

  give(value: string, partition = 0, spec: EnvelopeSpec = {}): boolean {
    return this.accumulator.append(envelope({ ...spec, value, partition }))
  }

  /** Takes what is due, as `partition:values`, and settles it if requested. */
  take(settle = true): string | null {
    const lease = this.leases.shift()
    const batch = lease?.take(everything)
    if (!batch) return null
    const values = recordsOf(batch).map(({ value }) => value)
    if (settle) end(batch)
    return `${batch.partition}:${values}`
  }

  get due(): string[] {
    return this.leases.map(({ partition }) => `${partition}`)
  }
}

/** Delivers and reports a batch. */
function end(batch: Batch): void {
  batch.depart({ producerId: -1n, producerEpoch: -1, baseSequence: -1 }, 0)
  batch.landed()
  batch.acknowledge(0, -1)
  batch.reported()
}

/** Sticks to partition 0, 1, 2, … in turn, one full batch each, as the real choice does. */
class Sticky implements Stickiness {
  readonly told: string[] = []
  #partition = 0
  #bytes = 0
  #fill: number

  constructor(fill: number) {
    this.#fill = fill
  }

  partition(): number {
    return this.#partition
  }

  appended(bytes: number, batchDone: boolean): void {
    this.told.push(`${bytes}${batchDone ? '!' : ''}`)
    this.#bytes += bytes
    if (this.#bytes >= this.#fill && batchDone) {
      this.#partition += 1
      this.#bytes = 0
    }
  }
}

describe('a batch is due', () => {
  it('when linger.ms has passed since its first record', () => {
    const bench = new Bench()
    bench.give('a')
    bench.clock.advance(9)
    bench.give('b')
    expect(bench.due).toEqual([])
    bench.clock.advance(1)
    expect(bench.due).toEqual(['0'])
    expect(bench.take()).toBe('0:a,b')
    expect(bench.clock.pending).toBe(0)
  })

  it('at once if linger.ms is 0', () => {
    const bench = new Bench({ lingerMs: 0 })
    bench.give('a')
    expect(bench.due).toEqual(['0'])
    bench.give('b')
    expect(bench.due).toEqual(['0'])
    expect(bench.take()).toBe('0:a,b')
  })

  it('when it is full, each batch at its own time', () => {
    const bench = new Bench()
    bench.give('a')
    bench.clock.advance(4)
    bench.give('b', 1)
    bench.clock.advance(4)
    bench.give('x'.repeat(900), 2)
    expect(bench.due).toEqual([])
    bench.give('y'.repeat(100), 2)
    expect(bench.due).toEqual(['2'])
    bench.clock.advance(2)
    expect(bench.due).toEqual(['2', '0'])
    bench.clock.advance(4)
    expect(bench.due).toEqual(['2', '0', '1'])
  })

  it('when it is exactly full, without waiting for the record that does not fit', () => {
    const bench = new Bench()
    bench.give('x'.repeat(900)) // 61 + 909 bytes
    expect(bench.due).toEqual([])
    bench.give('y'.repeat(47)) // 54 bytes
    expect(bench.due).toEqual(['0'])
    expect(bench.leases[0]!.take(everything)!.size).toBe(1024)
  })

  it('when the batch before it was taken, if it has lingered or is full by then', () => {
    const bench = new Bench()
    for (const value of ['a', 'b', 'c']) bench.give(value.repeat(900))
    expect(bench.due).toEqual(['0'])
    bench.take()
    expect(bench.due).toEqual(['0'])
    bench.take()
    expect(bench.due).toEqual([]) // the third lingers
    bench.give('d'.repeat(900))
    expect(bench.due).toEqual(['0'])

    const lingered = new Bench()
    for (const value of ['a', 'b']) lingered.give(value.repeat(900))
    lingered.clock.advance(10)
    expect(lingered.due).toEqual(['0'])
    lingered.take()
    expect(lingered.due).toEqual(['0'])
  })

  it('and stays open for more records until the sender takes it', () => {
    const bench = new Bench({ lingerMs: 0 })
    bench.give('a')
    const [lease] = bench.leases
    bench.give('b')
    expect(lease!.take(everything)!.count).toBe(2)
    bench.give('c')
    expect(bench.leases).toHaveLength(2)
  })

  it('and is still due after it did not fit into a request', () => {
    const bench = new Bench({ lingerMs: 0 })
    bench.give('a')
    expect(bench.leases[0]!.take(60)).toBeNull()
    bench.give('b')
    expect(bench.take()).toBe('0:a')
    expect(bench.take()).toBe('0:b')
    expect(bench.due).toEqual([])
  })

  it('when the fullest batches are requested early, and it is one of them', () => {
    const bench = new Bench({ lingerMs: 1_000_000 })
    bench.give('a')
    bench.give('b'.repeat(500), 1)
    bench.give('c'.repeat(400), 2)
    expect(bench.accumulator.queuedBatches).toBe(3)
    bench.accumulator.pressFullest()
    expect(bench.due).toEqual(['1', '2'])
    bench.take()
    bench.take()
    expect(bench.accumulator.queuedBatches).toBe(1)
    bench.accumulator.pressFullest()
    expect(bench.due).toEqual(['0'])
  })

  it('at once while batches are requested early, and from then on', () => {
    const bench = new Bench({ lingerMs: 1_000_000 })
    bench.give('a')
    bench.give('b', 1)
    bench.accumulator.press()
    expect(bench.due).toEqual(['0', '1'])
    bench.take()
    bench.give('c')
    expect(bench.due).toEqual(['1'])
    bench.accumulator.hurry()
    expect(bench.due).toEqual(['1', '0'])
    bench.give('d', 2)
    expect(bench.due).toEqual(['1', '0', '2'])
  })
})

describe('a record', () => {
  it.each(['none', 'gzip'] as const)(
    'larger than batch.size has a batch of its own: %s',
    (name) => {
      const bench = new Bench({ codec: codecs[name] })
      bench.give('a')
      bench.give('x'.repeat(2048))
      expect(bench.due).toEqual(['0'])
      bench.give('b')
      expect(bench.take()).toBe('0:a')
      expect(bench.take()).toBe(`0:${'x'.repeat(2048)}`)
      bench.clock.advance(10)
      expect(bench.take()).toBe('0:b')
    },
  )

  it('for which there is no memory is in no batch, and fits after memory has been returned', () => {
    const bench = new Bench({ bufferMemory: 2048, lingerMs: 0 })
    expect(bench.give('a'.repeat(800))).toBe(true)
    expect(bench.give('b'.repeat(800))).toBe(false)
    expect(bench.accumulator.queuedBytes).toBe(61 + 809)
    bench.take()
    expect(bench.give('b'.repeat(800))).toBe(true)
  })

  it('gets a smaller buffer if there is no memory for the usual one', () => {
    const bench = new Bench({ batchSize: 4096, bufferMemory: 5 * 4096, lingerMs: 0 })
    bench.give('x'.repeat(4000))
    bench.take()
    bench.memory.take(4 * 4096 + 2048)
    expect(bench.give('a')).toBe(true)
    expect(bench.leases.at(-1)!.take(everything)!.held).toBe(1024)
  })
})

describe('a buffer', () => {
  it('begins with the size of the batch before, so that quiet partitions cost little', () => {
    const bench = new Bench({ batchSize: 16384 })
    const held = (value: string) => {
      bench.give(value)
      bench.clock.advance(10)
      const { held: bytes } = bench.memory
      bench.take()
      return bytes
    }
    expect(held('x'.repeat(9000))).toBe(16384)
    expect(held('quiet')).toBe(16384)
    expect(held('quiet')).toBe(1024)
  })
})

describe('compressed batches', () => {
  /** Values that compress well, or hardly. */
  function draws(seed: number) {
    let state = seed
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state
    }
    const good = () => {
      const value = Buffer.alloc(100)
      for (let at = 0; at < 100; at += 4) value.writeInt32BE((next() >>> 8) % 1000, at)
      return value
    }
    const poor = () => Buffer.from(Array.from({ length: 100 }, () => next() >>> 24))
    return { percent: () => (next() >>> 8) % 100, good, poor }
  }

  it('are too large at most once in ten, however well their records compress', () => {
    for (const goodPercent of [1, 25, 50, 75, 99]) {
      const { percent, good, poor } = draws(goodPercent)
      const bench = new Bench({ codec: codecs.gzip, lingerMs: 0 })
      let batches = 0
      let splits = 0
      for (let count = 0; count < 2000; count += 1) {
        const value = percent() < goodPercent ? good() : poor()
        bench.accumulator.append(envelope({ value }))
        const [lease] = bench.leases
        if (lease === undefined || bench.accumulator.queuedBytes < 1024) continue
        bench.leases.shift()
        const batch = lease.take(everything)!
        batches += 1
        batch.depart({ producerId: -1n, producerEpoch: -1, baseSequence: -1 }, 0)
        batch.landed()
        if (batch.size > 1024 + 61 && batch.count > 1) {
          splits += 1
          for (const part of splitBatch(batch)!) {
            part.fail()
            part.reported()
          }
        } else {
          batch.acknowledge(0, -1)
          batch.reported()
        }
      }
      expect(batches).toBeGreaterThan(100)
      expect(splits).toBeLessThan(batches / 10)
    }
  })

  it('are filled according to the sizes of earlier batches, and are counted by that', () => {
    const bench = new Bench({ codec: codecs.gzip, stretch: 8 })
    const sizes: number[] = []
    for (let count = 0; count < 20_000; count += 1) {
      bench.give('a value that is the same each time, and shrinks to nearly nothing')
      if (bench.leases.length === 0) continue
      const batch = bench.leases.shift()!.take(everything)!
      expect(batch.estimate).toBeLessThanOrEqual(1024)
      sizes.push(batch.rawSize)
      end(batch)
    }
    expect(sizes[0]).toBeLessThan(1024)
    // By now, a ratio of about 0.2, which falls by 0.005 with each batch.
    expect(sizes.at(-1)).toBeGreaterThan(4 * 1024)
    expect(bench.accumulator.queuedBytes).toBeLessThanOrEqual(1024)
  })

  it('hold each record once, even if one more adds nothing to the estimate', () => {
    const bench = new Bench({ codec: codecs.gzip, lingerMs: 0, stretch: 8 })
    for (let count = 0; count < 300; count += 1) {
      bench.give('x'.repeat(5000))
      bench.take()
    }
    for (const value of ['a', 'b', 'c', 'd']) bench.give(value)
    expect(bench.take()).toBe('0:a,b,c,d')
    expect(bench.accumulator.queuedBytes).toBe(0)
  })

  it("of topics that compress differently do not affect each other's estimates", () => {
    const bench = new Bench({ codec: codecs.gzip, stretch: 8 })
    const fill = (topic: string) => {
      for (;;) {
        bench.accumulator.append(envelope({ topic, value: 'x'.repeat(90) }))
        const batch = bench.leases.shift()?.take(everything)
        if (!batch) continue
        end(batch)
        return batch.rawSize
      }
    }
    for (let count = 0; count < 100; count += 1) fill('a')
    expect(fill('a')).toBeGreaterThan(1400)
    expect(fill('b')).toBeLessThan(1024)
  })
})

describe('a batch that is compressed on another thread', () => {
  const large = (letter: string) => letter.repeat(930)
  function threaded(settings: Partial<AccumulatorSettings> = {}) {
    const compressor = new HeldCompressor(500)
    const bench = new Bench({ codec: codecs.gzip, compressor, lingerMs: 10, ...settings })
    return { bench, compressor }
  }

  it('is leased when its compressed bytes are there, and not before', () => {
    const { bench, compressor } = threaded()
    bench.give(large('a'))
    expect([compressor.length, bench.due]).toEqual([1, []])
    compressor.finish()
    expect(bench.due).toEqual(['0'])
    expect(bench.take()).toBe(`0:${large('a')}`)
  })

  it('holds back all later batches of its partition, and no others', () => {
    const { bench, compressor } = threaded({ lingerMs: 0 })
    bench.give(large('a'))
    bench.give('b'.repeat(100))
    bench.give(large('c'))
    bench.give('d', 1)
    expect(bench.due).toEqual(['1'])
    bench.take()
    compressor.finish(1)
    expect(bench.due).toEqual([])
    compressor.finish()
    expect([bench.take(), bench.take(), bench.take()]).toEqual([
      `0:${large('a')}`,
      `0:${'b'.repeat(100)}`,
      `0:${large('c')}`,
    ])
  })

  it('uses up an earlier lease, and gets another', () => {
    const { bench, compressor } = threaded({ lingerMs: 0 })
    bench.give('x'.repeat(600))
    const [lease] = bench.leases.splice(0)
    expect(lease!.since).toBe(0)
    expect(lease!.take(everything)).toBeNull() // taken, it is closed: its bytes come later
    expect(lease!.since).toBeNull()
    compressor.finish()
    expect(bench.due).toEqual(['0'])
    expect(bench.take()).toBe(`0:${'x'.repeat(600)}`)
  })

  it('does not change a lease that nothing tried to take', () => {
    const { bench, compressor } = threaded({ lingerMs: 0 })
    bench.give('x'.repeat(600))
    bench.give('y'.repeat(600)) // does not fit: the first is closed
    const [lease] = bench.leases
    expect(lease!.since).toBeNull()
    compressor.finish()
    expect(bench.leases).toEqual([lease])
    expect(bench.take()).toBe(`0:${'x'.repeat(600)}`)
  })

  it('expires, and no longer holds back later batches', () => {
    const { bench, compressor } = threaded({ deliveryTimeoutMs: 30 })
    bench.give(large('a'))
    bench.clock.advance(20)
    bench.give('b')
    bench.clock.advance(10)
    expect(bench.expired).toHaveLength(1)
    expect(bench.memory.held).toBe(2048) // a thread still reads the first
    expect(bench.due).toEqual(['0'])
    compressor.finish()
    expect(bench.memory.held).toBe(1024)
    expect(bench.take()).toBe('0:b')
    expect(bench.memory.held).toBe(0)
  })

  it('is waited for by a flush', () => {
    const { bench, compressor } = threaded()
    bench.give('x'.repeat(600))
    const token = new CountingToken()
    bench.accumulator.cut(token)
    expect([bench.due, token.holds]).toEqual([[], 1])
    compressor.finish()
    bench.take()
    expect(token.ends).toBe(1)
  })

  it('is not waited for once nothing is sent any more', () => {
    const { bench, compressor } = threaded()
    bench.give(large('a'))
    bench.give('b')
    bench.accumulator.abandon()
    expect(bench.due).toEqual(['0'])
    expect(bench.leases[0]!.take(everything)).toBeNull()
    for (const values of [large('a'), 'b']) {
      const batch = bench.leases.shift()!.discard()!
      expect(recordsOf(batch).map(({ value }) => value)).toEqual([values])
      batch.fail()
    }
    expect(bench.accumulator.queuedBytes).toBe(0)
    compressor.finish()
    expect([bench.memory.held, bench.due]).toEqual([0, []])
  })
})

describe('the sticky choice', () => {
  it('is told how many bytes its records took, including the batch header, and when a batch is done', () => {
    const bench = new Bench()
    const sticky = new Sticky(1024)
    const give = (length: number) =>
      bench.accumulator.append(envelope({ value: 'x'.repeat(length), partition: -1, sticky }))
    for (const length of [10, 10]) give(length)
    give(2000)
    expect(sticky.told).toEqual(['0!', '78', '17', '0!', '2070!'])
  })

  it('changes when a batch is full, before the next one begins', () => {
    const bench = new Bench()
    const sticky = new Sticky(700)
    for (let index = 0; index < 6; index += 1) {
      bench.accumulator.append(envelope({ value: 'x'.repeat(400), partition: -1, sticky }))
    }
    bench.accumulator.hurry()
    const counts = [0, 1, 2].map(() => bench.leases.shift()!.take(everything)!)
    expect(counts.map(({ partition, count }) => `${partition}:${count}`)).toEqual([
      '0:2',
      '1:2',
      '2:2',
    ])
  })

  it('does not count records that have a partition', () => {
    const bench = new Bench()
    const sticky = new Sticky(1)
    bench.give('x'.repeat(2000), 5, { sticky })
    expect(sticky.told).toEqual([])
    bench.accumulator.hurry()
    expect(bench.due).toEqual(['5'])
  })
})

describe('a flush', () => {
  it('makes every batch due, and ends with the last result', () => {
    const bench = new Bench({ lingerMs: 1_000_000 })
    bench.give('a')
    bench.give('b', 1)
    const token = new CountingToken()
    bench.accumulator.cut(token)
    expect(bench.due).toEqual(['0', '1'])
    bench.give('later')
    bench.take()
    expect(token.ends).toBe(0)
    bench.take()
    expect(token.ends).toBe(1)
    expect(bench.due).toEqual([])
  })

  it('waits for batches taken before, and for batches whose result is not reported yet', () => {
    const bench = new Bench({ lingerMs: 0 })
    bench.give('a')
    const batch = bench.leases.shift()!.take(everything)!
    batch.depart({ producerId: -1n, producerEpoch: -1, baseSequence: -1 }, 0)
    const [early, late] = [new CountingToken(), new CountingToken()]
    bench.accumulator.cut(early)
    batch.landed()
    batch.acknowledge(0, -1)
    bench.accumulator.cut(late)
    expect([early.holds, late.holds]).toEqual([1, 0]) // the second is not done before the first
    batch.reported()
    expect([early.ends, late.ends]).toEqual([1, 0])
  })

  it('waits for a batch that an earlier flush holds, when a waiting record of that flush joins it', () => {
    const bench = new Bench()
    const [early, late] = [new CountingToken(), new CountingToken()]
    bench.give('b', 0, { token: late })
    bench.give('a', 0, { token: early })
    expect([early.holds, late.holds]).toEqual([1, 0])
    bench.take()
    expect(early.ends).toBe(1)
  })

  it('waits for every batch even if nothing ever expires', () => {
    const bench = new Bench({ deliveryTimeoutMs: Number.POSITIVE_INFINITY })
    bench.give('a')
    const token = new CountingToken()
    bench.accumulator.cut(token)
    expect(token.holds).toBe(1)
    bench.take()
    expect(token.ends).toBe(1)
  })

  it('does not let a record that had to wait linger, whichever batch it is added to', () => {
    const bench = new Bench({ lingerMs: 1_000_000 })
    const token = new CountingToken()
    bench.give('a', 0, { token })
    expect(bench.due).toEqual(['0'])
    bench.give('b', 1)
    bench.give('c', 1, { token })
    expect(bench.due).toEqual(['0', '1'])
    bench.take()
    bench.take()
    expect(token.ends).toBe(1)
  })

  it('without outstanding records waits for nothing', () => {
    const bench = new Bench()
    const token = new CountingToken()
    bench.accumulator.cut(token)
    expect(token.holds).toBe(0)
  })
})

describe('expiry', () => {
  it.each([3200, 2147483647])(
    'happens at the age of delivery.timeout.ms, oldest batch first, queued or taken: %i',
    (age) => {
      const bench = new Bench({ deliveryTimeoutMs: age, lingerMs: 300 })
      bench.give('a')
      bench.clock.advance(300)
      expect(bench.due).toEqual(['0'])
      bench.leases[0]!.take(everything)
      bench.give('b', 1)
      bench.give('c')
      bench.clock.advance(age - 301)
      expect(bench.expired).toEqual([])
      bench.clock.advance(1)
      expect(bench.expired.map(({ createdAt }) => createdAt)).toEqual([0])
      bench.clock.advance(300)
      expect(bench.expired.map(({ partition }) => partition)).toEqual([0, 1, 0])
      bench.clock.advance(10_000)
      expect(bench.expired).toHaveLength(3)
    },
  )

  it('never happens to a settled batch', () => {
    const bench = new Bench({ deliveryTimeoutMs: 3200, lingerMs: 0 })
    bench.give('a')
    bench.take()
    expect(bench.clock.pending).toBe(0)
    bench.clock.advance(5000)
    expect(bench.expired).toEqual([])
  })

  it('takes a batch and its bytes out of the queue, and the next batch keeps its own deadline', () => {
    const bench = new Bench({ deliveryTimeoutMs: 20, lingerMs: 10 })
    bench.give('x'.repeat(950))
    bench.clock.advance(15)
    bench.give('b'.repeat(50))
    bench.clock.advance(5)
    expect(bench.expired).toHaveLength(1)
    expect(bench.accumulator.queuedBytes).toBe(61 + 57)
    expect(bench.take()).toBeNull() // the old lease finds nothing that is due
    bench.clock.advance(5)
    expect(bench.take()).toBe(`0:${'b'.repeat(50)}`)
    expect(bench.accumulator.queuedBytes).toBe(0)
  })

  it('uses up the lease of a batch that was alone in its queue: the next batch gets its own lease', () => {
    const bench = new Bench({ deliveryTimeoutMs: 30, lingerMs: 0 })
    bench.give('a')
    const [lease] = bench.leases
    bench.clock.advance(30)
    expect(lease!.since).toBeNull()
    expect(lease!.take(everything)).toBeNull()
    expect(bench.due).toEqual([])
    bench.give('b')
    expect(bench.due).toEqual(['0'])
    expect(bench.take()).toBe('0:b')
  })

  it('also takes out an open batch', () => {
    const bench = new Bench({ deliveryTimeoutMs: 5, lingerMs: 10 })
    bench.give('a')
    bench.clock.advance(5)
    expect(bench.expired).toHaveLength(1)
    bench.give('b')
    bench.clock.advance(10)
    expect(bench.expired).toHaveLength(2)
    expect(bench.memory.held).toBe(0)
  })

  it('leaves no timer after it has stopped', () => {
    const bench = new Bench()
    bench.give('a')
    expect(bench.clock.pending).toBe(2)
    bench.accumulator.stop()
    expect(bench.clock.pending).toBe(0)
  })
})

describe('no timer is armed', () => {
  it('while every record has its result, or is reported, or no longer lingers', () => {
    const bench = new Bench({ lingerMs: 1_000_000 })
    bench.give('x'.repeat(2000))
    bench.give('b', 1)
    bench.accumulator.press()
    expect(bench.clock.pending).toBe(1) // expiry
    bench.take()
    bench.take()
    expect(bench.clock.pending).toBe(0)
  })

  it('that keeps many finished batches in memory behind one that is stuck', () => {
    const bench = new Bench({ lingerMs: 0 })
    bench.give('stuck', 1)
    const stuck = bench.leases.shift()
    for (let index = 0; index < 1000; index += 1) {
      bench.give('a')
      bench.take()
    }
    expect(stuck!.take(everything)!.count).toBe(1)
    bench.clock.advance(120_000)
    expect(bench.expired).toHaveLength(1)
  })
})

/** So many batches that shrink that the next ones are filled far beyond batch.size. */
function learn(bench: Bench, compressor: HeldCompressor): void {
  for (let count = 0; count < 150; count += 1) {
    bench.give('x'.repeat(500), 0)
    bench.accumulator.press()
    if (bench.take() !== null) continue
    compressor.finish()
    bench.take()
  }
}

describe('whatever happens', () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('give' as const),
        partition: fc.nat(2),
        bytes: fc.nat(700),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('take' as const),
        room: fc.integer({ min: 0, max: 2000 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(15) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('finish' as const), which: fc.nat(9) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom('press' as const, 'cut' as const) }),
    },
  )

  it('each accepted record is in one batch, in order; each due batch is leased once; the count of bytes is exact', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.record({
          lingerMs: fc.constantFrom(0, 10),
          deliveryTimeoutMs: fc.constantFrom(30, 1000),
        }),
        fc.constantFrom(codecs.none, codecs.snappy, codecs.gzip),
        (steps, times, codec) => {
          const compressor = new HeldCompressor(400)
          const bench = new Bench({ ...times, codec, compressor, stretch: 8, bufferMemory: 8192 })
          if (codec !== codecs.none) learn(bench, compressor)
          const given: string[][] = [[], [], []]
          const out: string[][] = [[], [], []]
          const began = new Map<string, number>()
          const collect = (batch: Batch) => {
            for (const { value } of recordsOf(batch)) out[batch.partition]!.push(value as string)
          }
          const seen = () => {
            for (const batch of bench.expired.splice(0)) {
              collect(batch)
              batch.reported()
            }
          }
          let count = 0
          for (const one of steps) {
            if (one.kind === 'give') {
              const value = `${count++};${'x'.repeat(one.bytes)}`
              if (bench.give(value, one.partition)) {
                given[one.partition]!.push(value)
                began.set(value, bench.clock.now())
              }
            } else if (one.kind === 'take') {
              const lease = bench.leases.shift()
              const batch = lease?.take(one.room)
              if (batch) {
                expect(batch.size).toBeLessThanOrEqual(one.room)
                collect(batch)
                end(batch)
              } else if (lease?.since != null) bench.leases.unshift(lease)
            } else if (one.kind === 'wait') bench.clock.advance(one.ms)
            else if (one.kind === 'finish') {
              if (compressor.length > 0) compressor.finish(one.which % compressor.length)
            } else if (one.kind === 'press') bench.accumulator.press()
            else bench.accumulator.cut(new CountingToken())
            seen()

            const valid = bench.leases.filter(({ since }) => since !== null)
            expect(new Set(valid).size).toBe(valid.length)
            const waiting = given.flatMap((list, partition) => list.slice(out[partition]!.length))
            for (const [partition, list] of given.entries()) {
              const oldest = list[out[partition]!.length]
              if (oldest === undefined) continue
              const lingered = bench.clock.now() >= began.get(oldest)! + times.lingerMs
              const isLeased = valid.some((lease) => lease.partition === partition)
              if (lingered && compressor.length === 0) expect(isLeased).toBe(true)
            }
            expect(bench.accumulator.queuedBytes === 0).toBe(waiting.length === 0)
            if (codec === codecs.none)
              expect(bench.memory.held).toBeGreaterThanOrEqual(bench.accumulator.queuedBytes)
            expect(bench.memory.held + bench.memory.pooled).toBeLessThanOrEqual(8192)
          }
          bench.accumulator.hurry()
          for (;;) {
            const batch = bench.leases.shift()?.take(everything)
            if (batch) {
              collect(batch)
              end(batch)
            } else if (compressor.length > 0) compressor.finish()
            else if (bench.leases.length === 0) break
          }
          expect(out).toEqual(given)
          expect(bench.accumulator.queuedBytes).toBe(0)
          expect(bench.accumulator.waitingBatches).toBe(0)
          expect(bench.memory.held).toBe(0)
          expect(bench.clock.pending).toBe(0)
        },
      ),
      { numRuns: 300 },
    )
  })
})
