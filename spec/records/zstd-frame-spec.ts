import { describe, expect, it } from 'vitest'
import { contentSizeOf, frameAt } from '../../lib/records/zstd-frame.ts'
import { goldenFiles } from './golden/golden-files.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const magic = '28b52ffd'
/** The last block: uncompressed, or one byte repeated a number of times. */
const abc = '190000 616263'
const repeated = '430600 61'

const frames: [string, Buffer, number][] = [
  ['that says nothing of its size', hex(`${magic} 00 58 ${abc}`), 0],
  ['with its size in one byte', hex(`${magic} 20 03 ${abc}`), 3],
  ['with its size in two bytes', hex(`${magic} 60 0000 ${abc}`), 256],
  ['with its size in four bytes', hex(`${magic} a0 03000000 ${abc}`), 3],
  ['with its size in eight bytes', hex(`${magic} e0 0300000000000000 ${abc}`), 3],
  ['with a window and its size', hex(`${magic} 80 58 03000000 ${abc}`), 3],
  ['with a dictionary', hex(`${magic} 23 01000000 03 ${abc}`), 3],
  ['with a checksum', hex(`${magic} 24 03 ${abc} 12345678`), 3],
  ['of several blocks', hex(`${magic} 20 06 180000 616263 ${abc}`), 6],
  ['of one byte that is repeated', hex(`${magic} 00 58 ${repeated}`), 0],
]

describe('a zstd frame', () => {
  it.each(frames)('%s ends after its last block, whatever follows', (_, frame, size) => {
    const source = Buffer.concat([Buffer.alloc(5), frame, Buffer.from('more')])
    expect(frameAt(source, 5)).toEqual({ end: 5 + frame.length, holds: true })
    expect(contentSizeOf(frame)).toBe(size)
  })

  it.each(frames)('%s is refused if its end is missing', (_, frame) => {
    for (let length = 0; length < frame.length; length += 1) {
      expect(() => frameAt(frame.subarray(0, length), 0)).toThrow(RangeError)
    }
  })

  it('that is skippable has no contents', () => {
    for (const first of ['50', '5f']) {
      const frame = hex(`${first}2a4d18 03000000 616263`)
      expect(frameAt(frame, 0)).toEqual({ end: frame.length, holds: false })
    }
  })

  it('begins with its magic', () => {
    expect(() => frameAt(Buffer.alloc(20), 0)).toThrow('no zstd frame begins at byte 0')
    expect(() => frameAt(hex('602a4d18 00000000'), 0)).toThrow('no zstd frame')
  })

  it('of Java takes up all of its batch', () => {
    for (const { bytes } of goldenFiles().filter(({ compression }) => compression === 'zstd')) {
      const length = bytes.readInt32BE(8) - 49
      expect(frameAt(bytes.subarray(61, 61 + length), 0)).toEqual({ end: length, holds: true })
    }
  })
})
