// Laws for every message in every version, in both directions.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../lib/errors/protocol-error.ts'
import { apiByKey, apis } from '../../lib/protocol/apis.ts'
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
} from '../../lib/protocol/headers.ts'
import type { Api } from '../../lib/protocol/message.ts'
import { arbitraryStruct } from '../support/arbitrary-message.ts'

const correlationId = fc.integer({ min: -0x80000000, max: 0x7fffffff })
const clientId = fc.option(fc.string({ unit: 'binary', maxLength: 12 }))

const everyVersion = apis.flatMap((api) => {
  const [min, max] = api.versions
  return Array.from({ length: max - min + 1 }, (_, index) => [api.name, min + index, api] as const)
})

/** The frame in one piece, without its size, which has to be right. */
function unframed(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat(chunks)
  expect(bytes.readInt32BE(0)).toBe(bytes.length - 4)
  return bytes.subarray(4)
}

describe.each(everyVersion)('%s v%i', (_, version, api) => {
  const requests = arbitraryStruct(api.request.fields, version)
  const responses = arbitraryStruct(api.response.fields, version)

  it('decodes the request that was encoded', () => {
    fc.assert(
      fc.property(requests, correlationId, clientId, ({ input, output }, id, client) => {
        const facts = { correlationId: id, clientId: client }
        const frame = unframed(encodeRequest(api, version, facts, input))
        expect(decodeRequest(frame, apiByKey)).toEqual({ api, version, ...facts, body: output })
      }),
      { numRuns: 60 },
    )
  })

  it('decodes the response that was encoded', () => {
    fc.assert(
      fc.property(responses, correlationId, ({ input, output }, id) => {
        const frame = unframed(encodeResponse(api, version, id, input))
        expect(decodeResponse(api, version, frame)).toEqual({ correlationId: id, body: output })
      }),
      { numRuns: 60 },
    )
  })

  it('decodes a response for the client completely, except fields that the client does not read', () => {
    fc.assert(
      fc.property(responses, ({ input }) => {
        const frame = unframed(encodeResponse(api, version, 7, input))
        const { body } = decodeResponse(api, version, frame, true)
        expect(withoutUnread(body)).toEqual(withoutUnread(decodeResponse(api, version, frame).body))
        const end = Math.max(4, frame.length - 1)
        expect(failure(() => decodeResponse(api, version, frame.subarray(0, end), true))).toBe(
          end < frame.length ? 'TRUNCATED' : null,
        )
      }),
      { numRuns: 60 },
    )
  })

  it('fails with TRUNCATED wherever a message ends too early', () => {
    fc.assert(
      fc.property(requests, responses, (request, response) => {
        const facts = { correlationId: 7, clientId: 'me' }
        const asked = unframed(encodeRequest(api, version, facts, request.input))
        const answer = unframed(encodeResponse(api, version, 7, response.input))
        for (let end = 0; end < asked.length; end++) {
          expect(failure(() => decodeRequest(asked.subarray(0, end), apiByKey))).toBe('TRUNCATED')
        }
        for (let end = 0; end < answer.length; end++) {
          const cut = answer.subarray(0, end)
          expect(failure(() => decodeResponse(api, version, cut))).toBe('TRUNCATED')
        }
      }),
      { numRuns: 5 },
    )
  })

  it('fails with TRAILING_BYTES if a message ends before its frame', () => {
    fc.assert(
      fc.property(requests, responses, (request, response) => {
        const facts = { correlationId: 7, clientId: null }
        const asked = unframed(encodeRequest(api, version, facts, request.input))
        const answer = unframed(encodeResponse(api, version, 7, response.input))
        expect(failure(() => decodeRequest(longer(asked), apiByKey))).toBe('TRAILING_BYTES')
        expect(failure(() => decodeResponse(api, version, longer(answer)))).toBe('TRAILING_BYTES')
      }),
      { numRuns: 5 },
    )
  })

  it('decodes altered bytes to a value or a ProtocolError', () => {
    const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) })
    fc.assert(
      fc.property(requests, responses, change, (request, response, { at, byte }) => {
        const facts = { correlationId: 7, clientId: 'me' }
        const asked = Buffer.from(unframed(encodeRequest(api, version, facts, request.input)))
        const answer = Buffer.from(unframed(encodeResponse(api, version, 7, response.input)))
        asked[at % asked.length] = byte
        answer[at % answer.length] = byte
        failure(() => decodeRequest(asked, apiByKey))
        failure(() => decodeResponse(api, version, answer))
      }),
      { numRuns: 60 },
    )
  })

  it('decodes noise to a value or a ProtocolError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
        failure(() => decodeResponse(api, version, noise))
        failure(() => decodeRequest(preceded(api, version, noise), apiByKey))
      }),
      { numRuns: 60 },
    )
  })
})

describe('the list of APIs', () => {
  it('finds each by its key, and nothing by an unknown key', () => {
    for (const api of apis) expect(apiByKey(api.key)).toBe(api)
    expect(apiByKey(9999)).toBeUndefined()
  })

  it('is sorted by key', () => {
    const keys = apis.map(({ key }) => key)
    expect(keys).toEqual([...new Set(keys)].toSorted((a, b) => a - b))
  })
})

/** The code of the ProtocolError that `work` throws; null if it throws none. Others surface. */
function failure(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (error) {
    if (error instanceof ProtocolError) return error.code
    throw error
  }
}

function longer(frame: Uint8Array): Uint8Array {
  return Buffer.concat([frame, Buffer.of(0)])
}

/** Noise after a part of a request header that has to be right for decoding to continue. */
function preceded(api: Api, version: number, noise: Uint8Array): Uint8Array {
  const header = Buffer.alloc(8)
  header.writeInt16BE(api.key, 0)
  header.writeInt16BE(version, 2)
  return Buffer.concat([header, noise])
}

/** The fields of Metadata's partitions that the client does not need. */
const unread = new Set(['replicaNodes', 'isrNodes', 'offlineReplicas'])

/** The same value without those fields. */
function withoutUnread(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUnread)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const kept = Object.entries(value).filter(([name]) => !unread.has(name))
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutUnread(inner)]))
}
