import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import type { ConnectionState } from '../../lib/wire/connection-state.ts'
import { closedByUs, lost, silent, slowSetup } from '../../lib/wire/loss.ts'

const to = { host: 'b', port: 1 }

function lostIn(state: ConnectionState, cause: Error | null) {
  return lost({ state, to, tls: null, cause, mayMend: false, isOfUse: true, mechanism: null })
}

describe('the sentence of a lost connection', () => {
  it.each([
    ['connecting', 'CONNECT_FAILED', 'cannot connect to b:1: ECONNREFUSED'],
    [
      'negotiating',
      'DISCONNECTED',
      'b:1 closed the connection before it answered ApiVersions: ECONNREFUSED; does Kafka listen there, without TLS?',
    ],
    ['ready', 'DISCONNECTED', 'b:1 closed the connection: ECONNREFUSED'],
  ] as const)('while %s', (state, code, message) => {
    const cause = new Error('ECONNREFUSED')
    expect(lostIn(state, cause)).toMatchObject({ code, message, address: 'b:1', cause })
  })

  it('names every address of a host that has several', () => {
    // Node's own, as modules in Jest see it.
    const make = "new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')])"
    const cause = runInNewContext(make)
    expect(lostIn('connecting', cause).message).toBe(
      'cannot connect to b:1: ::1 refused; 127.0.0.1 refused',
    )
  })

  it.each([
    ['code', { code: 'ERR_ACCESS_DENIED' }],
    ['name', { name: 'NotCapable' }],
    ['name', { name: 'PermissionDenied' }],
  ])('says that the runtime forbids it, which is permanent: by its %s %o', (_, facts) => {
    const error = lostIn('connecting', Object.assign(new Error('denied'), facts))

    expect(error).toMatchObject({ code: 'ACCESS_DENIED', retriable: false })
    expect(error.message).toBe('the runtime does not let this program connect to b:1: denied')
  })

  it('needs no cause', () => {
    expect(lostIn('ready', null).message).toBe('b:1 closed the connection')
  })
})

describe('the sentence of a limit', () => {
  it('contains the limit', () => {
    expect(slowSetup('b:1', 10_000)).toMatchObject({
      code: 'CONNECT_TIMEOUT',
      message: 'b:1: no connection within 10000 ms',
      limitMs: 10_000,
    })
    expect(silent('Produce', 'b:1', 30_000)).toMatchObject({
      code: 'REQUEST_TIMEOUT',
      message: 'b:1 did not answer Produce within 30000 ms',
      limitMs: 30_000,
    })
  })
})

describe('whether it helps to try again', () => {
  it('is yes, unless the client closed the connection', () => {
    expect(lostIn('ready', null).retriable).toBe(true)
    expect(silent('Produce', 'b:1', 1).retriable).toBe(true)
    expect(closedByUs('b:1').retriable).toBe(false)
  })
})
