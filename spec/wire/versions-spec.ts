import { describe, expect, it } from 'vitest'
import { ApiVersions } from '../../lib/protocol/messages/api-versions.ts'
import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { askAgainIn, decodeVersions, VersionTable } from '../../lib/wire/versions.ts'
import { answerTo, apiKeys, type Ranges } from '../support/fake-broker.ts'

const unsupported = 35

const answer = (version: number, errorCode: number, ranges: Ranges) => {
  const request = { api: ApiVersions, version, correlationId: 1 }
  return answerTo(request, { errorCode, apiKeys: apiKeys(ranges) }).subarray(4)
}

const table = (...ranges: Ranges) => new VersionTable(decodeVersions(0, answer(0, 0, ranges)))

describe('a VersionTable', () => {
  const [oldest, newest] = Produce.versions

  it('chooses the newest version that both sides support', () => {
    expect(table([Produce, 0, 7]).of(Produce)).toBe(7)
    expect(table([Produce, 0, 99]).of(Produce)).toBe(newest)
    expect(table([Produce, oldest, oldest]).of(Produce)).toBe(oldest)
  })

  it('has no version of an API if the ranges do not overlap, or the broker lacks it', () => {
    expect(table([Produce, 0, oldest - 1]).of(Produce)).toBe(-1)
    expect(table([Produce, newest + 1, newest + 2]).of(Produce)).toBe(-1)
    expect(table([Produce, 0, 7]).of(Metadata)).toBe(-1)
    expect(new VersionTable().of(Produce)).toBe(-1)
  })
})

describe('decodeVersions', () => {
  it.each(Array.from({ length: ApiVersions.versions[1] + 1 }, (_, version) => [version]))(
    'reads an answer of version %i in its own layout',
    (version) => {
      const { apiKeys: keys } = decodeVersions(version, answer(version, 0, [[Produce, 3, 9]]))

      expect(keys).toEqual([{ apiKey: 0, minVersion: 3, maxVersion: 9 }])
    },
  )

  it('reads a refusal in version 0, whatever the version of the request', () => {
    const refusal = answer(0, unsupported, [[ApiVersions, 0, 2]])
    const { errorCode, apiKeys: keys } = decodeVersions(4, refusal)

    expect(errorCode).toBe(unsupported)
    expect(keys).toEqual([{ apiKey: 18, minVersion: 0, maxVersion: 2 }])
  })

  it('reads an error in the layout of version 0, even if another was requested', () => {
    // Kroxylicious, when the broker behind it is down: UNKNOWN_SERVER_ERROR, and no list.
    const frame = Uint8Array.from([0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0])

    expect(decodeVersions(5, frame)).toMatchObject({ errorCode: -1, apiKeys: [] })
  })

  it('reads a list in the layout of version 0, even if another was requested', () => {
    const { apiKeys: keys } = decodeVersions(5, answer(0, 0, [[Produce, 3, 9]]))

    expect(keys).toEqual([{ apiKey: 0, minVersion: 3, maxVersion: 9 }])
  })

  it('treats a refusal that fits no layout as one that lists nothing', () => {
    // librdkafka's mock cluster: a compact list in an answer that should be of version 0.
    const bytes = '00000001 0023 01 0012 0000 0002 00 00000000'.replaceAll(' ', '')
    const refusal = decodeVersions(5, Buffer.from(bytes, 'hex'))

    expect(refusal).toMatchObject({ errorCode: unsupported, apiKeys: [] })
    expect(askAgainIn(5, refusal, 1)).toBe(0)
  })

  it('names the requested layout if an answer fits none', () => {
    expect(() => decodeVersions(4, answer(4, 0, [[Produce, 3, 9]]).subarray(0, -1))).toThrow(
      expect.objectContaining({ message: expect.stringContaining('ApiVersions v4') }),
    )
  })

  it('refuses an answer that ends early', () => {
    expect(() => decodeVersions(0, answer(0, 0, [[Produce, 3, 9]]).subarray(0, -1))).toThrow(
      expect.objectContaining({ code: 'TRUNCATED' }),
    )
  })
})

describe('askAgainIn', () => {
  const refused = (...ranges: Ranges) => decodeVersions(4, answer(0, unsupported, ranges))

  it('does nothing if there is a list', () => {
    expect(askAgainIn(4, decodeVersions(4, answer(4, 0, [])), 1)).toBeNull()
  })

  it('asks in the version that the refusal lists, or in 0 if it lists none', () => {
    expect(askAgainIn(4, refused([ApiVersions, 0, 2]), 1)).toBe(2)
    expect(askAgainIn(4, refused(), 1)).toBe(0)
    expect(askAgainIn(4, refused([Produce, 0, 2]), 1)).toBe(0)
  })

  it('gives up if a broker refuses a version that it lists, or version 0', () => {
    const stubborn = { code: 'UNSUPPORTED_VERSION', broker: 1 }
    expect(() => askAgainIn(2, refused([ApiVersions, 0, 2]), 1)).toThrow(
      expect.objectContaining(stubborn),
    )
    expect(() => askAgainIn(0, refused(), 1)).toThrow(expect.objectContaining(stubborn))
  })

  it('gives up on any other error', () => {
    const denied = decodeVersions(4, answer(4, 31, []))
    expect(() => askAgainIn(4, denied, 1)).toThrow(
      expect.objectContaining({ code: 'CLUSTER_AUTHORIZATION_FAILED' }),
    )
  })
})
