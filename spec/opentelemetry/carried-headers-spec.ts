import type { Headers } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { carries, headersGetter, withCarried } from '../../lib/opentelemetry/carried-headers.ts'

const carried = { traceparent: 'new' }
const forms: readonly (readonly [string, () => Headers])[] = [
  [
    'a list',
    () => [
      { key: 'h', value: 'v' },
      { key: 'traceparent', value: 'old' },
      { key: 'h', value: new Uint8Array([0x77]) },
    ],
  ],
  ['an object', () => ({ h: ['v', 'w'], traceparent: 'old' })],
  [
    'a Map',
    () =>
      new Map([
        ['h', 'w'],
        ['traceparent', 'old'],
      ]),
  ],
]

describe('a trace context in headers', () => {
  it.each(forms)('replaces an earlier one in a copy of %s, which is not changed', (_, make) => {
    const headers = make()
    const before = structuredClone(headers)
    const after = withCarried(headers, carried)
    expect(headersGetter.get(after, 'traceparent')).toBe('new')
    expect(headersGetter.keys(after).filter((key) => key === 'traceparent')).toHaveLength(1)
    expect(headersGetter.get(after, 'h')).toBe('w')
    expect(headers).toEqual(before)
  })

  it('is the only header if there were none', () => {
    expect([withCarried(null, carried), withCarried(undefined, carried)]).toEqual([
      carried,
      carried,
    ])
  })

  it('does not replace something that is not headers', () => {
    for (const none of [7, 'text', [7]]) {
      expect(() => withCarried(none as never, carried)).toThrow(TypeError)
    }
  })

  it('is read as text: the last one of a name counts, and a header without a value does not', () => {
    const headers = [
      { key: 'a', value: 'first' },
      { key: 'a', value: Buffer.from('last') },
      { key: 'b', value: null },
    ]
    expect(['a', 'b', 'c'].map((name) => headersGetter.get(headers, name))).toEqual([
      'last',
      undefined,
      undefined,
    ])
  })

  it('is found in the headers that a record was sent with, if there is one', () => {
    const sent = [{ key: 'traceparent', value: Buffer.from('new') }]
    expect([carries(sent, carried), carries([], carried), carries(sent, {})]).toEqual([
      true,
      false,
      false,
    ])
  })
})
