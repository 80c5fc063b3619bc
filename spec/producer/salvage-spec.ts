import { describe, expect, it } from 'vitest'
import { Fifo } from '../../lib/collections/fifo.ts'
import { Guard } from '../../lib/collections/guard.ts'
import type { DeliveryErrorCode } from '../../lib/errors/delivery-error.ts'
import type { ProducerRecord, Receipt } from '../../lib/model.ts'
import { salvage, type Wreck } from '../../lib/producer/salvage.ts'
import type { Outcome } from '../../lib/sender/sender.ts'
import { failed } from '../../lib/stages/envelope.ts'
import { batchOf } from '../support/batch-of.ts'
import { envelope } from '../support/envelopes.ts'

const bug = new Error('a bug')
const throws = () => {
  throw new Error('another')
}

function settledOf(...all: Outcome[]): Fifo<Outcome> {
  const settled = new Fifo<Outcome>()
  for (const one of all) settled.push(one)
  return settled
}

/** What remains after a bug, and what its records got: value and code. */
function stage(parts: Partial<Wreck> = {}) {
  const told: string[] = []
  const causes = new Set<unknown>()
  const wreck: Wreck = {
    unbatched: { takeAll: () => [envelope({ value: 'waiting' })] },
    questions: { abort: (code, cause) => note('question', code, cause) },
    sender: { abort() {}, settled: new Fifo<Outcome>() },
    accumulator: { unreported: [batchOf(['a', 'b']).batch, batchOf(['c']).batch] },
    ...parts,
  }
  function note(what: unknown, code?: DeliveryErrorCode, cause?: unknown) {
    told.push(`${what}: ${code}`)
    causes.add(cause)
  }
  const tell = ({ error }: Receipt) => {
    const { record, code, cause } = error!
    note((record as ProducerRecord).value, code, cause)
  }
  salvage(wreck, { bug, now: 0, tell, guard: new Guard() })
  return { told, causes }
}

describe('salvage', () => {
  it('fails waiting records, requests and records in batches with the bug as the cause', () => {
    const { told, causes } = stage()
    expect(told).toEqual(['waiting: CLOSED', 'question: CLOSED', ...batched('abc')])
    expect([...causes]).toEqual([bug])
  })

  it('keeps the earlier failure of a record', () => {
    const late = failed(envelope({ value: 'late' }), 'BUFFER_EXHAUSTED')
    const { told } = stage({ unbatched: { takeAll: () => [late] } })
    expect(told[0]).toBe('late: BUFFER_EXHAUSTED')
  })

  it('reports settled records once, with their results', () => {
    const { batch } = batchOf(['x'])
    batch.fail()
    const { told } = stage({
      sender: {
        abort() {},
        settled: settledOf({ batch, failure: { code: 'DELIVERY_TIMEOUT' } }),
      },
      accumulator: { unreported: [batch] },
    })
    expect(told.slice(2)).toEqual(['x: DELIVERY_TIMEOUT'])
  })

  it("reports the rest of a batch that was just being reported, with the batch's result", () => {
    const { batch } = batchOf(['told', 'x', 'y'])
    batch.fail()
    batch.told = 1
    const { told } = stage({
      sender: {
        abort() {},
        settled: settledOf({ batch, failure: { code: 'DELIVERY_TIMEOUT' } }),
      },
      accumulator: { unreported: [batch] },
    })
    expect(told.slice(2)).toEqual(['x: DELIVERY_TIMEOUT', 'y: DELIVERY_TIMEOUT'])
  })

  it('reports what the sender could still fail', () => {
    const { batch } = batchOf(['x'])
    const settled = settledOf()
    const failures: unknown[] = []
    const { told } = stage({
      sender: {
        abort: (failure) => {
          batch.fail()
          failures.push(failure)
          settled.push({ batch, failure })
        },
        settled,
      },
      accumulator: { unreported: [batch] },
    })
    expect(told.slice(2)).toEqual(['x: CLOSED'])
    expect(failures).toEqual([{ code: 'CLOSED', cause: bug }])
  })

  it.each<[string, Partial<Wreck>, string[]]>([
    ['what waits', { unbatched: { takeAll: throws } }, ['question: CLOSED', ...batched('abc')]],
    ['who asks', { questions: { abort: throws } }, ['waiting: CLOSED', ...batched('abc')]],
    [
      'the sender',
      { sender: { abort: throws, settled: new Fifo<Outcome>() } },
      ['waiting: CLOSED', 'question: CLOSED', ...batched('abc')],
    ],
    [
      'a batch',
      { accumulator: { unreported: [throwing(batchOf(['a']).batch), batchOf(['b']).batch] } },
      ['waiting: CLOSED', 'question: CLOSED', ...batched('ab')],
    ],
  ])('continues if %s throws', (_, parts, expected) => {
    expect(stage(parts).told).toEqual(expected)
  })
})

function batched(values: string): string[] {
  return [...values].map((value) => `${value}: CLOSED`)
}

function throwing<T extends { fail(): void }>(batch: T): T {
  batch.fail = throws
  return batch
}
