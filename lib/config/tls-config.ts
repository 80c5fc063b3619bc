// Made of keys-tls.ts by spec/config/render-types.ts; a spec holds the one against the other.
// To change it, change the table and run `npx vitest run spec/config -u`.

import type { TlsFactory } from '../security/tls-factory.ts'

/** The security protocol and TLS. */
export interface TlsConfig {
  /**
   * How brokers are spoken to: in the clear or by TLS (`SSL`), with or without SASL.
   *
   * Takes one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL (in any case).
   *
   * @defaultValue `PLAINTEXT`
   * @see producer configs of Apache Kafka
   */
  readonly 'security.protocol'?:
    | 'PLAINTEXT'
    | 'plaintext'
    | 'SSL'
    | 'ssl'
    | 'SASL_PLAINTEXT'
    | 'sasl_plaintext'
    | 'SASL_SSL'
    | 'sasl_ssl'
    | undefined
  /**
   * Classes that provide security algorithms. Any value but `null` is refused: it belongs to the
   * Java virtual machine.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-492
   */
  readonly 'security.providers'?: string | null | undefined
  /**
   * The newest version of TLS that is offered: `TLSv1.3`, `TLSv1.2`, or `TLS` for the newest.
   *
   * Takes a string.
   *
   * @defaultValue `TLSv1.3`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.protocol'?: string | undefined
  /**
   * The versions of TLS that are accepted: `TLSv1.2`, `TLSv1.3`.
   *
   * Takes a list: strings in an array, or one string with commas.
   *
   * @defaultValue `TLSv1.2,TLSv1.3`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.enabled.protocols'?: string | readonly string[] | undefined
  /**
   * The cipher suites that are accepted, by the names of IANA or of OpenSSL. An empty list stands
   * for those that Node accepts.
   *
   * Takes a list: strings in an array, or one string with commas.
   *
   * @defaultValue `[]`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.cipher.suites'?: string | readonly string[] | undefined
  /**
   * How a broker's name is checked against its certificate: `https`, or empty for no check.
   *
   * Takes a string.
   *
   * @defaultValue `https`
   * @see KIP-294
   */
  readonly 'ssl.endpoint.identification.algorithm'?: string | undefined
  /**
   * The format of the client's own key and certificate: `PEM`, `PKCS12` or `JKS`. The latter two
   * are read under either name, as in Java.
   *
   * Takes a string.
   *
   * @defaultValue `JKS`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.keystore.type'?: string | undefined
  /**
   * The file of the client's own key and its certificates. It is read at once, and again at the
   * next connection if it has changed.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.keystore.location'?: string | null | undefined
  /**
   * The password of the key store.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.keystore.password'?: string | null | undefined
  /**
   * The client's own private key, as PEM (PKCS#8 or SEC1, encrypted or not).
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-651
   */
  readonly 'ssl.keystore.key'?: string | null | undefined
  /**
   * The client's own certificate and those that vouch for it, as PEM.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-651
   */
  readonly 'ssl.keystore.certificate.chain'?: string | null | undefined
  /**
   * The password of the private key; without it the one of the key store.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.key.password'?: string | null | undefined
  /**
   * The format of the certificates that are trusted: `PEM`, `PKCS12` or `JKS`.
   *
   * Takes a string.
   *
   * @defaultValue `JKS`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.truststore.type'?: string | undefined
  /**
   * The file of the certificates that are trusted, read again when it changes. Without any, those
   * of Node are trusted, and if they do not do, those of the operating system (where Node can list
   * them: 22.15 and later) and of `SSL_CERT_FILE`.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.truststore.location'?: string | null | undefined
  /**
   * The password of the trust store. A JKS store is read without one, too, unchecked.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.truststore.password'?: string | null | undefined
  /**
   * The certificates that are trusted, as PEM.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-651
   */
  readonly 'ssl.truststore.certificates'?: string | null | undefined
  /**
   * The provider of TLS. Any value but `null` is refused: it belongs to the Java virtual machine.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.provider'?: string | null | undefined
  /**
   * The algorithm of the key manager. Any value but `SunX509` is refused: it belongs to the Java
   * virtual machine.
   *
   * Takes a string.
   *
   * @defaultValue `SunX509`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.keymanager.algorithm'?: string | undefined
  /**
   * The algorithm of the trust manager. Any value but `PKIX` is refused: it belongs to the Java
   * virtual machine.
   *
   * Takes a string.
   *
   * @defaultValue `PKIX`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.trustmanager.algorithm'?: string | undefined
  /**
   * The source of random numbers. Any value but `null` is refused: it belongs to the Java virtual
   * machine.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.secure.random.implementation'?: string | null | undefined
  /**
   * Makes what TLS connections are secured with, instead of the settings of stores, versions and
   * ciphers: called for each connection, with the address of the broker.
   *
   * Takes a function ({ host, port }) => options of tls.connect, or a tls.SecureContext, or null.
   *
   * @defaultValue `null`
   * @see KIP-519
   */
  readonly 'ssl.engine.factory.class'?: TlsFactory | null | undefined
}
