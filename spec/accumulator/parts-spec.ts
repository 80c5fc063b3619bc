import { describe, expect, it } from 'vitest'
import { splitBatch } from '../../lib/accumulator/split.ts'
import { checkBatch } from '../../lib/records/batch-reader.ts'
import { codecs } from '../../lib/records/compression.ts'
import { batchOf } from '../support/batch-of.ts'

const stamp = { producerId: -1n, producerEpoch: -1, baseSequence: -1 }
const available = Object.values(codecs).filter((codec) => codec.compressNeeds() === null)
const headers = [{ key: 'h', value: 'v' }]

describe('the parts of a batch', () => {
  it.each(available.map((codec) => [codec.name, codec] as const))(
    'are two, keep its codec and the headers of records, and each count from 0: %s',
    (_, codec) => {
      const values = Array.from({ length: 10 }, (_, index) => `${index}${'x'.repeat(200)}`)
      const records = values.map((value) => ({ value, headers }))
      const { batch } = batchOf(records, { codec })
      batch.close()
      batch.depart(stamp, 0)
      batch.landed()

      const parts = splitBatch(batch)!.map((part) => {
        part.depart(stamp, 0)
        return checkBatch(Buffer.concat(part.chunks))
      })

      expect(parts).toHaveLength(2)
      for (const { header, records: list } of parts) {
        expect([header.attributes, header.magic]).toEqual([codec.id, 2])
        expect(list.map(({ offset }) => Number(offset))).toEqual([...list.keys()])
        expect(list.every((record) => record.headers.length === 1)).toBe(true)
      }
      const read = parts.flatMap((part) => part.records)
      expect(read.map(({ value }) => Buffer.from(value!).toString())).toEqual(values)
    },
  )
})
