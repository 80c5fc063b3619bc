import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Memory } from '../../lib/accumulator/memory.ts'
import { producerFor, startCluster } from '../support/scenario.ts'

// An Error keeps what its stack refers to until its stack is read. So a dead letter would keep the
// free buffers of a producer that was closed long ago: all of buffer.memory.

describe('the memory of an ended engine', () => {
  it('keeps no free buffer, neither those it had nor those that are returned later', () => {
    const memory = new Memory({ limit: 1 << 20, batchSize: 4096 })
    const [early, late] = [memory.take(4096)!, memory.take(1024)!]
    memory.give(early)
    expect([memory.held, memory.pooled]).toEqual([1024, 4096])
    memory.end()
    expect([memory.held, memory.pooled]).toEqual([1024, 0])
    memory.give(late)
    expect([memory.held, memory.pooled, memory.available]).toEqual([0, 0, 1 << 20])
  })

  it('is what a closed producer has', async () => {
    const cluster = await startCluster()
    const producer = producerFor(cluster)
    const ended = vi.spyOn(Memory.prototype, 'end')
    onTestFinished(() => ended.mockRestore())
    await producer.send({ topic: 't', value: 'a' })
    expect(ended).not.toHaveBeenCalled()
    await producer.close()
    expect(ended).toHaveBeenCalled()
  })
})
