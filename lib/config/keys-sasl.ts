// Settings of SASL: the client's identity, and how it logs in.

import type { Key } from './key.ts'

const kerberos = 'Node has no Kerberos; your own `sasl.mechanism` has its own settings'
const jvm = 'Java classes cannot be loaded here'

export const saslKeys = {
  'sasl.mechanism': {
    type: 'mechanism',
    default: 'GSSAPI',
    doc:
      'How the client logs in: `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, `OAUTHBEARER`, or ' +
      "your own `Mechanism`. Java's default, `GSSAPI`, is refused if `security.protocol` uses " +
      'SASL, because Node has no Kerberos.',
  },
  'sasl.username': {
    type: 'secret',
    default: null,
    doc: 'The user name for `PLAIN` and SCRAM. A function is called for each login.',
    source: 'librdkafka',
  },
  'sasl.password': {
    type: 'secret',
    default: null,
    doc:
      'The password of `sasl.username`. A function is called for each login, so the password ' +
      'may change while the producer runs.',
    source: 'librdkafka',
  },
  'sasl.jaas.config': {
    type: 'password',
    default: null,
    doc:
      'The login, as in Java: the login module of the mechanism, with its options in quotes. It ' +
      'contradicts `sasl.username` and `sasl.password`.',
    source: 'KIP-85',
  },
  'sasl.client.callback.handler.class': {
    type: 'string',
    default: null,
    doc: 'The class that answers the questions of a mechanism.',
    refused: `${jvm}; \`sasl.username\` and \`sasl.password\` may be functions`,
  },
  'sasl.login.class': {
    type: 'string',
    default: null,
    doc: 'The class that logs in.',
    source: 'KIP-86',
    refused: jvm,
  },
  'sasl.login.callback.handler.class': {
    type: 'tokens',
    default: null,
    doc:
      'Returns the tokens for `OAUTHBEARER`: a function. It is called for each login, or, if ' +
      'the token has an expiry time (`{ value, expiresAt }`, in milliseconds since 1970), when ' +
      "the token has to be renewed. The class name of Java's handler selects the settings " +
      '`sasl.oauthbearer.*`.',
    source: 'KIP-86',
  },
  'sasl.login.connect.timeout.ms': {
    type: 'int',
    unit: 'milliseconds',
    default: null,
    doc: 'How long a connection to the token endpoint may take to open.',
    source: 'KIP-768',
  },
  'sasl.login.read.timeout.ms': {
    type: 'int',
    unit: 'milliseconds',
    default: null,
    doc: 'How long the answer of the token endpoint may take.',
    source: 'KIP-768',
  },
  'sasl.login.retry.backoff.ms': {
    type: 'long',
    unit: 'milliseconds',
    default: 100,
    doc: 'The pause before the token endpoint is asked again.',
    source: 'KIP-768',
  },
  'sasl.login.retry.backoff.max.ms': {
    type: 'long',
    unit: 'milliseconds',
    default: 10000,
    doc: 'The maximum pause before the token endpoint is asked again.',
    source: 'KIP-768',
  },
  'sasl.login.refresh.window.factor': {
    type: 'double',
    min: 0.5,
    max: 1,
    default: 0.8,
    doc: "The share of a token's lifetime after which it is renewed.",
    source: 'KIP-255',
  },
  'sasl.login.refresh.window.jitter': {
    type: 'double',
    min: 0,
    max: 0.25,
    default: 0.05,
    doc: 'By how much that share varies randomly.',
    source: 'KIP-255',
  },
  'sasl.login.refresh.min.period.seconds': {
    type: 'short',
    unit: 'seconds',
    min: 0,
    max: 900,
    default: 60,
    doc: 'The minimum time for which a token is kept.',
    source: 'KIP-255',
  },
  'sasl.login.refresh.buffer.seconds': {
    type: 'short',
    unit: 'seconds',
    min: 0,
    max: 3600,
    default: 300,
    doc: 'How long before its expiry a token is renewed at the latest.',
    source: 'KIP-255',
  },
  'sasl.kerberos.service.name': {
    type: 'string',
    default: null,
    doc: 'The name of the Kafka service in Kerberos.',
    refused: kerberos,
  },
  'sasl.kerberos.kinit.cmd': {
    type: 'string',
    default: '/usr/bin/kinit',
    doc: 'The path of kinit.',
    refused: kerberos,
  },
  'sasl.kerberos.ticket.renew.window.factor': {
    type: 'double',
    default: 0.8,
    doc: "The share of a ticket's lifetime after which it is renewed.",
    refused: kerberos,
  },
  'sasl.kerberos.ticket.renew.jitter': {
    type: 'double',
    default: 0.05,
    doc: 'By how much that share varies randomly.',
    refused: kerberos,
  },
  'sasl.kerberos.min.time.before.relogin': {
    type: 'long',
    unit: 'milliseconds',
    default: 60000,
    doc: 'The minimum time between two logins.',
    refused: kerberos,
  },
} as const satisfies Record<string, Key>
