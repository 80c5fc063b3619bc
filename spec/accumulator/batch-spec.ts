import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Batch, BatchState } from '../../lib/accumulator/batch.ts'
import { Memory } from '../../lib/accumulator/memory.ts'
import { Ratio } from '../../lib/accumulator/ratio.ts'
import { splitBatch } from '../../lib/accumulator/split.ts'
import type { Header } from '../../lib/model.ts'
import { checkBatch } from '../../lib/records/batch-reader.ts'
import { codecs } from '../../lib/records/compression.ts'
import { type BatchOfSettings, batchOf } from '../support/batch-of.ts'
import { CountingToken, envelope } from '../support/envelopes.ts'
import { HeldCompressor } from '../support/held-compressor.ts'
import { recordsOf, ticketsOf } from '../support/roll-of.ts'

const stamp = { producerId: 7n, producerEpoch: 1, baseSequence: 5 }

/** The name of each transition, and the state to which it leads. */
const transitions: readonly [name: string, call: (batch: Batch) => void, to: BatchState][] = [
  ['close', (batch) => batch.close(), 'closed'],
  ['depart', (batch) => batch.depart(stamp, 0), 'inFlight'],
  ['retry', (batch) => batch.retry(0), 'closed'],
  ['acknowledge', (batch) => batch.acknowledge(0, -1), 'acked'],
  ['fail', (batch) => batch.fail(), 'failed'],
  ['split', (batch) => splitBatch(batch), 'split'],
]
const legal: Readonly<Record<BatchState, readonly string[]>> = {
  open: ['close', 'fail'],
  compressing: ['fail'],
  closed: ['depart', 'fail'],
  inFlight: ['retry', 'acknowledge', 'fail', 'split'],
  acked: [],
  failed: [],
  split: [],
}

function inState(state: BatchState): Batch {
  if (state === 'compressing') {
    const { batch } = batchOf(['a', 'b'], { codec: codecs.gzip, compressor: new HeldCompressor() })
    batch.close()
    return batch
  }
  const { batch } = batchOf(['a', 'b'])
  if (state === 'open') return batch
  batch.close()
  if (state === 'closed') return batch
  batch.depart(stamp, 0)
  if (state !== 'inFlight') transitions.find(([, , to]) => to === state)![1](batch)
  return batch
}

describe('a batch', () => {
  for (const state of Object.keys(legal) as BatchState[]) {
    for (const [name, call, to] of transitions) {
      const can = legal[state].includes(name)
      it(`that is ${state} ${can ? 'can' : 'can not'} ${name}`, () => {
        const batch = inState(state)
        expect(batch.state).toBe(state)
        if (can) call(batch)
        else expect(() => call(batch)).toThrow()
        expect(batch.state).toBe(can ? to : state)
      })
    }
  }

  it('keeps the first result that it was given', () => {
    const { batch } = batchOf(['a'])
    batch.close()
    batch.depart(stamp, 0)
    batch.acknowledge(10, 99)
    expect(() => batch.acknowledge(11, 98)).toThrow('is acked: no acknowledge')
    expect([batch.baseOffset, batch.logAppendTime]).toEqual([10, 99])
  })

  it('keeps what the result of each record needs', () => {
    const { batch } = batchOf([{ key: 'für', value: 'x', timestamp: 5 }, { value: null }])
    expect(batch.count).toBe(2)
    batch.close()
    expect([batch.keySizeOf(0), batch.keySizeOf(1)]).toEqual([4, -1])
    expect([batch.valueSizeOf(0), batch.valueSizeOf(1)]).toEqual([1, -1])
    expect(batch.timestampOf(0)).toBe(5)
    expect(recordsOf(batch).map(({ value }) => value)).toEqual(['x', null])
  })

  it('is filled by the same estimate whether its strings are written at once or later', () => {
    const filled = (headers: readonly Header[] | null) => {
      const ratio = new Ratio()
      for (let count = 0; count < 400; count += 1) ratio.observe(0.2)
      const memory = new Memory({ limit: 1 << 20, batchSize: 4096, largest: 8 * 4096 })
      const { batch } = batchOf([], { batchSize: 4096, codec: codecs.gzip, ratio, memory })
      // Strings wait as text, and are assumed to be ASCII, only if a record has no headers.
      return ['é'.repeat(900), 'x'.repeat(3200)].map((value) =>
        batch.append(envelope({ value, headers })),
      )
    }
    expect(filled(null)).toEqual([true, true])
    expect(filled([])).toEqual([true, true])
  })

  it('releases all of that when its results are given', () => {
    const { batch } = batchOf(['a', 'b'])
    batch.fail()
    batch.reported()
    expect([recordsOf(batch), ticketsOf(batch)]).toEqual([[], []])
    expect(batch.keySizeOf(0)).toBeUndefined()
    expect([batch.roll.feedOf(0), batch.roll.recordOf(0)]).toEqual([null, undefined])
    expect(batch.count).toBe(2)
  })
})

