import { expect, it } from 'vitest'
import { TopicTable } from '../../lib/topics/topic-table.ts'

it('a table has one topic of a name, until it is deleted', () => {
  const table = new TopicTable({ now: () => 0 })
  expect(table.get('a')).toBeUndefined()
  const a = table.of('a')
  table.of('b')
  expect([table.of('a'), table.get('a')]).toEqual([a, a])
  expect([...table].map(({ name }) => name)).toEqual(['a', 'b'])
  table.delete(a)
  expect([table.size, table.get('a')]).toEqual([1, undefined])
  expect(table.of('a')).not.toBe(a)
})
