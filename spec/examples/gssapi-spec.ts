import { describe, expect, it } from 'vitest'
import { gssapi, type Kerberos, type KerberosClient } from '../../examples/gssapi.ts'
import { begin, said, stepped } from '../support/sasl-dialogue.ts'

// The exchanges of the example with a fake Kerberos whose tickets are words.
// spec/kafka/gssapi-spec.ts uses the real one, with a real Kafka.

const text = (base64: string) => Buffer.from(base64, 'base64').toString()
const base64 = (words: string | Buffer) => Buffer.from(words).toString('base64')

/** Done after a number of steps; the last step may return nothing. */
function kerberosOf({ steps = 2, layers = Buffer.of(7, 0, 255, 255), fails = '' } = {}) {
  const asked: unknown[] = []
  let count = 0
  const client: KerberosClient = {
    get contextComplete() {
      return count >= steps
    },
    async step(challenge) {
      if (fails !== '') throw new Error(fails)
      count += 1
      return count === steps && steps > 1 ? null : base64(`ticket for '${text(challenge)}'`)
    },
    unwrap: async (challenge) => (text(challenge) === 'layers' ? base64(layers) : ''),
    wrap: async (chosen) => base64(`wrapped ${Buffer.from(chosen, 'base64').toString('hex')}`),
  }
  const kerberos: Kerberos = {
    GSS_C_MUTUAL_FLAG: 2,
    GSS_C_INTEG_FLAG: 32,
    GSS_MECH_OID_KRB5: 9,
    async initializeClient(...args) {
      asked.push(args)
      return client
    },
  }
  return { kerberos, asked }
}

describe('the example gssapi', () => {
  it('exchanges tickets until both sides are authenticated, and then accepts no security layer', async () => {
    const { kerberos, asked } = kerberosOf()
    const exchange = begin(gssapi({ kerberos }))
    expect(await said(exchange)).toBe("ticket for ''")
    expect(await said(exchange, 'mutual')).toBe('')
    expect(await said(exchange, 'layers')).toBe('wrapped 01000000')
    expect(await said(exchange)).toBe('(done)')
    expect(asked).toEqual([['kafka@broker.example', { gssFlag: 34, mechOID: 9 }]])
  })

  it('needs no second ticket if the first is enough, and names service and principal', async () => {
    const { kerberos, asked } = kerberosOf({ steps: 1 })
    const exchange = begin(gssapi({ kerberos, service: 'logs', principal: 'me@SPEC' }))
    expect(await said(exchange)).toBe("ticket for ''")
    expect(await said(exchange, 'layers')).toBe('wrapped 01000000')
    expect(asked).toEqual([
      ['logs@broker.example', { gssFlag: 34, mechOID: 9, principal: 'me@SPEC' }],
    ])
  })

  it.each([
    ['security layers that are all encrypted', { steps: 1, layers: Buffer.of(6, 0, 255, 255) }],
    ['a truncated list of security layers', { steps: 1, layers: Buffer.of(7) }],
  ])('stops at %s', async (_, what) => {
    const exchange = begin(gssapi({ kerberos: kerberosOf(what).kerberos }))
    await said(exchange)
    await expect(said(exchange, 'layers')).rejects.toThrow(/wants a security layer of GSSAPI/)
  })

  it('fails with the error of Kerberos', async () => {
    const exchange = begin(gssapi({ kerberos: kerberosOf({ fails: 'no tickets' }).kerberos }))
    expect(await stepped(exchange)).toMatchObject({
      kind: 'failed',
      cause: { message: 'no tickets' },
    })
  })
})
