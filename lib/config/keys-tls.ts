// Settings of the security protocol and of TLS. A key that names a Java class or algorithm is refused, unless its
// value is the default.

import type { Key } from './key.ts'

const jvm = 'it belongs to the Java virtual machine'

export const tlsKeys = {
  'security.protocol': {
    type: 'enum',
    words: ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
    anyCase: true,
    default: 'PLAINTEXT',
    doc: 'How to connect to brokers: without TLS, or with TLS (`SSL`), and with or without SASL.',
  },
  'security.providers': {
    type: 'string',
    default: null,
    doc: 'Classes that provide security algorithms.',
    source: 'KIP-492',
    refused: jvm,
  },
  'ssl.protocol': {
    type: 'string',
    default: 'TLSv1.3',
    doc: 'The newest TLS version to offer: `TLSv1.3`, `TLSv1.2`, or `TLS` for the newest.',
  },
  'ssl.enabled.protocols': {
    type: 'list',
    default: ['TLSv1.2', 'TLSv1.3'],
    doc: 'The TLS versions to accept: `TLSv1.2`, `TLSv1.3`.',
  },
  'ssl.cipher.suites': {
    type: 'list',
    default: [],
    doc:
      'The cipher suites to accept, by their IANA or OpenSSL names. Empty: those that Node ' +
      'accepts.',
  },
  'ssl.endpoint.identification.algorithm': {
    type: 'string',
    default: 'https',
    doc:
      "How a broker's name is checked against its certificate: `https`, or an empty string for " +
      'no check.',
    source: 'KIP-294',
  },
  'ssl.keystore.type': {
    type: 'string',
    default: 'JKS',
    doc:
      "The format of the client's key and certificate: `PEM`, `PKCS12` or `JKS`. The last two " +
      'are recognized under either name, as in Java.',
  },
  'ssl.keystore.location': {
    type: 'string',
    default: null,
    doc:
      "The file with the client's key and certificates. It is read immediately, and again " +
      'before the next connection if it has changed.',
  },
  'ssl.keystore.password': {
    type: 'password',
    default: null,
    doc: 'The password of the key store.',
  },
  'ssl.keystore.key': {
    type: 'password',
    default: null,
    doc: "The client's private key, as PEM (PKCS#8 or SEC1, encrypted or not).",
    source: 'KIP-651',
  },
  'ssl.keystore.certificate.chain': {
    type: 'password',
    default: null,
    doc: "The client's certificate and its chain, as PEM.",
    source: 'KIP-651',
  },
  'ssl.key.password': {
    type: 'password',
    default: null,
    doc: 'The password of the private key. Default: the password of the key store.',
  },
  'ssl.truststore.type': {
    type: 'string',
    default: 'JKS',
    doc: 'The format of the trusted certificates: `PEM`, `PKCS12` or `JKS`.',
  },
  'ssl.truststore.location': {
    type: 'string',
    default: null,
    doc:
      'The file with the trusted certificates, which is read again when it changes. Without ' +
      "trusted certificates, Node's are trusted. If the broker's authority is not among them, " +
      'those of the operating system (if Node can list them: 22.15 and later) and of ' +
      '`SSL_CERT_FILE` are trusted as well.',
  },
  'ssl.truststore.password': {
    type: 'password',
    default: null,
    doc: 'The password of the trust store. A JKS store is also read without one, but not verified.',
  },
  'ssl.truststore.certificates': {
    type: 'password',
    default: null,
    doc: 'The trusted certificates, as PEM.',
    source: 'KIP-651',
  },
  'ssl.provider': {
    type: 'string',
    default: null,
    doc: 'The provider of TLS.',
    refused: jvm,
  },
  'ssl.keymanager.algorithm': {
    type: 'string',
    default: 'SunX509',
    doc: 'The algorithm of the key manager.',
    refused: jvm,
  },
  'ssl.trustmanager.algorithm': {
    type: 'string',
    default: 'PKIX',
    doc: 'The algorithm of the trust manager.',
    refused: jvm,
  },
  'ssl.secure.random.implementation': {
    type: 'string',
    default: null,
    doc: 'The source of random numbers.',
    refused: jvm,
  },
  'ssl.engine.factory.class': {
    type: 'tlsFactory',
    default: null,
    doc:
      'Returns the TLS settings of a connection, in place of the settings of stores, versions ' +
      'and ciphers. The function is called for each connection, with the address of the broker.',
    source: 'KIP-519',
  },
} as const satisfies Record<string, Key>
