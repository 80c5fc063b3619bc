// Golden frames, written by hand from the Kafka protocol guide: every header version, and
// ApiVersions, which is an exception. Round trips of all messages are in apis-spec.ts.

import { describe, expect, it } from 'vitest'
import { apiByKey } from '../../lib/protocol/apis.ts'
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  peekCorrelationId,
  peekRequest,
} from '../../lib/protocol/headers.ts'
import { ApiVersions } from '../../lib/protocol/messages/api-versions.ts'
import { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'

const me = { correlationId: 7, clientId: 'me' }
const hex = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).toString('hex')
const bytes = (...parts: string[]) => Buffer.from(parts.join(''), 'hex')
const codeOf = (code: string) => expect.objectContaining({ code })

describe('a request', () => {
  it('before flexible versions has header v1: key, version, correlation id, client id', () => {
    const frame = ['0000000c', '0012', '0000', '00000007', '0002', '6d65']
    expect(hex(encodeRequest(ApiVersions, 0, me, {}))).toBe(frame.join(''))
  })

  it('without a client id has a length of -1 instead', () => {
    const nobody = { correlationId: 7, clientId: null }
    const frame = ['0000000a', '0012', '0000', '00000007', 'ffff']
    expect(hex(encodeRequest(ApiVersions, 0, nobody, {}))).toBe(frame.join(''))
  })

  it('in flexible versions has header v2: no compact client id, but tagged fields', () => {
    const frame = [
      ...['0000001b', '0012', '0003', '00000007', '0002', '6d65', '00'],
      ...['09', '746f2d6b61666b61', '04', '312e30', '00'],
    ]
    const body = { clientSoftwareName: 'to-kafka', clientSoftwareVersion: '1.0' }
    expect(hex(encodeRequest(ApiVersions, 3, me, body))).toBe(frame.join(''))
    expect(decodeRequest(bytes(...frame.slice(1)), apiByKey)).toEqual({
      ...{ api: ApiVersions, version: 3, ...me },
      body: { ...body, clusterId: null, nodeId: -1 },
    })
  })

  it('is refused if it is too large for its size field, and nothing is sent', () => {
    const piece = Buffer.alloc(2 ** 20) // the same chunk many times, to avoid gigabytes
    const records = Array.from({ length: 1024 }, () => piece)
    const partitionData = [0, 1].map((index) => ({ index, records }))
    const body = { acks: -1, timeoutMs: 1, topicData: [{ name: 't', partitionData }] }

    expect(() => encodeRequest(Produce, 9, me, body)).toThrow(/at most 2147483647/)
  })

  it('may have unknown tagged fields in its header', () => {
    const header = bytes('0016', '0002', '00000007', '0002', '6d65', '01', '05', '02', 'aabb')
    const body = bytes('00', '0000ea60', '00')
    const { body: decoded } = decodeRequest(Buffer.concat([header, body]), apiByKey)
    expect(decoded).toMatchObject({ transactionalId: null, transactionTimeoutMs: 60_000 })
  })

  it('with an unknown key or version is refused with an error that names both', () => {
    const unknownApi = bytes('7000', '0001', '00000007')
    const unknownVersion = bytes('0012', '0063', '00000007')
    expect(peekRequest(unknownVersion)).toEqual({ key: 18, version: 99, correlationId: 7 })
    expect(() => decodeRequest(unknownApi, apiByKey)).toThrow(codeOf('INVALID_VALUE'))
    expect(() => decodeRequest(unknownVersion, apiByKey)).toThrow(codeOf('INVALID_VALUE'))
    expect(() => encodeRequest(ApiVersions, 99, me, {})).toThrow(codeOf('INVALID_VALUE'))
  })

  it('refers to large closed record batches between its own bytes', () => {
    const batches = [Buffer.alloc(5000, 1), Buffer.alloc(6000, 2)]
    const partitionData = [{ index: 0, records: batches }]
    const body = { acks: -1, timeoutMs: 1500, topicData: [{ name: 'orders', partitionData }] }
    const chunks = encodeRequest(Produce, 9, me, body)
    expect(chunks).toHaveLength(4)
    expect(chunks[1]).toBe(batches[0])
    expect(chunks[2]).toBe(batches[1])
    expect(Buffer.concat(chunks).readInt32BE(0)).toBe(Buffer.concat(chunks).length - 4)
  })

  it('names message and field in its errors', () => {
    const body = { transactionalId: 'x'.repeat(0x8000), transactionTimeoutMs: 1 }
    const words = 'InitProducerId v0 request: a string of 32768 bytes'
    expect(() => encodeRequest(InitProducerId, 0, me, body)).toThrow(words)
  })
})

