// Settings of the security protocol and of TLS. Not built yet: each is refused unless it is what
// it would be if it were not there.

import type { Key } from './key.ts'

const tls = 'TLS is not built yet'
const jvm = 'it belongs to the Java virtual machine'

export const tlsKeys = {
  'security.protocol': {
    type: 'enum',
    words: ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
    anyCase: true,
    default: 'PLAINTEXT',
    doc: 'How brokers are spoken to: in the clear or by TLS (`SSL`), with or without SASL.',
    built: ['PLAINTEXT', 'SASL_PLAINTEXT'],
    refused: 'TLS is not built yet',
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
    doc: 'The newest version of TLS.',
    refused: tls,
  },
  'ssl.enabled.protocols': {
    type: 'list',
    default: ['TLSv1.2', 'TLSv1.3'],
    doc: 'The versions of TLS that are accepted.',
    refused: tls,
  },
  'ssl.cipher.suites': {
    type: 'list',
    default: [],
    doc: 'The cipher suites that are accepted; none named are all that Node accepts.',
    refused: tls,
  },
  'ssl.endpoint.identification.algorithm': {
    type: 'string',
    default: 'https',
    doc: "How a broker's name is checked against its certificate; empty is not at all.",
    source: 'KIP-294',
    refused: tls,
  },
  'ssl.keystore.type': {
    type: 'string',
    default: 'JKS',
    doc: "The format of the client's own key and certificate.",
    refused: tls,
  },
  'ssl.keystore.location': {
    type: 'string',
    default: null,
    doc: "The file of the client's own key and certificate.",
    refused: tls,
  },
  'ssl.keystore.password': {
    type: 'password',
    default: null,
    doc: 'The password of the key store.',
    refused: tls,
  },
  'ssl.keystore.key': {
    type: 'password',
    default: null,
    doc: "The client's own private key, as PEM.",
    source: 'KIP-651',
    refused: tls,
  },
  'ssl.keystore.certificate.chain': {
    type: 'password',
    default: null,
    doc: "The client's own certificate and those that vouch for it, as PEM.",
    source: 'KIP-651',
    refused: tls,
  },
  'ssl.key.password': {
    type: 'password',
    default: null,
    doc: 'The password of the private key.',
    refused: tls,
  },
  'ssl.truststore.type': {
    type: 'string',
    default: 'JKS',
    doc: 'The format of the certificates that are trusted.',
    refused: tls,
  },
  'ssl.truststore.location': {
    type: 'string',
    default: null,
    doc: 'The file of the certificates that are trusted.',
    refused: tls,
  },
  'ssl.truststore.password': {
    type: 'password',
    default: null,
    doc: 'The password of the trust store.',
    refused: tls,
  },
  'ssl.truststore.certificates': {
    type: 'password',
    default: null,
    doc: 'The certificates that are trusted, as PEM.',
    source: 'KIP-651',
    refused: tls,
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
    type: 'string',
    default: null,
    doc: 'The class that makes TLS engines.',
    source: 'KIP-519',
    refused: jvm,
  },
} as const satisfies Record<string, Key>