describe('appending', () => {
  it('fills a batch to its last byte and not beyond', () => {
    const values = fc.array(fc.nat(200), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(values, fc.integer({ min: 300, max: 3000 }), (lengths, batchSize) => {
        const memory = new Memory({ limit: 1 << 20, batchSize })
        const { batch } = batchOf([], { batchSize, memory, capacity: 100 })
        const taken: string[] = []
        for (const length of lengths) {
          const value = 'x'.repeat(length)
          const before = batch.rawSize
          if (!batch.append(envelope({ value }))) {
            // A record takes at least six bytes in addition to its value, so it would not have
            // fitted.
            expect(before + length + 6 + 4).toBeGreaterThan(batchSize)
            break
          }
          taken.push(value)
        }
        expect(batch.rawSize).toBeLessThanOrEqual(batchSize)
        if (taken.length === 0) return
        batch.close()
        batch.depart(stamp, 0)
        const { records } = checkBatch(Buffer.concat(batch.chunks))
        expect(records.map(({ value }) => Buffer.from(value!).toString())).toEqual(taken)
      }),
    )
  })

  it('grows to the needed size in one step, and returns the smaller buffer', () => {
    const { batch, memory } = batchOf(['a'])
    expect(batch.held).toBe(1024)
    expect(batch.append(envelope({ value: 'x'.repeat(5000) }))).toBe(true)
    expect([batch.held, memory.held, memory.pooled]).toEqual([8192, 8192, 1024])
  })

  it('does not grow for a record that cannot fit', () => {
    const { batch } = batchOf(['a'])
    expect(batch.append(envelope({ value: 'x'.repeat(20_000) }))).toBe(false)
    expect(batch.held).toBe(1024)
  })

  it('does not grow without memory', () => {
    const memory = new Memory({ limit: 4096, batchSize: 4096 })
    const { batch } = batchOf(['a'], { memory, batchSize: 4096 })
    memory.take(2048)
    expect(batch.append(envelope({ value: 'x'.repeat(1000) }))).toBe(false)
    expect(batch.append(envelope({ value: 'b' }))).toBe(true)
    expect(memory.held).toBe(3072)
  })
})

describe('compression', () => {
  it.each(['gzip', 'snappy'] as const)(
    'leaves a batch with exactly the bytes that are sent: %s',
    (name) => {
      const value = 'abcdefgh'.repeat(100)
      const settings = { codec: codecs[name], capacity: 16384 }
      const { batch, memory } = batchOf([value, value, value], settings)
      const raw = batch.rawSize
      batch.close()
      expect(batch.size).toBeLessThan(raw / 2)
      expect([batch.held, memory.held]).toEqual([batch.size, batch.size])
      expect(batch.chunks[0]!.buffer.byteLength).toBe(batch.size)
      batch.depart(stamp, 0)
      const { header, records } = checkBatch(Buffer.concat(batch.chunks))
      expect(header.attributes).toBe(codecs[name].id)
      expect(records).toHaveLength(3)
      batch.landed()
      batch.acknowledge(0, -1)
      expect(memory.held).toBe(0)
    },
  )

  it('is skipped if its result needs more room than there is', () => {
    let seed = 1
    const noise = () => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
      return seed >> 16
    }
    const value = Buffer.from(Array.from({ length: 950 }, noise))
    const { batch } = batchOf([{ value }], { codec: codecs.gzip })
    batch.close()
    batch.depart(stamp, 0)
    const { header } = checkBatch(Buffer.concat(batch.chunks))
    expect([header.attributes, batch.size]).toEqual([0, batch.rawSize])
  })
})

