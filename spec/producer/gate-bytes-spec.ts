import { describe, expect, it } from 'vitest'
import { gateBytes, roomBytes, worthwhileBytes } from '../../lib/producer/gate-bytes.ts'

const limits = { batchSize: 16_384, maxRequestSize: 40_000 }

describe('gateBytes', () => {
  it('is two batches minus a sixteenth, at most 1 KiB less, while no leader is known', () => {
    expect(gateBytes(limits, [])).toBe(2 * 16_384 - 1024)
    expect(gateBytes({ batchSize: 1600, maxRequestSize: 3200 }, [])).toBe(3000)
    expect(gateBytes(limits, [1])).toBe(2 * 16_384 - 1024)
  })

  it('counts a batch for each partition that a broker leads', () => {
    expect(gateBytes(limits, [1, 2])).toBe(3 * 16_384 - 1024)
  })

  it('has one request for each broker, of at most max.request.size', () => {
    expect(gateBytes(limits, [5, 1])).toBe(40_000 + 16_384 - 1024)
  })

  it('has at most a megabyte for each broker, or one batch if that is larger', () => {
    const small = { batchSize: 16_384, maxRequestSize: 4_194_304 }
    expect(gateBytes(small, [100, 100])).toBe(2 * 1_048_576 - 1024)
    const large = { batchSize: 1_600_000, maxRequestSize: 4_194_304 }
    expect(gateBytes(large, [100, 100])).toBe(2 * 1_600_000 - 1024)
  })
})

describe('worthwhileBytes', () => {
  it('is half a batch, at most 8 KiB', () => {
    expect(worthwhileBytes({ batchSize: 1600 })).toBe(800)
    expect(worthwhileBytes({ batchSize: 16_384 })).toBe(8192)
    expect(worthwhileBytes({ batchSize: 1_000_000 })).toBe(8192)
  })
})

describe('roomBytes', () => {
  it('is 64 KiB, or a batch if that is more', () => {
    expect(roomBytes({ batchSize: 16_384, bufferMemory: 33_554_432 })).toBe(65_536)
    expect(roomBytes({ batchSize: 100_000, bufferMemory: 33_554_432 })).toBe(100_000)
  })

  it('is at most a quarter of buffer.memory, and at least the smallest buffer', () => {
    expect(roomBytes({ batchSize: 16_384, bufferMemory: 32_768 })).toBe(8192)
    expect(roomBytes({ batchSize: 16_384, bufferMemory: 2000 })).toBe(1024)
    expect(roomBytes({ batchSize: 16_384, bufferMemory: 1000 })).toBe(1000)
  })
})
