// Generated from keys-sasl.ts by spec/config/render-types.ts; do not edit. A spec compares the two.
// To change it, change the table and run `npm run reference`.

import type { Source } from '../security/secret.ts'
import type { Mechanism } from '../security/security.ts'
import type { TokenSource } from '../security/tokens.ts'

/** SASL: how the client logs in. */
export interface SaslConfig {
  /**
   * How the client logs in: `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, `OAUTHBEARER`, or your own
   * `Mechanism`. Java's default, `GSSAPI`, is refused if `security.protocol` uses SASL, because Node has no
   * Kerberos.
   *
   * Accepts the name of a mechanism, or an object { name, begin(context), patienceMs? } with a name in
   * capitals, and patienceMs 0 or more.
   *
   * @defaultValue `GSSAPI`
   * @see producer configs of Apache Kafka
   */
  readonly 'sasl.mechanism'?:
    | 'PLAIN'
    | 'SCRAM-SHA-256'
    | 'SCRAM-SHA-512'
    | 'OAUTHBEARER'
    | 'GSSAPI'
    | Mechanism
    | (string & {})
    | undefined
  /**
   * The user name for `PLAIN` and SCRAM. A function is called for each login.
   *
   * Accepts a non-empty string, or a function that returns one or a promise of one, or null.
   *
   * @defaultValue `null`
   * @see librdkafka
   */
  readonly 'sasl.username'?: Source<string> | null | undefined
  /**
   * The password of `sasl.username`. A function is called for each login, so the password may change while
   * the producer runs.
   *
   * Accepts a non-empty string, or a function that returns one or a promise of one, or null.
   *
   * @defaultValue `null`
   * @see librdkafka
   */
  readonly 'sasl.password'?: Source<string> | null | undefined
  /**
   * The login, as in Java: the login module of the mechanism, with its options in quotes. It contradicts
   * `sasl.username` and `sasl.password`.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-85
   */
  readonly 'sasl.jaas.config'?: string | null | undefined
  /**
   * The class that answers the questions of a mechanism. Any value except `null` is refused: Java classes
   * cannot be loaded here; `sasl.username` and `sasl.password` may be functions.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'sasl.client.callback.handler.class'?: string | null | undefined
  /**
   * The class that logs in. Any value except `null` is refused: Java classes cannot be loaded here.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-86
   */
  readonly 'sasl.login.class'?: string | null | undefined
  /**
   * Returns the tokens for `OAUTHBEARER`: a function. It is called for each login, or, if the token has an
   * expiry time (`{ value, expiresAt }`, in milliseconds since 1970), when the token has to be renewed. The
   * class name of Java's handler selects the settings `sasl.oauthbearer.*`.
   *
   * Accepts a function that returns a token or a promise of one, or the full name of
   * OAuthBearerLoginCallbackHandler, or null.
   *
   * @defaultValue `null`
   * @see KIP-86
   */
  readonly 'sasl.login.callback.handler.class'?: TokenSource | (string & {}) | null | undefined
  /**
   * How long a connection to the token endpoint may take to open.
   *
   * Accepts an integer (ms), or null.
   *
   * @defaultValue `null`
   * @see KIP-768
   */
  readonly 'sasl.login.connect.timeout.ms'?: number | string | null | undefined
  /**
   * How long the answer of the token endpoint may take.
   *
   * Accepts an integer (ms), or null.
   *
   * @defaultValue `null`
   * @see KIP-768
   */
  readonly 'sasl.login.read.timeout.ms'?: number | string | null | undefined
  /**
   * The pause before the token endpoint is asked again.
   *
   * Accepts an integer (ms).
   *
   * @defaultValue `100`
   * @see KIP-768
   */
  readonly 'sasl.login.retry.backoff.ms'?: number | string | undefined
  /**
   * The maximum pause before the token endpoint is asked again.
   *
   * Accepts an integer (ms).
   *
   * @defaultValue `10000`
   * @see KIP-768
   */
  readonly 'sasl.login.retry.backoff.max.ms'?: number | string | undefined
  /**
   * The share of a token's lifetime after which it is renewed.
   *
   * Accepts a number, 0.5 … 1.
   *
   * @defaultValue `0.8`
   * @see KIP-255
   */
  readonly 'sasl.login.refresh.window.factor'?: number | string | undefined
  /**
   * By how much that share varies randomly.
   *
   * Accepts a number, 0 … 0.25.
   *
   * @defaultValue `0.05`
   * @see KIP-255
   */
  readonly 'sasl.login.refresh.window.jitter'?: number | string | undefined
  /**
   * The minimum time for which a token is kept.
   *
   * Accepts an integer, 0 … 900 (s).
   *
   * @defaultValue `60`
   * @see KIP-255
   */
  readonly 'sasl.login.refresh.min.period.seconds'?: number | string | undefined
  /**
   * How long before its expiry a token is renewed at the latest.
   *
   * Accepts an integer, 0 … 3600 (s).
   *
   * @defaultValue `300`
   * @see KIP-255
   */
  readonly 'sasl.login.refresh.buffer.seconds'?: number | string | undefined
  /**
   * The name of the Kafka service in Kerberos. Any value except `null` is refused: Node has no Kerberos;
   * your own `sasl.mechanism` has its own settings.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'sasl.kerberos.service.name'?: string | null | undefined
  /**
   * The path of kinit. Any value except `/usr/bin/kinit` is refused: Node has no Kerberos; your own
   * `sasl.mechanism` has its own settings.
   *
   * Accepts a string.
   *
   * @defaultValue `/usr/bin/kinit`
   * @see producer configs of Apache Kafka
   */
  readonly 'sasl.kerberos.kinit.cmd'?: string | undefined
  /**
   * The share of a ticket's lifetime after which it is renewed. Any value except `0.8` is refused: Node has
   * no Kerberos; your own `sasl.mechanism` has its own settings.
   *
   * Accepts a number.
   *
   * @defaultValue `0.8`
   * @see producer configs of Apache Kafka
   */
  readonly 'sasl.kerberos.ticket.renew.window.factor'?: number | string | undefined
  /**
   * By how much that share varies randomly. Any value except `0.05` is refused: Node has no Kerberos; your
   * own `sasl.mechanism` has its own settings.
   *
   * Accepts a number.
   *
   * @defaultValue `0.05`
   * @see producer configs of Apache Kafka
   */
  readonly 'sasl.kerberos.ticket.renew.jitter'?: number | string | undefined
  /**
   * The minimum time between two logins. Any value except `60000` is refused: Node has no Kerberos; your
   * own `sasl.mechanism` has its own settings.
   *
   * Accepts an integer (ms).
   *
   * @defaultValue `60000`
   * @see producer configs of Apache Kafka
   */
  readonly 'sasl.kerberos.min.time.before.relogin'?: number | string | undefined
}