describe('with compression, a batch', () => {
  const batchSize = 1024
  /** The estimate after many batches of this ratio. */
  function ratioOf(value: number): Ratio {
    const ratio = new Ratio()
    while (ratio.value > value) ratio.observe(value)
    return ratio
  }
  function filled(ratio: Ratio, value: string, memory = roomy()) {
    const { batch } = batchOf([], { batchSize, memory, ratio, codec: codecs.gzip })
    while (!batch.isFull && batch.append(envelope({ value })));
    return { batch, memory }
  }
  const roomy = () => new Memory({ limit: 1 << 20, batchSize, largest: 8 * batchSize })
  let state = 1
  const poor = () =>
    Buffer.from(
      Array.from({ length: 300 }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        return state >>> 24
      }),
    )

  it('is filled until its estimate is batch.size', () => {
    const { batch } = filled(ratioOf(0.25), 'x'.repeat(90))
    expect(batch.estimate).toBeLessThanOrEqual(batchSize)
    expect(batch.estimate).toBeGreaterThan(batchSize - 101)
    expect(batch.rawSize).toBeGreaterThan(3 * batchSize)
    batch.close()
    expect(batch.size).toBeLessThan(batchSize)
  })

  it('has at most eight times batch.size of raw bytes, and counts its whole buffer', () => {
    const { batch, memory } = filled(ratioOf(0.01), 'x'.repeat(90))
    expect(batch.rawSize).toBeLessThanOrEqual(8 * batchSize)
    expect(batch.rawSize).toBeGreaterThan(7.9 * batchSize)
    expect(memory.held).toBe(8 * batchSize)
    expect(batch.count).toBeGreaterThan(70)
  })

  it('takes a first record of any size, and no second one beyond its limit, whether that is reached exactly or not', () => {
    const { batch } = batchOf([{ value: 'x'.repeat(5000) }], {
      batchSize,
      codec: codecs.gzip,
      ratio: new Ratio(),
      memory: roomy(),
      capacity: 6000,
    })
    expect(batch.isFull).toBe(true)
    expect(batch.append(envelope({ value: 'y' }))).toBe(false)
  })

  it('is full if there is no memory to grow', () => {
    const memory = new Memory({ limit: 3000, batchSize, largest: 8 * batchSize })
    const { batch } = filled(ratioOf(0.1), 'x'.repeat(90), memory)
    expect(batch.held).toBe(1024)
    expect(batch.rawSize).toBeGreaterThan(900)
  })

  it('reports its compressed size to the estimate', () => {
    const ratio = ratioOf(0.5)
    const { batch } = filled(ratio, 'x'.repeat(90))
    batch.close()
    expect(ratio.value).toBeCloseTo(0.495, 10)
  })

  it('resets the estimate and returns all its memory when it is split', () => {
    const ratio = ratioOf(0.1)
    const memory = roomy()
    const { batch } = batchOf([], { batchSize, memory, ratio, codec: codecs.gzip })
    while (!batch.isFull && batch.append(envelope({ value: poor() })));
    expect(batch.rawSize).toBeGreaterThan(6 * batchSize)
    batch.close()
    expect(batch.size).toBeGreaterThan(batchSize)
    const halved = (whole: Batch): Batch[] => {
      if (whole.size <= batchSize || whole.count === 1) return [whole]
      whole.depart(stamp, 0)
      whole.landed()
      return splitBatch(whole)!.flatMap(halved)
    }
    const parts = halved(batch)
    expect(parts.length).toBeGreaterThan(2)
    expect(ratio.value).toBeGreaterThan(0.9)
    expect(memory.held).toBe(parts.reduce((sum, { held }) => sum + held, 0))
    for (const part of parts) part.fail()
    expect(memory.held).toBe(0)
  })
})

