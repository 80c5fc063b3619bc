import { describe, expect, it } from 'vitest'
import { Violations } from '../../lib/testing/violations.ts'

describe('Violations', () => {
  it('keep the first thousand messages, and count the others in one more', () => {
    const violations = new Violations()
    for (let index = 0; index < 1000; index += 1) violations.add(`${index}`)
    expect(violations.sentences).toHaveLength(1000)
    for (let index = 1000; index < 5000; index += 1) violations.add(`${index}`)
    expect(violations.sentences).toHaveLength(1001)
    expect(violations.sentences.slice(998)).toEqual(['998', '999', 'and 4000 more'])
  })

  it('shorten a message of more than a thousand characters, and say how long it was', () => {
    const violations = new Violations()
    violations.add('x'.repeat(1000))
    violations.add('y'.repeat(70_000))
    expect(violations.sentences).toEqual([
      'x'.repeat(1000),
      `${'y'.repeat(1000)}… (70000 characters)`,
    ])
  })
})
