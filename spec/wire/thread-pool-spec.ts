import { describe, expect, it } from 'vitest'
import { codecs } from '../../lib/records/compression.ts'
import { threadPool } from '../../lib/wire/thread-pool.ts'

const names = (['gzip', 'zstd'] as const).filter((name) => codecs[name].compressNeeds() === null)
const bytes = Buffer.from('a record, and another record; '.repeat(3000))

function compressed(name: 'gzip' | 'zstd', of: Uint8Array, level?: number) {
  return new Promise<Uint8Array | null>((resolve) => {
    threadPool.compress(name, of, level, resolve)
  })
}

describe('the thread pool', () => {
  it.each(names)('returns the same bytes as the main thread: %s', async (name) => {
    for (const level of [undefined, 1, 9]) {
      const stream = await compressed(name, bytes, level)
      expect(Buffer.from(stream!)).toEqual(Buffer.from(codecs[name].compress(bytes, level)))
    }
  })

  it('calls back once, and never inside the call', async () => {
    let calls = 0
    const done = new Promise<void>((resolve) => {
      threadPool.compress('gzip', bytes, undefined, () => {
        calls += 1
        resolve()
      })
    })
    expect(calls).toBe(0)
    await done
    await new Promise(setImmediate)
    expect(calls).toBe(1)
  })

  it('handles more jobs than it takes at once, and begins them in order', async () => {
    const order: number[] = []
    const streams = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const stream = await compressed('gzip', Buffer.from(`${index} `.repeat(5000)))
        order.push(index)
        return stream!
      }),
    )
    streams.forEach((stream, index) => {
      const text = Buffer.from(codecs.gzip.decompress(stream, 1 << 20)).toString()
      expect(text.split(' ')[0]).toBe(`${index}`)
    })
    // At most three jobs run at a time, so none can end before the one that began three places
    // before it.
    order.forEach((index, place) => {
      expect(index).toBeLessThan(place + 3)
    })
  })
})