describe('compressed on another thread', () => {
  const values = Array.from({ length: 20 }, (_, index) => `${index} ${'x'.repeat(90)}`)
  function closing(changes: BatchOfSettings = {}) {
    const compressor = new HeldCompressor()
    const all = { codec: codecs.gzip, capacity: 4096, compressor, ...changes }
    const { batch, memory } = batchOf(values, all)
    batch.close()
    return { batch, memory, compressor }
  }

  it('a batch has the same bytes as on the main thread', () => {
    const { batch, compressor, memory } = closing()
    expect([batch.state, compressor.length, memory.held]).toEqual(['compressing', 1, 4096])
    expect(() => batch.chunks).toThrow('has no bytes to send')
    compressor.finish()
    expect([batch.state, memory.held]).toEqual(['closed', batch.size])
    const { batch: other } = batchOf(values, { codec: codecs.gzip, capacity: 4096 })
    other.close()
    for (const one of [batch, other]) one.depart(stamp, 0)
    expect(Buffer.concat(batch.chunks)).toEqual(Buffer.concat(other.chunks))
  })

  it('a batch is sent uncompressed if the thread fails', () => {
    const { batch, compressor, memory } = closing()
    compressor.fail()
    batch.depart(stamp, 0)
    const { header, records } = checkBatch(Buffer.concat(batch.chunks))
    expect([header.attributes, records.length, memory.held]).toEqual([0, 20, 4096])
  })

  it.each(['finish', 'fail'] as const)(
    'a failed batch keeps its bytes as long as they are read: %s',
    (end) => {
      const { batch, compressor, memory } = closing()
      batch.fail()
      batch.reported()
      expect(memory.held).toBe(4096)
      expect(memory.take(4096)!.buffer).not.toBe(undefined)
      compressor[end]()
      expect([batch.state, batch.held, memory.held]).toEqual(['failed', 0, 4096])
      expect(memory.pooled).toBe(4096)
    },
  )

  it('is every batch that is large and has a codec that the threads support', () => {
    const small = closing({ compressor: new HeldCompressor(10_000) })
    expect(small.batch.state).toBe('closed')
    expect(closing({ codec: codecs.snappy }).batch.state).toBe('closed')
    expect(closing({ codec: codecs.none }).batch.state).toBe('closed')
  })

  it('are no parts of a split batch, which are needed at once', () => {
    const { batch, compressor } = closing()
    compressor.finish()
    batch.depart(stamp, 0)
    batch.landed()
    for (const part of splitBatch(batch)!) expect(part.state).toBe('closed')
    expect(compressor.length).toBe(0)
  })
})

describe('the bytes of a batch', () => {
  it('are returned once, when the result is given and no connection uses them', () => {
    const end: [string, (batch: Batch) => void][] = [
      ['acknowledged', (batch) => batch.acknowledge(0, -1)],
      ['failed', (batch) => batch.fail()],
    ]
    for (const [, settle] of end) {
      for (const landsFirst of [true, false]) {
        const { batch, memory } = batchOf(['a'])
        batch.close()
        batch.depart(stamp, 0)
        if (landsFirst) batch.landed()
        else settle(batch)
        expect(memory.held).toBe(1024)
        if (landsFirst) settle(batch)
        else batch.landed()
        expect([memory.held, memory.pooled]).toEqual([0, 1024])
        batch.landed()
        expect([memory.held, memory.pooled]).toEqual([0, 1024])
        expect(() => batch.chunks).toThrow('has no bytes to send')
      }
    }
  })

  it('are returned even if the batch was never closed', () => {
    const { batch, memory } = batchOf(['a'])
    batch.fail()
    expect(memory.held).toBe(0)
  })

  it('stay the same when the batch is sent again', () => {
    const { batch } = batchOf(['a'])
    batch.close()
    batch.depart(stamp, 3)
    const first = Buffer.concat(batch.chunks)
    batch.landed()
    batch.retry(500)
    batch.depart(stamp, 4)
    expect(Buffer.concat(batch.chunks)).toEqual(first)
    expect([batch.attempts, batch.leaderEpoch, batch.notBefore]).toEqual([2, 4, 500])
  })
})

describe('a flush', () => {
  it('holds a batch once, until its results are given', () => {
    const token = new CountingToken()
    const { batch } = batchOf([{ token }, { token }, {}])
    batch.join(token)
    expect(token.holds).toBe(1)
    batch.fail()
    expect(token.holds).toBe(1)
    batch.reported()
    batch.reported()
    expect(token.ends).toBe(1)
  })
})
