import { describe, expect, it } from 'vitest'
import type { Envelope, Receipt } from '../../lib/model.ts'
import { SentHeaders } from '../../lib/producer/sent-headers.ts'
import { FakeFeed } from '../support/marbles.ts'

const feed = new FakeFeed()
const headers = [{ key: 'trace', value: 'a' }]

const envelope = (more: Partial<Envelope>) =>
  ({ feed, ticket: 0, headers, failure: null, ...more }) as Envelope
const receipt = (more: Partial<Receipt> = {}) => ({ feed, ticket: 0, ...more }) as Receipt

const kept = (...envelopes: readonly Envelope[]): SentHeaders => {
  const sent = SentHeaders.for([{ onAcknowledgement: () => {} }])!
  for (const each of envelopes) sent.keep(each)
  return sent
}

describe('SentHeaders', () => {
  it('exists only if an interceptor listens to results', () => {
    expect(SentHeaders.for([{ onSend: (record) => record }])).toBeNull()
    expect(SentHeaders.for([])).toBeNull()
  })

  it('returns the headers of a record once, and then holds nothing', () => {
    const sent = kept(envelope({}))
    expect(sent.take(receipt())).toEqual(headers)
    expect(sent.size).toBe(0)
    expect(sent.take(receipt())).toEqual([])
  })

  it('distinguishes records of other feeds and tickets', () => {
    const other = [{ key: 'trace', value: 'b' }]
    const third = [{ key: 'trace', value: 'c' }]
    const stranger = new FakeFeed()
    const sent = kept(
      envelope({}),
      envelope({ ticket: 1, headers: other }),
      envelope({ feed: stranger, headers: third }),
    )
    expect(sent.take(receipt({ ticket: 1 }))).toEqual(other)
    expect(sent.take(receipt({ feed: stranger }))).toEqual(third)
    expect(sent.take(receipt())).toEqual(headers)
  })

  it('holds nothing for a record without headers or one that has failed', () => {
    const failure = {} as Envelope['failure']
    const sent = kept(envelope({ headers: null }), envelope({ headers: [] }), envelope({ failure }))
    expect(sent.size).toBe(0)
    expect(sent.take(receipt())).toEqual([])
  })

  it('cannot be changed by an interceptor', () => {
    const taken = kept(envelope({})).take(receipt())
    expect(() => (taken as unknown[]).push(1)).toThrow(TypeError)
  })
})
