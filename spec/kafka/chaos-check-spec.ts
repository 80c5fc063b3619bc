// The check of the chaos run finds what it should find. It runs without Kafka, on artificial logs.

import { describe, expect, it } from 'vitest'
import { Check } from './chaos-check.ts'
import { textOf } from './chaos-stream.ts'

/** Six records, the even ones in partition 0, the odd ones in partition 1. */
const told = {
  sent: 6,
  placeOf: (number: number) => ({ partition: number % 2, offset: Math.floor(number / 2) }),
}
const logs = [
  [0, 2, 4],
  [1, 3, 5],
]

function wrongIn(changed: readonly (readonly number[])[], stream = told) {
  const check = new Check(stream)
  for (const [partition, numbers] of changed.entries()) {
    for (const [offset, number] of numbers.entries()) {
      check.add({ partition, offset, value: Buffer.from(textOf(number)).toString('base64') })
    }
  }
  return check.findings()
}

describe('the check of a chaos run', () => {
  it('finds nothing if everything is right', () => {
    expect(wrongIn(logs)).toEqual({ records: 6, unplaced: 0, wrong: [] })
  })

  it('finds a record that is missing', () => {
    expect(
      wrongIn([
        [0, 2, 4],
        [1, 3],
      ]).wrong,
    ).toEqual(['5 is missing, told to be 1@2'])
  })

  it('finds a record that is in the log twice', () => {
    expect(
      wrongIn([
        [0, 2, 4, 4],
        [1, 3, 5],
      ]).wrong,
    ).toContain('0@3 holds 4 once more')
  })

  it('finds a record after a later one', () => {
    expect(
      wrongIn([
        [0, 4, 2],
        [1, 3, 5],
      ]).wrong,
    ).toContain('0@2 holds 2 behind 4')
  })

  it('finds a record that is not at the offset in its metadata', () => {
    expect(
      wrongIn([
        [2, 4],
        [0, 1, 3, 5],
      ]).wrong,
    ).toContain('1@0 holds 0, told to be 0@0')
  })

  it('finds a record that was not sent', () => {
    expect(
      wrongIn([
        [0, 2, 4, 6],
        [1, 3, 5],
      ]).wrong,
    ).toEqual(['0@3 holds 6, which was never sent'])
  })

  it('counts a record whose offset is unknown, and accepts it', () => {
    const placeOf = (number: number) =>
      number === 3 ? { partition: 1, offset: -1 } : told.placeOf(number)
    expect(wrongIn(logs, { sent: 6, placeOf })).toEqual({ records: 6, unplaced: 1, wrong: [] })
  })
})