describe('a response', () => {
  it('of ApiVersions v0 is header v0 and arrays with int32 lengths', () => {
    const frame = ['00000010', '00000007', '0000', '00000001', '0012', '0000', '0003']
    const apiKeys = [{ apiKey: 18, minVersion: 0, maxVersion: 3 }]
    const body = { errorCode: 0, apiKeys }
    expect(hex(encodeResponse(ApiVersions, 0, 7, body))).toBe(frame.join(''))
    expect(decodeResponse(ApiVersions, 0, bytes(...frame.slice(1)))).toMatchObject({
      correlationId: 7,
      body,
    })
  })

  it('of ApiVersions keeps header v0 in flexible versions, so that every client can read it', () => {
    const frame = [
      ...['00000020', '00000007', '0000', '02', '0012', '0000', '0004', '00', '00000000'],
      ...['02', '01', '08', '000000000000002a', '03', '01', '01'],
    ]
    const apiKeys = [{ apiKey: 18, minVersion: 0, maxVersion: 4 }]
    const tagged = { finalizedFeaturesEpoch: 42n, zkMigrationReady: true }
    const body = { errorCode: 0, apiKeys, ...tagged }
    expect(hex(encodeResponse(ApiVersions, 3, 7, body))).toBe(frame.join(''))
    expect(decodeResponse(ApiVersions, 3, bytes(...frame.slice(1)))).toEqual({
      correlationId: 7,
      body: { ...body, throttleTimeMs: 0, supportedFeatures: [], finalizedFeatures: [] },
    })
  })

  it('of ApiVersions v0 is never mistaken for a flexible version', () => {
    const unsupported = [
      bytes('00000007', '0023', '00000001', '0012', '0000', '0004'),
      bytes('00000007', '0023', '00000000'),
    ]
    for (const frame of unsupported) {
      expect(() => decodeResponse(ApiVersions, 4, frame)).toThrow(codeOf('INVALID_VALUE'))
      expect(decodeResponse(ApiVersions, 0, frame).body.errorCode).toBe(35)
    }
  })

  it('of other APIs has header v1 with tagged fields in flexible versions', () => {
    const body = ['00000000', '0000', '000000000000002a', '0001', '00']
    const frame = ['00000016', '00000007', '00', ...body]
    const answer = { throttleTimeMs: 0, errorCode: 0, producerId: 42n, producerEpoch: 1 }
    expect(hex(encodeResponse(InitProducerId, 2, 7, answer))).toBe(frame.join(''))
    const tagged = bytes('00000007', '02', '05', '02', 'aabb', '06', '00', ...body)
    const decoded = decodeResponse(InitProducerId, 2, tagged)
    expect(decoded).toEqual({ correlationId: 7, body: answer })
  })

  it('names its request before it is decoded', () => {
    expect(peekCorrelationId(bytes('fffffff9', 'aa'))).toBe(-7)
    expect(() => peekCorrelationId(bytes('0000'))).toThrow(codeOf('TRUNCATED'))
  })

  it('that announces more than its frame holds is refused before memory is allocated', () => {
    const endless = bytes('00000007', '0000', '7fffffff', '0012', '0000', '0004')
    expect(() => decodeResponse(ApiVersions, 0, endless)).toThrow(codeOf('TRUNCATED'))
    const compact = bytes('00000007', '0000', 'ffffffff0f', '0012')
    expect(() => decodeResponse(ApiVersions, 3, compact)).toThrow(codeOf('TRUNCATED'))
    const tags = bytes('00000007', 'ffffffff0f', '00')
    expect(() => decodeResponse(InitProducerId, 2, tags)).toThrow(codeOf('TRUNCATED'))
  })
})
