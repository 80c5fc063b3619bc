// Settings of OAUTHBEARER, a SASL mechanism. Some are only for brokers: Java accepts them in clients, and
// here they are refused.

import type { Key } from './key.ts'

const broker = 'it is a setting of brokers'
const classes = 'org.apache.kafka.common.security.oauthbearer.'
const jvm = 'Java classes cannot be loaded here'

export const oauthbearerKeys = {
  'sasl.oauthbearer.token.endpoint.url': {
    type: 'string',
    default: null,
    doc:
      'The URL of the token endpoint; or a `file:` URL of a file that another program renews, ' +
      'which is read at each login. The TLS of the endpoint is set by `ssl.*` options in ' +
      '`sasl.jaas.config`, as in Java; without them, Node decides which authorities are trusted ' +
      '(`NODE_EXTRA_CA_CERTS`).',
    source: 'KIP-768',
  },
  'sasl.oauthbearer.scope': {
    type: 'string',
    default: null,
    doc: 'The scope to request.',
    source: 'KIP-1139',
  },
  'sasl.oauthbearer.client.credentials.client.id': {
    type: 'string',
    default: null,
    doc: 'The client id for requesting tokens.',
    source: 'KIP-1139',
  },
  'sasl.oauthbearer.client.credentials.client.secret': {
    type: 'password',
    default: null,
    doc: 'The client secret for requesting tokens.',
    source: 'KIP-1139',
  },
  'sasl.oauthbearer.scope.claim.name': {
    type: 'string',
    default: 'scope',
    doc: "The claim that holds a token's scope.",
    source: 'KIP-768',
  },
  'sasl.oauthbearer.sub.claim.name': {
    type: 'string',
    default: 'sub',
    doc: "The claim that holds a token's subject.",
    source: 'KIP-768',
  },
  'sasl.oauthbearer.header.urlencode': {
    type: 'boolean',
    default: false,
    doc: 'Whether the client id and secret are URL-encoded for the token endpoint.',
    source: 'KIP-1025',
  },
  'sasl.oauthbearer.assertion.algorithm': {
    type: 'enum',
    words: ['ES256', 'RS256'],
    anyCase: true,
    default: 'RS256',
    doc: 'The algorithm that signs an assertion.',
    source: 'KIP-1139',
  },
  'sasl.oauthbearer.assertion.claim.aud': {
    type: 'string',
    default: null,
    doc: 'The audience of an assertion.',
    source: 'KIP-1139',
  },
  'sasl.oauthbearer.assertion.claim.exp.seconds': {
    type: 'int',
    unit: 'seconds',
    min: 0,
    max: 86400,
    default: 300,
    doc: 'How long an assertion is valid.',
    source: 'KIP-1139',
  },
  'sasl.oauthbearer.assertion.claim.iss': {
    type: 'string',
    default: null,
    doc: 'The issuer of an assertion.',
    source: 'KIP-1139',
  },
  'sasl.oauthbearer.assertion.claim.jti.include': {
    type: 'boolean',
    default: false,
    doc: 'Whether an assertion has a unique id.',
    source: 'KIP-1139',
  },
  'sasl.oauthbearer.assertion.claim.nbf.seconds': {
    type: 'int',
    unit: 'seconds',
    min: 0,
    max: 3600,
    default: 60,
    doc: 'How long before its creation an assertion is already valid.',
    source: 'KIP-1139',
  },
  'sasl.oauthbearer.assertion.claim.sub': {
    type: 'string',
    default: null,
    doc: 'The subject of an assertion.',
    source: 'KIP-1139',
  },
  'sasl.oauthbearer.assertion.file': {
    type: 'string',
    default: null,
    doc: 'A file with a ready-made assertion.',
    source: 'KIP-1139',
  },
  'sasl.oauthbearer.assertion.private.key.file': {
    type: 'string',
    default: null,
    doc: 'The file of the private key that signs assertions.',
    source: 'KIP-1139',
  },
  'sasl.oauthbearer.assertion.private.key.passphrase': {
    type: 'password',
    default: null,
    doc: 'The passphrase of that key.',
    source: 'KIP-1139',
  },
  'sasl.oauthbearer.assertion.template.file': {
    type: 'string',
    default: null,
    doc: 'A file with a template for assertions.',
    source: 'KIP-1139',
  },
  'sasl.oauthbearer.jwt.retriever.class': {
    type: 'string',
    default: 'org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever',
    doc:
      'How tokens are obtained: from a file or with client credentials (the default), or with a ' +
      'JWT bearer grant. For anything else, set `sasl.login.callback.handler.class` to a ' +
      'function.',
    source: 'KIP-1139',
    built: ['Default', 'ClientCredentials', 'JwtBearer', 'File'].map(
      (name) => `${classes}${name}JwtRetriever`,
    ),
    refused: jvm,
  },
  'sasl.oauthbearer.jwt.validator.class': {
    type: 'string',
    default: 'org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator',
    doc: 'The class that validates tokens: they must be JSON web tokens with an expiry time.',
    source: 'KIP-1139',
    built: ['Default', 'Client'].map((name) => `${classes}${name}JwtValidator`),
    refused: jvm,
  },
  'sasl.oauthbearer.jwks.endpoint.url': {
    type: 'string',
    default: null,
    doc: 'The URL where a broker finds the keys that tokens are signed with.',
    source: 'KIP-768',
    refused: broker,
  },
  'sasl.oauthbearer.jwks.endpoint.refresh.ms': {
    type: 'long',
    unit: 'milliseconds',
    default: 3600000,
    doc: 'How often a broker fetches those keys.',
    source: 'KIP-768',
    refused: broker,
  },
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms': {
    type: 'long',
    unit: 'milliseconds',
    default: 100,
    doc: 'The pause before a broker fetches those keys again.',
    source: 'KIP-768',
    refused: broker,
  },
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms': {
    type: 'long',
    unit: 'milliseconds',
    default: 10000,
    doc: 'The longest pause before a broker fetches those keys again.',
    source: 'KIP-768',
    refused: broker,
  },
  'sasl.oauthbearer.clock.skew.seconds': {
    type: 'int',
    unit: 'seconds',
    default: 30,
    doc: 'How far the clocks of a broker and a token provider may differ.',
    source: 'KIP-768',
    refused: broker,
  },
  'sasl.oauthbearer.expected.audience': {
    type: 'list',
    default: [],
    doc: 'The audiences that a broker accepts.',
    source: 'KIP-768',
    refused: broker,
  },
  'sasl.oauthbearer.expected.issuer': {
    type: 'string',
    default: null,
    doc: 'The issuer that a broker accepts.',
    source: 'KIP-768',
    refused: broker,
  },
  'sasl.oauthbearer.allow.unverified.audience': {
    type: 'boolean',
    default: false,
    doc: 'Whether a broker accepts any audience.',
    source: 'Kafka 4.x',
    refused: broker,
  },
  'sasl.oauthbearer.allow.unverified.issuer': {
    type: 'boolean',
    default: false,
    doc: 'Whether a broker accepts any issuer.',
    source: 'Kafka 4.x',
    refused: broker,
  },
} as const satisfies Record<string, Key>
