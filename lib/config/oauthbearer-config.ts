// Made of keys-oauthbearer.ts by spec/config/render-types.ts; a spec holds the one against the other.
// To change it, change the table and run `npx vitest run spec/config -u`.

/** OAUTHBEARER, a mechanism of SASL. */
export interface OauthbearerConfig {
  /**
   * Where tokens are issued; `file:` for a file that somebody else renews, which is read at each
   * login. Its TLS is set by `ssl.*` options in `sasl.jaas.config`, as for Java; without them it is
   * Node that says which authorities are trusted (`NODE_EXTRA_CA_CERTS`).
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.token.endpoint.url'?: string | null | undefined
  /**
   * The scope that is asked for.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.scope'?: string | null | undefined
  /**
   * The id that tokens are asked for with.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.client.credentials.client.id'?: string | null | undefined
  /**
   * The secret that tokens are asked for with.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.client.credentials.client.secret'?: string | null | undefined
  /**
   * The claim of a token that holds its scope.
   *
   * Takes a string.
   *
   * @defaultValue `scope`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.scope.claim.name'?: string | undefined
  /**
   * The claim of a token that holds its subject.
   *
   * Takes a string.
   *
   * @defaultValue `sub`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.sub.claim.name'?: string | undefined
  /**
   * Whether id and secret are URL-encoded for the token endpoint.
   *
   * Takes true or false.
   *
   * @defaultValue `false`
   * @see KIP-1025
   */
  readonly 'sasl.oauthbearer.header.urlencode'?: boolean | 'true' | 'false' | undefined
  /**
   * How an assertion is signed.
   *
   * Takes one of ES256, RS256 (in any case).
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
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.claim.aud'?: string | null | undefined
  /**
   * How long an assertion holds.
   *
   * Takes an integer, 0 … 86400 (s).
   *
   * @defaultValue `300`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.claim.exp.seconds'?: number | string | undefined
  /**
   * The issuer of an assertion.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.claim.iss'?: string | null | undefined
  /**
   * Whether an assertion has an id of its own.
   *
   * Takes true or false.
   *
   * @defaultValue `false`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.claim.jti.include'?: boolean | 'true' | 'false' | undefined
  /**
   * How long before its birth an assertion holds.
   *
   * Takes an integer, 0 … 3600 (s).
   *
   * @defaultValue `60`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.claim.nbf.seconds'?: number | string | undefined
  /**
   * The subject of an assertion.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.claim.sub'?: string | null | undefined
  /**
   * A file with an assertion that is made already.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.file'?: string | null | undefined
  /**
   * The file of the key that signs assertions.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.private.key.file'?: string | null | undefined
  /**
   * The passphrase of that key.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.private.key.passphrase'?: string | null | undefined
  /**
   * A file with a template for assertions.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.assertion.template.file'?: string | null | undefined
  /**
   * Which grant tokens are fetched by: a file or client credentials (the default), or the grant of
   * a JWT bearer. A function as `sasl.login.callback.handler.class` may do anything else. Any value
   * but `org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever`,
   * `org.apache.kafka.common.security.oauthbearer.ClientCredentialsJwtRetriever`,
   * `org.apache.kafka.common.security.oauthbearer.JwtBearerJwtRetriever`,
   * `org.apache.kafka.common.security.oauthbearer.FileJwtRetriever` is refused: there are no
   * classes here.
   *
   * Takes a string.
   *
   * @defaultValue `org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.jwt.retriever.class'?: string | undefined
  /**
   * The class that checks tokens: that they are JSON web tokens, and say when they expire. Any
   * value but `org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator`,
   * `org.apache.kafka.common.security.oauthbearer.ClientJwtValidator` is refused: there are no
   * classes here.
   *
   * Takes a string.
   *
   * @defaultValue `org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator`
   * @see KIP-1139
   */
  readonly 'sasl.oauthbearer.jwt.validator.class'?: string | undefined
  /**
   * Where a broker finds the keys that tokens are signed with. Any value but `null` is refused: it
   * concerns brokers.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.jwks.endpoint.url'?: string | null | undefined
  /**
   * How often a broker fetches those keys. Any value but `3600000` is refused: it concerns brokers.
   *
   * Takes an integer (ms).
   *
   * @defaultValue `3600000`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.jwks.endpoint.refresh.ms'?: number | string | undefined
  /**
   * The pause before a broker fetches those keys again. Any value but `100` is refused: it concerns
   * brokers.
   *
   * Takes an integer (ms).
   *
   * @defaultValue `100`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms'?: number | string | undefined
  /**
   * The longest pause before a broker fetches those keys again. Any value but `10000` is refused:
   * it concerns brokers.
   *
   * Takes an integer (ms).
   *
   * @defaultValue `10000`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms'?: number | string | undefined
  /**
   * How far the clocks of a broker and a token provider may differ. Any value but `30` is refused:
   * it concerns brokers.
   *
   * Takes an integer (s).
   *
   * @defaultValue `30`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.clock.skew.seconds'?: number | string | undefined
  /**
   * The audiences that a broker accepts. Any value but `[]` is refused: it concerns brokers.
   *
   * Takes a list: strings in an array, or one string with commas.
   *
   * @defaultValue `[]`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.expected.audience'?: string | readonly string[] | undefined
  /**
   * The issuer that a broker accepts. Any value but `null` is refused: it concerns brokers.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-768
   */
  readonly 'sasl.oauthbearer.expected.issuer'?: string | null | undefined
  /**
   * Whether a broker accepts any audience. Any value but `false` is refused: it concerns brokers.
   *
   * Takes true or false.
   *
   * @defaultValue `false`
   * @see Kafka 4.x
   */
  readonly 'sasl.oauthbearer.allow.unverified.audience'?: boolean | 'true' | 'false' | undefined
  /**
   * Whether a broker accepts any issuer. Any value but `false` is refused: it concerns brokers.
   *
   * Takes true or false.
   *
   * @defaultValue `false`
   * @see Kafka 4.x
   */
  readonly 'sasl.oauthbearer.allow.unverified.issuer'?: boolean | 'true' | 'false' | undefined
}
