// Generated from keys-tls.ts by spec/config/render-types.ts; do not edit. A spec compares the two.
// To change it, change the table and run `npm run reference`.

import type { TlsFactory } from '../security/tls-factory.ts'

/** The security protocol and TLS. */
export interface TlsConfig {
  /**
   * How to connect to brokers: without TLS, or with TLS (`SSL`), and with or without SASL.
   *
   * Accepts one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL (in any case).
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
   * Classes that provide security algorithms. Any value except `null` is refused: it belongs to the Java
   * virtual machine.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-492
   */
  readonly 'security.providers'?: string | null | undefined
  /**
   * The newest TLS version to offer: `TLSv1.3`, `TLSv1.2`, or `TLS` for the newest.
   *
   * Accepts a string.
   *
   * @defaultValue `TLSv1.3`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.protocol'?: string | undefined
  /**
   * The TLS versions to accept: `TLSv1.2`, `TLSv1.3`.
   *
   * Accepts a list: strings in an array, or one string with commas.
   *
   * @defaultValue `TLSv1.2,TLSv1.3`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.enabled.protocols'?: string | readonly string[] | undefined
  /**
   * The cipher suites to accept, by their IANA or OpenSSL names. Empty: those that Node accepts.
   *
   * Accepts a list: strings in an array, or one string with commas.
   *
   * @defaultValue `[]`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.cipher.suites'?: string | readonly string[] | undefined
  /**
   * How a broker's name is checked against its certificate: `https`, or an empty string for no check.
   *
   * Accepts a string.
   *
   * @defaultValue `https`
   * @see KIP-294
   */
  readonly 'ssl.endpoint.identification.algorithm'?: string | undefined
  /**
   * The format of the client's key and certificate: `PEM`, `PKCS12` or `JKS`. The last two are recognized
   * under either name, as in Java.
   *
   * Accepts a string.
   *
   * @defaultValue `JKS`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.keystore.type'?: string | undefined
  /**
   * The file with the client's key and certificates. It is read immediately, and again before the next
   * connection if it has changed.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.keystore.location'?: string | null | undefined
  /**
   * The password of the key store.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.keystore.password'?: string | null | undefined
  /**
   * The client's private key, as PEM (PKCS#8 or SEC1, encrypted or not).
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-651
   */
  readonly 'ssl.keystore.key'?: string | null | undefined
  /**
   * The client's certificate and its chain, as PEM.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-651
   */
  readonly 'ssl.keystore.certificate.chain'?: string | null | undefined
  /**
   * The password of the private key. Default: the password of the key store.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.key.password'?: string | null | undefined
  /**
   * The format of the trusted certificates: `PEM`, `PKCS12` or `JKS`.
   *
   * Accepts a string.
   *
   * @defaultValue `JKS`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.truststore.type'?: string | undefined
  /**
   * The file with the trusted certificates, which is read again when it changes. Without trusted
   * certificates, Node's are trusted. If the broker's authority is not among them, those of the operating
   * system (if Node can list them: 22.15 and later) and of `SSL_CERT_FILE` are trusted as well.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.truststore.location'?: string | null | undefined
  /**
   * The password of the trust store. A JKS store is also read without one, but not verified.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.truststore.password'?: string | null | undefined
  /**
   * The trusted certificates, as PEM.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-651
   */
  readonly 'ssl.truststore.certificates'?: string | null | undefined
  /**
   * The provider of TLS. Any value except `null` is refused: it belongs to the Java virtual machine.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.provider'?: string | null | undefined
  /**
   * The algorithm of the key manager. Any value except `SunX509` is refused: it belongs to the Java virtual
   * machine.
   *
   * Accepts a string.
   *
   * @defaultValue `SunX509`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.keymanager.algorithm'?: string | undefined
  /**
   * The algorithm of the trust manager. Any value except `PKIX` is refused: it belongs to the Java virtual
   * machine.
   *
   * Accepts a string.
   *
   * @defaultValue `PKIX`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.trustmanager.algorithm'?: string | undefined
  /**
   * The source of random numbers. Any value except `null` is refused: it belongs to the Java virtual
   * machine.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'ssl.secure.random.implementation'?: string | null | undefined
  /**
   * Returns the TLS settings of a connection, in place of the settings of stores, versions and ciphers. The
   * function is called for each connection, with the address of the broker.
   *
   * Accepts a function ({ host, port }) => options of tls.connect, or a tls.SecureContext, or null.
   *
   * @defaultValue `null`
   * @see KIP-519
   */
  readonly 'ssl.engine.factory.class'?: TlsFactory | null | undefined
}
