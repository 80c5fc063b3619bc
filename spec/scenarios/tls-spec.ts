import { isKafkaError } from 'to-kafka'
import type { MockListeners } from 'to-kafka/testing'
import { describe, expect, it } from 'vitest'
import { valued } from './sasl-stage.ts'
import { VirtualStage } from './virtual-stage.ts'

// TLS connections, in virtual time: what happens to records while connections cannot be secured.

const ssl = { 'security.protocol': 'SSL' } as const

function stageOf(listeners: MockListeners = { security: 'SSL' }, brokers = 1): VirtualStage {
  return new VirtualStage({ brokers, topics: { t: { partitions: brokers } }, listeners })
}

function ends(results: readonly { readonly status: string; readonly error?: unknown }[]): string[] {
  return results.map(({ status, error }) => {
    if (!isKafkaError(error)) return status
    return `${error.code}${isKafkaError(error.cause) ? ` ${error.cause.code}` : ''}`
  })
}

describe('a producer with TLS', () => {
  it('delivers', () => {
    const stage = stageOf()
    const results = stage.deliver(valued(['a', 'b']), ssl)
    stage.clock.runUntil(1_000)

    expect(ends(results)).toEqual(['fulfilled', 'fulfilled'])
  })

  it('fails all waiting records at once if a handshake failure is permanent', () => {
    const stage = stageOf()
    stage.cluster.failHandshakes('CERT_HAS_EXPIRED')
    const results = stage.deliver(valued(['a', 'b']), ssl)
    stage.clock.runUntil(50)

    expect(ends(results)).toEqual(Array(2).fill('AUTHENTICATION_FAILED TLS_FAILED'))
    expect(results).toMatchObject([
      { error: { persisted: 'no', message: expect.stringMatching(/has expired/) } },
      {},
    ])
  })

  it('continues after that: the next record is delivered once the certificate is right', () => {
    const stage = stageOf()
    stage.cluster.failHandshakes('ERR_TLS_CERT_ALTNAME_INVALID')
    const producer = stage.producer(ssl)
    const before = stage.deliverOn(producer, valued(['a']))
    stage.clock.runUntil(50)
    stage.cluster.failHandshakes(null)
    const after = stage.deliverOn(producer, valued(['b']))
    stage.clock.runUntil(2_000)

    expect(ends(before)).toEqual(['AUTHENTICATION_FAILED TLS_FAILED'])
    expect(ends(after)).toEqual(['fulfilled'])
  })

  it('recognizes a refusal after the handshake, as in TLS 1.3', () => {
    const stage = stageOf()
    const code = 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'
    stage.cluster.failHandshakes(code, { late: true })
    const producer = stage.producer(ssl)
    const before = stage.deliverOn(producer, valued(['a']))
    stage.clock.runUntil(50)
    stage.cluster.failHandshakes(null)
    const after = stage.deliverOn(producer, valued(['b']))
    stage.clock.runUntil(2_000)

    expect(ends(before)).toEqual(['AUTHENTICATION_FAILED TLS_FAILED'])
    expect(before).toMatchObject([
      { error: { message: expect.stringMatching(/requires a client certificate/) } },
    ])
    expect(ends(after)).toEqual(['fulfilled'])
    expect(stage.cluster.records('t').map(({ valueText }) => valueText)).toEqual(['b'])
  })

  it('does not fail because of one broker while another accepts it', () => {
    const stage = stageOf({ security: 'SSL' }, 2)
    const producer = stage.producer(ssl)
    const warm = stage.deliverOn(producer, valued(['a']))
    stage.clock.runUntil(500)
    stage.cluster.failHandshakes('CERT_HAS_EXPIRED', { broker: 2 })
    const results = stage.deliverOn(producer, valued(['b', 'c'], 2))
    stage.clock.runUntil(5_000)
    expect(results.every(({ status }) => status === 'fulfilled')).toBe(true)
    stage.cluster.failHandshakes(null, { broker: 2 })
    stage.clock.runUntil(10_000)

    expect(ends([...warm, ...results])).toEqual(Array(3).fill('fulfilled'))
  })

  it('waits for a broker that is paused in the handshake', () => {
    const stage = stageOf()
    stage.cluster.pauseBroker(1)
    const results = stage.deliver(valued(['a']), ssl)
    stage.clock.runUntil(5_000)
    expect(results).toEqual([])
    stage.cluster.resumeBroker(1)
    stage.clock.runUntil(6_000)

    expect(ends(results)).toEqual(['fulfilled'])
  })

  it('tries again if the other side only closes the connection, as without TLS', () => {
    const stage = stageOf({})
    const results = stage.deliver(valued(['a']), { ...ssl, 'max.block.ms': 5_000 })
    stage.clock.runUntil(4_000)
    expect(results).toEqual([])
    stage.clock.runUntil(6_000)

    expect(ends(results)).toEqual(['METADATA_TIMEOUT DISCONNECTED'])
    expect(results).toMatchObject([
      { error: { message: expect.stringMatching(/does it speak TLS there/) } },
    ])
  })
})

describe('a producer without TLS at a TLS listener', () => {
  it('fails with an error that says so', () => {
    const stage = stageOf()
    const results = stage.deliver(valued(['a']), { 'max.block.ms': 1_000 })
    stage.clock.runUntil(2_000)

    expect(ends(results)).toEqual(['METADATA_TIMEOUT NOT_KAFKA'])
    expect(results).toMatchObject([{ error: { message: expect.stringMatching(/speaks TLS/) } }])
  })
})
