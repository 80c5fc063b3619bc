// The check of the exactly-once chaos run finds what it should find: without Kafka, on artificial
// outputs.

import { describe, expect, it } from 'vitest'
import { inputText, OnceCheck, type Output, outputText } from './once-check.ts'

const counts = [3, 2]

/** Outputs in one partition, from offset 0 on. */
function wrongIn(inputs: readonly string[], reached: readonly number[]): readonly string[] {
  const check = new OnceCheck(counts)
  inputs.forEach((input, offset) => {
    check.add({ partition: 7, offset, value: outputText(input) })
  })
  return check.findings(reached)
}

describe('the check of an exactly-once run', () => {
  it('finds nothing if every message has its output and the group is at the end', () => {
    expect(wrongIn(['0-0', '1-0', '0-1', '0-2', '1-1'], [3, 2])).toEqual([])
  })

  it('finds nothing in the middle if outputs and offsets match', () => {
    expect(wrongIn(['0-0', '1-0', '0-1'], [2, 1])).toEqual([])
    expect(wrongIn([], [0, 0])).toEqual([])
  })

  it('finds an output that is missing', () => {
    expect(wrongIn(['0-0', '0-2', '1-0', '1-1'], [3, 2])).toEqual([
      '0-1 has no output, and the group is at 3',
    ])
  })

  it('finds a duplicate output', () => {
    expect(wrongIn(['0-0', '0-0', '0-1'], [2, 0])).toEqual(['0-0 is at 7@0 and once more at 7@1'])
  })

  it('finds a transaction that was repeated as a whole', () => {
    expect(wrongIn(['0-0', '0-1', '0-0', '0-1'], [2, 0])).toEqual([
      '0-0 is at 7@0 and once more at 7@2',
      '0-0 is at 7@2, behind 0-1',
      '0-1 is at 7@1 and once more at 7@3',
    ])
  })

  it('finds an output whose offset was not committed with it', () => {
    expect(wrongIn(['0-0', '0-1'], [1, 0])).toEqual([
      '0-1 has its output at 7@1, and the group is at 1',
    ])
  })

  it('finds an offset whose output was not committed with it', () => {
    expect(wrongIn(['0-0'], [2, 0])).toEqual(['0-1 has no output, and the group is at 2'])
  })

  it('finds an output after that of a later message', () => {
    expect(wrongIn(['0-1', '0-0'], [2, 0])).toEqual(['0-0 is at 7@1, behind 0-1'])
  })

  it('finds a group that has not reached the end', () => {
    expect(wrongIn(['1-0', '1-1'], [0, 3])).toEqual(['the group is at 1-3, of 2 messages'])
  })

  it.each(['4 0-0', '3 0-9', '3 5-0', 'nonsense'])(
    'finds %s, for which there is no input',
    (value) => {
      const check = new OnceCheck(counts)
      const stray: Output = { partition: 7, offset: 4, value }
      check.add(stray)
      expect(check.findings([0, 0])).toEqual([`7@4 holds '${value}', of which there is no input`])
    },
  )

  it('has inputs that contain their position', () => {
    expect(inputText(1, 12)).toBe('1-12')
    expect(outputText('1-12')).toBe('4 1-12')
  })
})
