import { expect, it } from 'vitest'
import { Lines } from '../../lib/sender/lines.ts'

it('there is one line for each partition, and all are found', () => {
  const lines = new Lines({ idempotent: false, maxInFlight: 5 })
  const one = lines.of({ topic: 'a', partition: 3 })
  const other = lines.of({ topic: 'b', partition: 3 })
  expect(lines.of({ topic: 'a', partition: 3 })).toBe(one)
  expect(lines.of({ topic: 'a', partition: 0 })).not.toBe(one)
  expect([...lines].map(({ topic, partition }) => `${topic}-${partition}`)).toEqual([
    'a-0',
    'a-3',
    'b-3',
  ])
  expect([...lines]).toContain(other)
})
