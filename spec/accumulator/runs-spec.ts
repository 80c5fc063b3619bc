import { array, assert, constantFrom, nat, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Runs } from '../../lib/accumulator/runs.ts'

function runsOf<T>(values: readonly T[]): Runs<T> {
  const runs = new Runs<T>()
  for (const value of values) runs.add(value)
  return runs
}

describe('Runs', () => {
  it('give back every value at its place, in whatever order they are asked for', () => {
    assert(
      property(array(constantFrom('a', 'b', undefined)), array(nat()), (values, questions) => {
        const runs = runsOf(values)
        expect(runs.length).toBe(values.length)
        expect(values.map((_, index) => runs.at(index))).toEqual(values)
        if (values.length === 0) return
        for (const question of questions) {
          const index = question % values.length
          expect(runs.at(index)).toBe(values[index])
        }
      }),
    )
  })

  it('begin anew once cleared', () => {
    const runs = runsOf(['a', 'a', 'b'])
    runs.at(2)
    runs.clear()
    expect(runs.length).toBe(0)
    runs.add('b')
    expect(runs.at(0)).toBe('b')
  })
})
