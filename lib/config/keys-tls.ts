// Settings of the security protocol and of TLS. What names a class or an algorithm of Java's is refused
// unless it is what it would be if it were not there.

import type { Key } from './key.ts'

const jvm = 'it belongs to the Java virtual machine'

export const tlsKeys = {
  'security.protocol': {
    type: 'enum',
    words: ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
    anyCase: true,
    default: 'PLAINTEXT',
    doc: 'How brokers are spoken to: in the clear or by TLS (`SSL`), with or without SASL.',
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
    doc: 'The newest version of TLS that is offered: `TLSv1.3`, `TLSv1.2`, or `TLS` for the newest.',
  },
  'ssl.enabled.protocols': {
    type: 'list',
    default: ['TLSv1.2', 'TLSv1.3'],
    doc: 'The versions of TLS that are accepted: `TLSv1.2`, `TLSv1.3`.',
  },
  'ssl.cipher.suites': {
    type: 'list',
    default: [],
    doc:
      'The cipher suites that are accepted, by the names of IANA or of OpenSSL. An empty list stands ' +
      'for those that Node accepts.',
  },
  'ssl.endpoint.identification.algorithm': {
    type: 'string',
    default: 'https',
    doc: "How a broker's name is checked against its certificate: `https`, or empty for no check.",
    source: 'KIP-294',
  },
  'ssl.keystore.type': {
    type: 'string',
    default: 'JKS',
    doc:
      "The format of the client's own key and certificate: `PEM`, `PKCS12` or `JKS`. The latter two " +
      'are read under either name, as in Java.',
  },
  'ssl.keystore.location': {
    type: 'string',
    default: null,
    doc:
      "The file of the client's own key and its certificates. It is read at once, and again at the " +
      'next connection if it has changed.',
  },
  'ssl.keystore.password': {
    type: 'password',
    default: null,
    doc: 'The password of the key store.',
  },
  'ssl.keystore.key': {
    type: 'password',
    default: null,
    doc: "The client's own private key, as PEM (PKCS#8 or SEC1, encrypted or not).",
    source: 'KIP-651',
  },
  'ssl.keystore.certificate.chain': {
    type: 'password',
    default: null,
    doc: "The client's own certificate and those that vouch for it, as PEM.",
    source: 'KIP-651',
  },
  'ssl.key.password': {
    type: 'password',
    default: null,
    doc: 'The password of the private key; without it the one of the key store.',
  },
  'ssl.truststore.type': {
    type: 'string',
    default: 'JKS',
    doc: 'The format of the certificates that are trusted: `PEM`, `PKCS12` or `JKS`.',
  },
  'ssl.truststore.location': {
    type: 'string',
    default: null,
    doc:
      'The file of the certificates that are trusted, read again when it changes. Without any, those of ' +
      'Node are trusted, and if they do not do, those of the operating system (where Node can list ' +
      'them: 22.15 and later) and of `SSL_CERT_FILE`.',
  },
  'ssl.truststore.password': {
    type: 'password',
    default: null,
    doc: 'The password of the trust store. A JKS store is read without one, too, unchecked.',
  },
  'ssl.truststore.certificates': {
    type: 'password',
    default: null,
    doc: 'The certificates that are trusted, as PEM.',
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
      'Makes what TLS connections are secured with, instead of the settings of stores, versions and ' +
      'ciphers: called for each connection, with the address of the broker.',
    source: 'KIP-519',
  },
} as const satisfies Record<string, Key>
