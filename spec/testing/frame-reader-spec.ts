import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader } from '../../lib/testing/frame-reader.ts'
import { int } from '../support/batches.ts'

function framed(body: Uint8Array): Buffer {
  return Buffer.concat([int(4, body.length), body])
}

describe('FrameReader', () => {
  it('returns the frames, however their bytes were split', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 6 })
    fc.assert(
      fc.property(
        bodies,
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
        (frames, cuts) => {
          const reader = new FrameReader()
          const stream = Buffer.concat(frames.map(framed))
          const read: Uint8Array[] = []
          for (let at = 0, cut = 0; at < stream.length; cut++) {
            const length = cuts[cut % cuts.length]!
            reader.push(stream.subarray(at, at + length))
            at += length
            for (let frame = reader.next(); frame; frame = reader.next()) read.push(frame)
          }
          expect(read.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]))
        },
      ),
    )
  })

  it.each([-1, 100 * 1024 * 1024 + 1])('refuses a request of %i bytes', (size) => {
    const reader = new FrameReader()
    reader.push(int(4, size))
    expect(() => reader.next()).toThrow(`a request of ${size} bytes`)
  })
})
