import { describe, expect, it } from 'vitest'
import { readHeader } from '../../lib/records/batch-header.ts'
import { PartitionLog } from '../../lib/testing/partition-log.ts'
import { ProducerStates } from '../../lib/testing/producer-states.ts'
import { batch } from '../support/batches.ts'

/**
 * The verdicts of a partition, batch by batch: the offset of a repeat, the error, or the new
 * offset.
 */
function partition() {
  const states = new ProducerStates()
  const log = new PartitionLog()
  return {
    states,
    write(baseSequence: number, { count = 1, epoch = 0, producerId = 5 } = {}): number | string {
      const records = Array.from({ length: count }, () => ({}))
      const bytes = batch({ records, producerId, producerEpoch: epoch, baseSequence })
      const header = readHeader(bytes)
      const verdict = states.judge(header)
      if (verdict.kind === 'refuse') return verdict.error
      if (verdict.kind === 'repeat') return `repeat of ${verdict.of.baseOffset}`
      const stored = log.append(bytes, header, 0, null)
      states.remember(header, stored)
      return stored.baseOffset
    },
  }
}

describe('ProducerStates', () => {
  it('accepts sequences without gaps, counted in records', () => {
    const { write } = partition()
    expect([write(0, { count: 3 }), write(3), write(4, { count: 2 })]).toEqual([0, 3, 4])
    expect(write(7)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(write(6)).toBe(6)
  })

  it('answers a repeat of the last five batches with the offset of the first time', () => {
    const { write } = partition()
    for (let sequence = 0; sequence < 6; sequence++) write(sequence)

    expect([1, 2, 3, 4, 5].map((sequence) => write(sequence))).toEqual(
      [1, 2, 3, 4, 5].map((offset) => `repeat of ${offset}`),
    )
    expect(write(6)).toBe(6)
  })

  it('cannot tell an older repeat from a wrong sequence, as in Kafka 4', () => {
    const { write } = partition()
    for (let sequence = 0; sequence < 6; sequence++) write(sequence)
    expect(write(0)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
  })

  it('treats as a repeat only a batch with the same first and last sequence', () => {
    const { write } = partition()
    write(0, { count: 3 })
    expect(write(0, { count: 2 })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(write(1, { count: 2 })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
  })

  it('lets an unknown producer begin anywhere', () => {
    const { write, states } = partition()
    expect(write(41)).toBe(0)
    states.forget()
    expect(write(99)).toBe(1)
  })

  it('begins a new epoch at sequence 0 and forgets the batches of the old one', () => {
    const { write } = partition()
    write(0)
    expect(write(1, { epoch: 1 })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(write(0, { epoch: 1 })).toBe(1)
    expect(write(0, { epoch: 0 })).toBe('INVALID_PRODUCER_EPOCH')
    expect(write(0, { epoch: 1 })).toBe('repeat of 1')
  })

  it('goes from 2147483647 to 0, also within a batch', () => {
    const { write } = partition()
    write(2147483646, { count: 2 })
    expect(write(0, { count: 2 })).toBe(2)

    const other = partition()
    other.write(2147483646, { count: 4 })
    expect(other.write(2147483646, { count: 4 })).toBe('repeat of 0')
    expect(other.write(2)).toBe(4)
  })

  it('treats producers separately', () => {
    const { write } = partition()
    write(0)
    expect(write(0, { producerId: 6 })).toBe(1)
    expect(write(1)).toBe(2)
  })
})
