import { generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  type AssertionParts,
  keyOf,
  makeAssertion,
  readClaims,
  unsecured,
} from '../../lib/security/jwt.ts'

const names = { subject: 'sub', scope: 'scope' }
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = { type: 'pkcs8', format: 'pem' } as const

function parts(more: Partial<AssertionParts> = {}): AssertionParts {
  return {
    algorithm: 'RS256',
    key: rsa.privateKey.export(pem).toString(),
    passphrase: null,
    claims: { iss: 'me', sub: 'me', aud: 'https://issuer' },
    template: null,
    expiresInSeconds: 300,
    notBeforeSeconds: 60,
    hasId: false,
    ...more,
  }
}

function decoded(token: string) {
  const [header = '', payload = ''] = token.split('.')
  const json = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
  return { header: json(header), payload: json(payload) }
}

describe('the claims of a token', () => {
  it('say when it was issued and when it expires', () => {
    expect(readClaims(unsecured({ sub: 'a', exp: 10.5, iat: 2, scope: 'x y' }), names)).toEqual({
      expiresAt: 10_500,
      issuedAt: 2_000,
    })
    const other = unsecured({ me: 'a', exp: 1, may: ['x', 'y'] })
    expect(readClaims(other, { subject: 'me', scope: 'may' }).expiresAt).toBe(1_000)
  })

  it.each([
    ['no parts', 'hunter2', 'three parts'],
    ['four parts', 'a.b.c.d', 'three parts'],
    ['no JSON', 'a.b.c', 'not a JSON object'],
    ['an array', `a.${Buffer.from('[1]').toString('base64url')}.c`, 'not a JSON object'],
    ['no end', unsecured({ sub: 'a' }), 'exp'],
    ['a negative end', unsecured({ sub: 'a', exp: -1 }), 'exp'],
    ['no subject', unsecured({ exp: 1 }), 'no subject (sub)'],
    ['a blank subject', unsecured({ exp: 1, sub: ' ' }), 'no subject'],
    ['a scope twice', unsecured({ exp: 1, sub: 'a', scope: ['x', 'x'] }), 'invalid scope'],
    ['a blank scope', unsecured({ exp: 1, sub: 'a', scope: [''] }), 'invalid scope'],
    ['an odd iat', unsecured({ exp: 1, sub: 'a', iat: 'now' }), 'iat'],
  ])('with %s are invalid', (_, token, sentence) => {
    expect(() => readClaims(token, names)).toThrow(sentence)
    expect(() => readClaims(token, names)).toThrow(
      expect.objectContaining({ code: 'TOKEN_UNAVAILABLE' }),
    )
  })
})

describe('an assertion', () => {
  it.each([
    ['RS256', rsa],
    ['ES256', ec],
  ] as const)(
    'is signed by %s so that others can verify it',
    (algorithm, { privateKey, publicKey }) => {
      const key = privateKey.export(pem).toString()
      const token = makeAssertion(parts({ algorithm, key }), 1_700_000_000_999)
      const [header, payload, signature = ''] = token.split('.')
      const checked = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
      const bytes = Buffer.from(signature, 'base64url')
      expect(verify('sha256', Buffer.from(`${header}.${payload}`), checked, bytes)).toBe(true)
      expect(decoded(token)).toEqual({
        header: { alg: algorithm, typ: 'JWT' },
        payload: {
          iss: 'me',
          sub: 'me',
          aud: 'https://issuer',
          iat: 1_700_000_000,
          exp: 1_700_000_300,
          nbf: 1_699_999_940,
        },
      })
    },
  )

  it("has the template's claims, an id if requested, and always its own times", () => {
    const template = { header: { kid: 'k1', alg: 'none' }, payload: { iss: 'other', exp: 1, x: 2 } }
    const { header, payload } = decoded(makeAssertion(parts({ template, hasId: true }), 5_000))
    expect(header).toEqual({ kid: 'k1', alg: 'RS256', typ: 'JWT' })
    expect(payload).toMatchObject({ iss: 'other', x: 2, exp: 305, jti: expect.any(String) })
  })

  it('accepts an encrypted key', () => {
    const cipher = { cipher: 'aes-256-cbc', passphrase: 'secret' }
    const key = rsa.privateKey.export({ ...pem, ...cipher }).toString()
    expect(makeAssertion(parts({ key, passphrase: 'secret' }), 0).split('.')).toHaveLength(3)
    expect(() => keyOf(parts({ key, passphrase: 'wrong' }))).toThrow()
  })

  it.each([
    ['RS256', ec, 'RS256 needs an RSA key, not ec (prime256v1)'],
    ['ES256', rsa, 'ES256 needs a key on the curve P-256, not rsa'],
  ] as const)('by %s accepts no other type of key', (algorithm, { privateKey }, sentence) => {
    const key = privateKey.export(pem).toString()
    expect(() => keyOf(parts({ algorithm, key }))).toThrow(sentence)
  })
})
