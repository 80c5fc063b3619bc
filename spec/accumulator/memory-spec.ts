import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Memory } from '../../lib/accumulator/memory.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('Memory', () => {
  it('gives buffers in doubling sizes up to batch.size, and above that of the requested size', () => {
    const memory = new Memory({ limit: 1 << 20, batchSize: 10_000 })
    const sizes = [1, 1024, 1025, 5000, 9000, 10_000, 10_001].map(
      (needed) => memory.take(needed)!.length,
    )
    expect(sizes).toEqual([1024, 1024, 2048, 8192, 10_000, 10_000, 10_001])
    expect(memory.held).toBe(sizes.reduce((sum, size) => sum + size))
  })

  it('reuses a returned buffer, and keeps none of an odd size', () => {
    const memory = new Memory({ limit: 1 << 20, batchSize: 1024 })
    const small = memory.take(1000)!
    const large = memory.take(2048)!
    memory.give(small)
    memory.give(large)
    expect([memory.held, memory.pooled, memory.available]).toEqual([0, 1024, 1 << 20])
    expect(memory.take(1)).toBe(small)
    expect(memory.take(2048)).not.toBe(large)
  })

  it('continues to double above batch.size if batches are compressed, and keeps those buffers too', () => {
    const memory = new Memory({ limit: 1 << 20, batchSize: 10_000, largest: 80_000 })
    const buffers = [10_000, 10_001, 30_000, 80_000, 80_001].map((needed) => memory.take(needed)!)
    expect(buffers.map(({ length }) => length)).toEqual([10_000, 20_000, 40_000, 80_000, 80_001])
    for (const buffer of buffers) memory.give(buffer)
    expect(memory.pooled).toBe(150_000)
    expect(memory.take(25_000)).toBe(buffers[2])
  })

  it('gives nothing beyond the limit, whatever is requested', () => {
    const memory = new Memory({ limit: 64 * 1024, batchSize: 1024 })
    expect(memory.take(64 * 1024 + 1)).toBeNull()
    const whole = memory.take(64 * 1024)!
    expect(memory.take(1)).toBeNull()
    memory.give(whole)
    expect(memory.take(1)).not.toBeNull()
  })

  it('gives all of a limit that is not one of its sizes', () => {
    // Doubling would give 8192, which is never reached.
    const memory = new Memory({ limit: 6000, batchSize: 16384 })
    expect(memory.take(5000)!.length).toBe(6000)
  })

  it('releases free buffers at rest, the largest first, except 256 KiB', () => {
    const memory = new Memory({ limit: 1 << 22, batchSize: 65_536 })
    const buffers = Array.from({ length: 300 }, () => memory.take(1024)!)
    buffers.push(memory.take(65_536)!)
    const held = memory.take(2048)!
    for (const buffer of buffers) memory.give(buffer)
    memory.rest()
    expect([memory.pooled, memory.held]).toEqual([256 * 1024, held.length])
    expect(memory.take(65_536)).not.toBe(buffers.at(-1))
    memory.rest()
    expect(memory.pooled).toBe(256 * 1024)
  })

  it('releases free buffers when their memory is needed, the largest first', () => {
    const memory = new Memory({ limit: 10 * 1024, batchSize: 4096 })
    const buffers = [1024, 4096, 4096].map((size) => memory.take(size)!)
    for (const buffer of buffers) memory.give(buffer)
    expect(memory.take(5000)!.length).toBe(5000)
    expect(memory.pooled).toBe(5 * 1024)
  })

  it('gives nothing while all of it is reserved, and takes buffers back', () => {
    const memory = new Memory({ limit: 64 * 1024, batchSize: 1024 })
    const small = memory.take(1)!
    memory.isSpokenFor = true
    expect(memory.available).toBe(0)
    expect(memory.take(1)).toBeNull()
    memory.give(small)
    expect(memory.take(1)).toBeNull()
    memory.isSpokenFor = false
    expect(memory.take(1)).toBe(small)
  })

  it('keeps a reserve for the parts of a batch that must be split, unless nothing is held', () => {
    const memory = new Memory({ limit: 32 * 1024, batchSize: 1024 })
    expect(memory.available).toBe(32 * 1024)
    memory.take(1024)
    expect(memory.available).toBe(30 * 1024)
    memory.take(30 * 1024)
    expect(memory.take(1)).toBeNull()
    memory.adopt(Buffer.alloc(100))
    expect(memory.held).toBe(31 * 1024 + 100)
  })

  it('counts nothing if the buffer cannot be allocated', () => {
    const memory = new Memory({ limit: 64 * 1024, batchSize: 16 * 1024 })
    const free = memory.take(16 * 1024)!
    memory.give(free)
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementationOnce(() => {
      throw runInNewContext("new RangeError('Array buffer allocation failed')")
    })
    expect(memory.take(1000)).toBeNull()
    expect(allocate).toHaveBeenCalledOnce()
    expect([memory.held, memory.available, memory.pooled]).toEqual([0, 64 * 1024, 16 * 1024])
    expect(memory.take(1000)!.length).toBe(1024)
    expect(memory.held).toBe(1024)
  })

  it('does not hide a bug of this package', () => {
    vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementationOnce(() => {
      throw new TypeError('a bug')
    })
    const memory = new Memory({ limit: 64 * 1024, batchSize: 1024 })
    expect(() => memory.take(1)).toThrow('a bug')
    expect(memory.held).toBe(0)
  })

  it('counts in more than 32 bits', () => {
    const memory = new Memory({ limit: 20 * 2 ** 30, batchSize: 2 ** 31 })
    const large = { length: 3 * 2 ** 31 } as Buffer
    memory.adopt(large)
    expect(memory.available).toBe(20 * 2 ** 30 - 2 ** 29 * 1.25 - 3 * 2 ** 31)
    memory.give(large)
    expect(memory.held).toBe(0)
  })

  it('keeps its bound, and loses no byte, in any sequence of calls', () => {
    const op = fc.oneof(
      fc.record({ kind: fc.constant('take' as const), bytes: fc.integer({ min: 1, max: 9000 }) }),
      fc.record({ kind: fc.constant('swap' as const), bytes: fc.integer({ min: 1, max: 9000 }) }),
      fc.record({ kind: fc.constant('give' as const), which: fc.nat() }),
    )
    const limits = fc.record({
      limit: fc.integer({ min: 0, max: 40_000 }),
      batchSize: fc.integer({ min: 1, max: 8192 }),
      stretch: fc.constantFrom(1, 8),
    })
    fc.assert(
      fc.property(limits, fc.array(op, { maxLength: 60 }), ({ limit, batchSize, stretch }, ops) => {
        const memory = new Memory({ limit, batchSize, largest: stretch * batchSize })
        const held: Buffer[] = []
        const free = new Set<Buffer>()
        for (const one of ops) {
          if (one.kind === 'take') {
            const isRoom = memory.sizeFor(one.bytes) <= memory.available
            const buffer = memory.take(one.bytes)
            expect(buffer !== null).toBe(isRoom)
            if (buffer === null) continue
            expect(buffer.length).toBeGreaterThanOrEqual(one.bytes)
            expect(held).not.toContain(buffer)
            held.push(buffer)
          } else if (held.length > 0) {
            const which = one.kind === 'give' ? one.which % held.length : 0
            const [buffer] = held.splice(which, 1)
            free.add(buffer!)
            memory.give(buffer!)
            if (one.kind === 'swap' && one.bytes <= buffer!.length) {
              const smaller = Buffer.alloc(one.bytes)
              memory.adopt(smaller)
              held.push(smaller)
            }
          }
          expect(memory.held).toBe(held.reduce((sum, { length }) => sum + length, 0))
          expect(memory.held + memory.pooled).toBeLessThanOrEqual(limit)
        }
        for (const buffer of held) memory.give(buffer)
        expect(memory.held).toBe(0)
        expect(memory.available).toBe(limit)
      }),
    )
  })

  it('has room for whatever the limit allows once everything has been returned', () => {
    fc.assert(
      fc.property(fc.nat(50_000), fc.integer({ min: 1, max: 8192 }), (limit, batchSize) => {
        const memory = new Memory({ limit, batchSize })
        for (const needed of [1, Math.floor(limit / 2), limit]) {
          const buffer = memory.take(needed)
          if (needed <= limit) memory.give(buffer!)
        }
        expect(memory.held).toBe(0)
      }),
    )
  })
})
