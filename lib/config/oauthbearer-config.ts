// Generated from keys-oauthbearer.ts by spec/config/render-types.ts; do not edit. A spec compares the two.
// To change it, change the table and run `npm run reference`.

/** The SASL mechanism OAUTHBEARER. */
export interface OauthbearerConfig {
  /**
   * The URL of the token endpoint; or a `file:` URL of a file that another program renews, which is read at
   * each login. The TLS of the endpoint is set by `ssl.*` options in `sasl.jaas.config`, as in Java;
   * without them, Node decides which authorities are trusted (`NODE_EXTRA_CA_CERTS`).
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.token.endpoint.url'?: string | null | undefined
  /**
   * The scope to request.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.scope'?: string | null | undefined
  /**
   * The client id for requesting tokens.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.client.credentials.client.id'?: string | null | undefined
  /**
   * The client secret for requesting tokens.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.client.credentials.client.secret'?: string | null | undefined
  /**
   * The claim that holds a token's scope.
   *
   * Accepts a string.
   *
   * @defaultValue `scope`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.scope.claim.name'?: string | undefined
  /**
   * The claim that holds a token's subject.
   *
   * Accepts a string.
   *
   * @defaultValue `sub`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.sub.claim.name'?: string | undefined
  /**
   * Whether the client id and secret are URL-encoded for the token endpoint.
   *
   * Accepts true or false.
   *
   * @defaultValue `false`
   * @see KIP-1025
   */
  readonly 'sasl.oauthbearer.header.urlencode'?: boolean | 'true' | 'false' | undefined
  /**
   * The algorithm that signs an assertion.
   *
   * Accepts one of ES256, RS256 (in any case).
   *
   * @defaultValue `RS256`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.algorithm'?:
    | 'ES256'
    | 'es256'
    | 'RS256'
    | 'rs256'
    | undefined
  /**
   * The audience of an assertion.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.claim.aud'?: string | null | undefined
  /**
   * How long an assertion is valid.
   *
   * Accepts an integer, 0 … 86400 (s).
   *
   * @defaultValue `300`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.claim.exp.seconds'?: number | string | undefined
  /**
   * The issuer of an assertion.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.claim.iss'?: string | null | undefined
  /**
   * Whether an assertion has a unique id.
   *
   * Accepts true or false.
   *
   * @defaultValue `false`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.claim.jti.include'?: boolean | 'true' | 'false' | undefined
  /**
   * How long before its creation an assertion is already valid.
   *
   * Accepts an integer, 0 … 3600 (s).
   *
   * @defaultValue `60`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.claim.nbf.seconds'?: number | string | undefined
  /**
   * The subject of an assertion.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.claim.sub'?: string | null | undefined
  /**
   * A file with a ready-made assertion.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.file'?: string | null | undefined
  /**
   * The file of the private key that signs assertions.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.private.key.file'?: string | null | undefined
  /**
   * The passphrase of that key.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.private.key.passphrase'?: string | null | undefined
  /**
   * A file with a template for assertions.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.template.file'?: string | null | undefined
  /**
   * How tokens are obtained: from a file or with client credentials (the default), or with a JWT bearer
   * grant. For anything else, set `sasl.login.callback.handler.class` to a function. Any value except
   * `org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever`,
   * `org.apache.kafka.common.security.oauthbearer.ClientCredentialsJwtRetriever`,
   * `org.apache.kafka.common.security.oauthbearer.JwtBearerJwtRetriever`,
   * `org.apache.kafka.common.security.oauthbearer.FileJwtRetriever` is refused: Java classes cannot be
   * loaded here.
   *
   * Accepts a string.
   *
   * @defaultValue `org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.jwt.retriever.class'?: string | undefined
  /**
   * The class that validates tokens: they must be JSON web tokens with an expiry time. Any value except
   * `org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator`,
   * `org.apache.kafka.common.security.oauthbearer.ClientJwtValidator` is refused: Java classes cannot be
   * loaded here.
   *
   * Accepts a string.
   *
   * @defaultValue `org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.jwt.validator.class'?: string | undefined
  /**
   * The URL where a broker finds the keys that tokens are signed with. Any value except `null` is refused:
   * it is a setting of brokers.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.jwks.endpoint.url'?: string | null | undefined
  /**
   * How often a broker fetches those keys. Any value except `3600000` is refused: it is a setting of
   * brokers.
   *
   * Accepts an integer (ms).
   *
   * @defaultValue `3600000`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.jwks.endpoint.refresh.ms'?: number | string | undefined
  /**
   * The pause before a broker fetches those keys again. Any value except `100` is refused: it is a setting
   * of brokers.
   *
   * Accepts an integer (ms).
   *
   * @defaultValue `100`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms'?: number | string | undefined
  /**
   * The longest pause before a broker fetches those keys again. Any value except `10000` is refused: it is
   * a setting of brokers.
   *
   * Accepts an integer (ms).
   *
   * @defaultValue `10000`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms'?: number | string | undefined
  /**
   * How far the clocks of a broker and a token provider may differ. Any value except `30` is refused: it is
   * a setting of brokers.
   *
   * Accepts an integer (s).
   *
   * @defaultValue `30`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.clock.skew.seconds'?: number | string | undefined
  /**
   * The audiences that a broker accepts. Any value except `[]` is refused: it is a setting of brokers.
   *
   * Accepts a list: strings in an array, or one string with commas.
   *
   * @defaultValue `[]`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.expected.audience'?: string | readonly string[] | undefined
  /**
   * The issuer that a broker accepts. Any value except `null` is refused: it is a setting of brokers.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.expected.issuer'?: string | null | undefined
  /**
   * Whether a broker accepts any audience. Any value except `false` is refused: it is a setting of brokers.
   *
   * Accepts true or false.
   *
   * @defaultValue `false`
   * @see Kafka 4.x
   */
  readonly 'sasl.oauthbearer.allow.unverified.audience'?: boolean | 'true' | 'false' | undefined
  /**
   * Whether a broker accepts any issuer. Any value except `false` is refused: it is a setting of brokers.
   *
   * Accepts true or false.
   *
   * @defaultValue `false`
   * @see Kafka 4.x
   */
  readonly 'sasl.oauthbearer.allow.unverified.issuer'?: boolean | 'true' | 'false' | undefined
}
