// TLS of a mock cluster: the brokers' certificates, the accepted clients, and the settings that a client
// needs to connect. Made from the `listeners` of a cluster; null without TLS.

import type { MockListeners, MockSecurity } from './sasl-access.ts'
import { type MockCertificate, testAuthority, testClient, testServer } from './test-certificates.ts'

/** Settings for a client's configuration: `{ ...cluster.clientSettings }`. */
export interface MockClientSettings {
  readonly 'security.protocol': MockSecurity
  readonly 'ssl.truststore.type'?: string
  readonly 'ssl.truststore.certificates'?: string
  readonly 'ssl.keystore.type'?: string
  readonly 'ssl.keystore.key'?: string
  readonly 'ssl.keystore.certificate.chain'?: string
}

export class ListenerTls {
  readonly #listeners: MockListeners
  readonly #changed = new Set<() => void>()
  #certificate: MockCertificate

  constructor(listeners: MockListeners) {
    this.#listeners = listeners
    this.#certificate = listeners.certificate ?? testServer
  }

  /** The current options of a TLS server. */
  get options() {
    const { clientCertificates = false, clientAuthority = testAuthority } = this.#listeners
    const { key, certificate } = this.#certificate
    const asked = { requestCert: true, rejectUnauthorized: true, ca: clientAuthority }
    return { key, cert: certificate, ...(clientCertificates && asked) }
  }

  /** From now on brokers use this certificate. Existing connections are not affected. */
  show(certificate: MockCertificate): void {
    this.#certificate = certificate
    for (const tell of this.#changed) tell()
  }

  /** Calls `changed` whenever there is another certificate. */
  watch(changed: () => void): void {
    this.#changed.add(changed)
  }
}

/** Whether clients must use TLS. */
export function isSecure({ security = 'PLAINTEXT' }: MockListeners): boolean {
  return security.endsWith('SSL')
}

/** Null without TLS. */
export function listenerTls(listeners: MockListeners): ListenerTls | null {
  return isSecure(listeners) ? new ListenerTls(listeners) : null
}

/** A client's settings: the protocol, the trusted authority, and its own certificate if one is required. */
export function clientSettings(listeners: MockListeners): MockClientSettings {
  const { security = 'PLAINTEXT', certificate, clientCertificates = false } = listeners
  const protocol = { 'security.protocol': security }
  if (!isSecure(listeners)) return protocol
  const trust = {
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': certificate?.certificate ?? testAuthority,
  }
  const own = {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': testClient.key,
    'ssl.keystore.certificate.chain': testClient.certificate,
  }
  return { ...protocol, ...trust, ...(clientCertificates && own) }
}
