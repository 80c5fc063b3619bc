// Settings of SASL: who the client is, and how it shows it.

import type { Key } from './key.ts'

const kerberos = 'Node has no Kerberos; a `sasl.mechanism` of your own has settings of its own'
const jvm = 'there are no classes here'

export const saslKeys = {
  'sasl.mechanism': {
    type: 'mechanism',
    default: 'GSSAPI',
    doc: 'How the client shows who it is: `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, `OAUTHBEARER`, or a `Mechanism` of your own. `GSSAPI`, the default of Java, is refused where `security.protocol` asks for SASL: Node has no Kerberos.',
  },
  'sasl.username': {
    type: 'secret',
    default: null,
    doc: 'Who logs in, by `PLAIN` or SCRAM. A function is asked anew for each login.',
    source: 'librdkafka',
  },
  'sasl.password': {
    type: 'secret',
    default: null,
    doc: 'The password of `sasl.username`. A function is asked anew for each login, so that a secret may change while the producer lives.',
    source: 'librdkafka',
  },
  'sasl.jaas.config': {
    type: 'password',
    default: null,
    doc: 'Who logs in, as Java is told: the login module of the mechanism, with its options in quotes. It contradicts `sasl.username` and `sasl.password`.',
    source: 'KIP-85',
  },
  'sasl.client.callback.handler.class': {
    type: 'string',
    default: null,
    doc: 'The class that answers questions of a mechanism.',
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
    doc: 'Gives the tokens of `OAUTHBEARER`: a function, which is asked anew for each login, unless its token says when it expires (`{ value, expiresAt }`, in milliseconds since 1970). The name of the handler of Java stands for what `sasl.oauthbearer.*` says.',
    source: 'KIP-86',
  },
  'sasl.login.connect.timeout.ms': {
    type: 'int',
    unit: 'milliseconds',
    default: null,
    doc: 'How long a connection to a token provider may take.',
    source: 'KIP-768',
  },
  'sasl.login.read.timeout.ms': {
    type: 'int',
    unit: 'milliseconds',
    default: null,
    doc: 'How long an answer of a token provider may take.',
    source: 'KIP-768',
  },
  'sasl.login.retry.backoff.ms': {
    type: 'long',
    unit: 'milliseconds',
    default: 100,
    doc: 'The pause before a token provider is asked again.',
    source: 'KIP-768',
  },
  'sasl.login.retry.backoff.max.ms': {
    type: 'long',
    unit: 'milliseconds',
    default: 10000,
    doc: 'The longest pause before a token provider is asked again.',
    source: 'KIP-768',
  },
  'sasl.login.refresh.window.factor': {
    type: 'double',
    min: 0.5,
    max: 1,
    default: 0.8,
    doc: "The share of a token's life after which it is renewed.",
    source: 'KIP-255',
  },
  'sasl.login.refresh.window.jitter': {
    type: 'double',
    min: 0,
    max: 0.25,
    default: 0.05,
    doc: 'How far that share varies by chance.',
    source: 'KIP-255',
  },
  'sasl.login.refresh.min.period.seconds': {
    type: 'short',
    unit: 'seconds',
    min: 0,
    max: 900,
    default: 60,
    doc: 'How long a token is kept at least.',
    source: 'KIP-255',
  },
  'sasl.login.refresh.buffer.seconds': {
    type: 'short',
    unit: 'seconds',
    min: 0,
    max: 3600,
    default: 300,
    doc: 'How long before its end a token is renewed at the latest.',
    source: 'KIP-255',
  },
  'sasl.kerberos.service.name': {
    type: 'string',
    default: null,
    doc: 'The name under which Kafka is known to Kerberos.',
    refused: kerberos,
  },
  'sasl.kerberos.kinit.cmd': {
    type: 'string',
    default: '/usr/bin/kinit',
    doc: 'Where kinit is.',
    refused: kerberos,
  },
  'sasl.kerberos.ticket.renew.window.factor': {
    type: 'double',
    default: 0.8,
    doc: "The share of a ticket's life after which it is renewed.",
    refused: kerberos,
  },
  'sasl.kerberos.ticket.renew.jitter': {
    type: 'double',
    default: 0.05,
    doc: 'How far that share varies by chance.',
    refused: kerberos,
  },
  'sasl.kerberos.min.time.before.relogin': {
    type: 'long',
    unit: 'milliseconds',
    default: 60000,
    doc: 'The shortest time between two logins.',
    refused: kerberos,
  },
} as const satisfies Record<string, Key>
