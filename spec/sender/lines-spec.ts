import { expect, it } from 'vitest'
import { Lines, lineOf } from '../../lib/sender/lines.ts'
import { placeOf } from '../support/place-of.ts'

const rules = { idempotent: false, maxInFlight: 5 }

it('each partition has one line, and keeps it', () => {
  const lines = new Lines(rules)
  const [place, other] = [placeOf(3), placeOf(4)]
  expect(lineOf(place)).toBeNull()
  const line = lines.of(place)
  expect([lines.of(place), lineOf(place)]).toEqual([line, line])
  expect(lines.of(other)).not.toBe(line)
  expect(line).toMatchObject({ topic: 't', partition: 3 })
})

it('lines are listed while they have something to send, or wait for an older batch', () => {
  const lines = new Lines(rules)
  const [one, other] = [lines.of(placeOf(0)), lines.of(placeOf(1))]
  for (const line of [one, other]) {
    line.lease = {} as never
    lines.begun(line)
  }
  expect([...lines]).toEqual([one, other])
  one.lease = null
  other.lease = null
  other.batches.push({} as never)
  lines.looked(one)
  lines.looked(other)
  expect([...lines]).toEqual([other])
  expect(lines.areIdle).toBe(false)
  other.batches.length = 0
  expect(lines.areIdle).toBe(true)
})
