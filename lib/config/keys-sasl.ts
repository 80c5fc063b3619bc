// Settings of SASL: who the client is, and how it shows it. Not built yet: each is refused unless it
// is what it would be if it were not there.

import type { Key } from './key.ts'

const sasl = 'SASL is not built yet'
const kerberos = 'Kerberos is not built yet'
const jvm = 'there are no classes here'

export const saslKeys = {
  'sasl.mechanism': {
    type: 'string',
    default: 'GSSAPI',
    doc: 'How the client shows who it is.',
    refused: sasl,
  },
  'sasl.jaas.config': {
    type: 'password',
    default: null,
    doc: 'Who the client is, in the form of a JAAS configuration.',
    source: 'KIP-85',
    refused: sasl,
  },
  'sasl.client.callback.handler.class': {
    type: 'string',
    default: null,
    doc: 'The class that answers questions of a mechanism.',
    refused: jvm,
  },
  'sasl.login.class': {
    type: 'string',
    default: null,
    doc: 'The class that logs in.',
    source: 'KIP-86',
    refused: jvm,
  },
  'sasl.login.callback.handler.class': {
    type: 'string',
    default: null,
    doc: 'The class that answers questions of a login.',
    source: 'KIP-86',
    refused: jvm,
  },
  'sasl.login.connect.timeout.ms': {
    type: 'int',
    unit: 'milliseconds',
    default: null,
    doc: 'How long a connection to a token provider may take.',
    source: 'KIP-768',
    refused: sasl,
  },
  'sasl.login.read.timeout.ms': {
    type: 'int',
    unit: 'milliseconds',
    default: null,
    doc: 'How long an answer of a token provider may take.',
    source: 'KIP-768',
    refused: sasl,
  },
  'sasl.login.retry.backoff.ms': {
    type: 'long',
    unit: 'milliseconds',
    default: 100,
    doc: 'The pause before a token provider is asked again.',
    source: 'KIP-768',
    refused: sasl,
  },
  'sasl.login.retry.backoff.max.ms': {
    type: 'long',
    unit: 'milliseconds',
    default: 10000,
    doc: 'The longest pause before a token provider is asked again.',
    source: 'KIP-768',
    refused: sasl,
  },
  'sasl.login.refresh.window.factor': {
    type: 'double',
    min: 0.5,
    max: 1,
    default: 0.8,
    doc: "The share of a token's life after which it is renewed.",
    source: 'KIP-255',
    refused: sasl,
  },
  'sasl.login.refresh.window.jitter': {
    type: 'double',
    min: 0,
    max: 0.25,
    default: 0.05,
    doc: 'How far that share varies by chance.',
    source: 'KIP-255',
    refused: sasl,
  },
  'sasl.login.refresh.min.period.seconds': {
    type: 'short',
    unit: 'seconds',
    min: 0,
    max: 900,
    default: 60,
    doc: 'How long a token is kept at least.',
    source: 'KIP-255',
    refused: sasl,
  },
  'sasl.login.refresh.buffer.seconds': {
    type: 'short',
    unit: 'seconds',
    min: 0,
    max: 3600,
    default: 300,
    doc: 'How long before its end a token is renewed at the latest.',
    source: 'KIP-255',
    refused: sasl,
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
