import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameSplitter } from '../../lib/wire/frames.ts'

const framed = (body: Uint8Array): Uint8Array => {
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.byteLength)
  return Buffer.concat([size, body])
}

const drain = (splitter: FrameSplitter): string[] => {
  const frames: string[] = []
  for (let frame = splitter.next(); frame !== null; frame = splitter.next()) {
    frames.push(Buffer.from(frame).toString('hex'))
  }
  return frames
}

const heads = (...bytes: number[]) => {
  const splitter = new FrameSplitter('broker:9092')
  splitter.push(Uint8Array.from(bytes))
  return () => splitter.next()
}

describe('a FrameSplitter', () => {
  it('returns the same frames however their bytes are split', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 })
    const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(bodies, cuts, (frames, sizes) => {
        const stream = Buffer.concat(frames.map(framed))
        const splitter = new FrameSplitter('broker')
        const got: string[] = []
        for (let at = 0, turn = 0; at < stream.byteLength; turn += 1) {
          const size = sizes[turn % sizes.length]!
          splitter.push(Uint8Array.from(stream.subarray(at, at + size)))
          got.push(...drain(splitter))
          at += size
        }
        expect(got).toEqual(frames.map((frame) => Buffer.from(frame).toString('hex')))
      }),
    )
  })

  it('takes several frames out of one chunk', () => {
    const splitter = new FrameSplitter('broker')
    splitter.push(Buffer.concat([framed(Uint8Array.of(1)), framed(Uint8Array.of(2, 3))]))

    expect(drain(splitter)).toEqual(['01', '0203'])
  })

  it('copies nothing of a frame that is complete in its chunk', () => {
    const chunk = framed(Uint8Array.of(7, 8, 9))
    const splitter = new FrameSplitter('broker')
    splitter.push(chunk)

    expect(splitter.next()?.buffer).toBe(chunk.buffer)
  })

  it('refuses a negative size', () => {
    expect(heads(0xff, 0xff, 0xff, 0xff)).toThrow(
      expect.objectContaining({ code: 'INVALID_FRAME' }),
    )
  })

  it('accepts a size of 100 MiB and refuses one byte more', () => {
    expect(heads(0x06, 0x40, 0x00, 0x00)()).toBeNull()
    expect(heads(0x06, 0x40, 0x00, 0x01)).toThrow(
      expect.objectContaining({ code: 'INVALID_FRAME' }),
    )
  })

  it.each([
    ['HTTP', [...Buffer.from('HTTP/1.1 400')], /speaks HTTP/],
    ['a TLS alert', [0x15, 0x03, 0x03, 0x00, 0x02], /speaks TLS.*security\.protocol/],
    ['a TLS handshake', [0x16, 0x03, 0x01, 0x02, 0x00], /speaks TLS/],
    ['another text protocol', [...Buffer.from('SSH-2.0')], /speaks text \("SSH-"…\)/],
  ])('recognizes %s by the first bytes of the connection', (_, bytes, sentence) => {
    expect(heads(...bytes)).toThrow(
      expect.objectContaining({
        code: 'NOT_KAFKA',
        address: 'broker:9092',
        message: expect.stringMatching(sentence),
      }),
    )
  })

  it('treats the same bytes later in the connection as garbage', () => {
    const splitter = new FrameSplitter('broker')
    splitter.push(framed(Uint8Array.of(1)))
    splitter.next()
    splitter.push(Buffer.from('HTTP'))

    expect(() => splitter.next()).toThrow(expect.objectContaining({ code: 'INVALID_FRAME' }))
  })
})
