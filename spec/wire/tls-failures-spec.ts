import { describe, expect, it } from 'vitest'
import { endedInHandshake, type HandshakeFacts, tlsFailure } from '../../lib/wire/tls-failures.ts'

// The codes are those of Node 20 (SSLV3_ALERT_…) and of Node 24 (SSL/TLS_ALERT_…), as real brokers
// cause them. secured-spec.ts and spec/kafka check that real handshakes have them.

function failure(code: string, over: Partial<HandshakeFacts> = {}, more: object = {}) {
  const cause = Object.assign(new Error('words of OpenSSL'), { code, ...more })
  const facts = { address: 'b:1', host: 'b', hasKey: false, mayBeTrusted: false }
  return tlsFailure({ ...facts, cause, ...over })
}

describe('a handshake that failed', () => {
  it.each([
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', /requires a client certificate/],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', /requires a client certificate/],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /requires a client certificate/],
    [
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
      /no cipher suite .*, or the broker requires a client/,
    ],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /have no TLS version in common/],
    ['ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY', /have no cipher suite in common/],
    [
      'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
      /the broker ended the handshake \(alert: internal error\)/,
    ],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', /have no TLS version in common/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /does not use TLS/],
    ['ERR_SSL_SOMETHING_NEW', /words of OpenSSL/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /an authority that is not trusted/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /an authority that is not trusted/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /is self-signed/],
    ['CERT_REVOKED', /was revoked/],
    ['INVALID_PURPOSE', /certificate is not accepted \(words of OpenSSL\)/],
  ])('with %s is final, and says why', (code, sentence) => {
    const error = failure(code)

    expect(error).toMatchObject({
      name: 'AuthenticationError',
      code: 'TLS_FAILED',
      retriable: false,
    })
    expect(error?.message).toMatch(sentence)
  })

  it.each([
    [
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN',
      /refuses the client certificate .*certificate unknown/,
    ],
    [
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
      /refuses the client certificate .*certificate expired/,
    ],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', /refuses the client certificate .*unknown ca/],
    [
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
      /have no cipher suite in common \(ssl.cipher.suites on both sides\)$/,
    ],
  ])("with %s says why the broker refuses the client's certificate", (code, sentence) => {
    expect(failure(code, { hasKey: true })?.message).toMatch(sentence)
  })

  it.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT'])('with %s is not a TLS failure', (code) => {
    expect(failure(code)).toBeNull()
  })

  it('lists the names in the certificate, and keeps nothing else of it', () => {
    const cert = { subjectaltname: 'DNS:a.example, DNS:b.example', raw: Buffer.from('all of it') }
    const error = failure('ERR_TLS_CERT_ALTNAME_INVALID', {}, { cert })
    const unnamed = failure(
      'ERR_TLS_CERT_ALTNAME_INVALID',
      {},
      { cert: { subject: { CN: 'old' } } },
    )

    expect(error?.message).toMatch(/certificate is for DNS:a.example, DNS:b.example, not for b:/)
    expect(error?.cause).not.toHaveProperty('cert')
    expect(unnamed?.message).toMatch(/certificate is for old, not for b/)
  })

  it('is tried again if the next attempt trusts more authorities', () => {
    const error = failure('UNABLE_TO_GET_ISSUER_CERT_LOCALLY', { mayBeTrusted: true })

    expect(error).toMatchObject({ code: 'CONNECT_FAILED', retriable: true })
    expect(error?.message).toMatch(/the next attempt also trusts the authorities of the operating/)
  })

  it('that ended without an error is tried again', () => {
    expect(endedInHandshake('b:1', null)).toMatchObject({ code: 'DISCONNECTED', retriable: true })
  })
})
