import { describe, expect, it } from 'vitest'
import { DeliveryError } from '../../lib/errors/delivery-error.ts'
import type { Interceptor, Receipt } from '../../lib/model.ts'
import { tellInterceptors } from '../../lib/producer/acknowledgements.ts'
import { FakeFeed } from '../support/marbles.ts'

const record = { topic: 't', value: 'v' }
const headers = [{ key: 'trace', value: 'a' }]
const metadata = {
  topic: 't',
  partition: 1,
  offset: 7,
  timestamp: 8,
  serializedKeySize: -1,
  serializedValueSize: 1,
  record,
}

function tell(receipt: Partial<Receipt>, ...more: readonly Interceptor[]) {
  const heard: unknown[] = []
  const failed: unknown[] = []
  const hears: Interceptor = { onAcknowledgement: (...told) => heard.push(told) }
  const whole = { feed: new FakeFeed(), ticket: 0, metadata: null, error: null, ...receipt }
  tellInterceptors([...more, hears], whole, headers, (...what) => failed.push(what))
  return { heard, failed }
}

describe('tellInterceptors', () => {
  it('passes the metadata of an acknowledged record', () => {
    expect(tell({ metadata }).heard).toEqual([[metadata, null, headers]])
  })

  it('passes what is known of a failed record, and -1 for the rest', () => {
    const error = new DeliveryError('CLOSED', { record, topic: 't', partition: 2, persisted: 'no' })
    const place = { offset: -1, timestamp: -1, serializedKeySize: -1, serializedValueSize: -1 }
    const told = { topic: 't', partition: 2, record, ...place }
    expect(tell({ error }).heard).toEqual([[told, error, headers]])
  })

  it('calls the others even if one throws, and reports which one it was', () => {
    const no = new Error('no')
    const bad: Interceptor = {
      onAcknowledgement() {
        throw no
      },
    }
    const { heard, failed } = tell({ metadata }, bad, {})
    expect(heard).toHaveLength(1)
    expect(failed).toEqual([[no, bad]])
  })

  it('reports an interceptor that rejects later, and waits for none', async () => {
    const no = new Error('no')
    const bad: Interceptor = { onAcknowledgement: () => Promise.reject(no) as never }
    const good: Interceptor = { onAcknowledgement: () => Promise.resolve() as never }
    const { heard, failed } = tell({ metadata }, bad, good)
    expect(heard).toHaveLength(1)
    expect(failed).toEqual([])
    await new Promise(setImmediate)
    expect(failed).toEqual([[no, bad]])
  })
})
