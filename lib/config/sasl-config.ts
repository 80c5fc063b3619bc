// Made of keys-sasl.ts by spec/config/render-types.ts; a spec holds the one against the other.
// To change it, change the table and run `npx vitest run spec/config -u`.

import type { Source } from '../security/secret.ts'
import type { Mechanism } from '../security/security.ts'
import type { TokenSource } from '../security/tokens.ts'

/** Who the client is, and how it shows it. */
export interface SaslConfig {
  /**
   * How the client shows who it is: `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, `OAUTHBEARER`, or a
   * `Mechanism` of your own. `GSSAPI`, the default of Java, is refused where `security.protocol`
   * asks for SASL: Node has no Kerberos.
   *
   * Takes the name of a mechanism, or an object { name, begin(context) }.
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
   * Who logs in, by `PLAIN` or SCRAM. A function is asked anew for each login.
   *
   * Takes a string that is not empty, or a function that gives one or a promise of one, or null.
   *
   * @defaultValue `null`
   * @see librdkafka
   */
  readonly 'sasl.username'?: Source<string> | null | undefined
  /**
   * The password of `sasl.username`. A function is asked anew for each login, so that a secret may
   * change while the producer lives.
   *
   * Takes a string that is not empty, or a function that gives one or a promise of one, or null.
   *
   * @defaultValue `null`
   * @see librdkafka
   */
  readonly 'sasl.password'?: Source<string> | null | undefined
  /**
   * Who logs in, as Java is told: the login module of the mechanism, with its options in quotes. It
   * contradicts `sasl.username` and `sasl.password`.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-85
   */
  readonly 'sasl.jaas.config'?: string | null | undefined
  /**
   * The class that answers questions of a mechanism. Any value but `null` is refused: there are no
   * classes here; `sasl.username` and `sasl.password` may be functions.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'sasl.client.callback.handler.class'?: string | null | undefined
  /**
   * The class that logs in. Any value but `null` is refused: there are no classes here.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-86
   */
  readonly 'sasl.login.class'?: string | null | undefined
  /**
   * Gives the tokens of `OAUTHBEARER`: a function, which is asked anew for each login, unless its
   * token says when it expires (`{ value, expiresAt }`, in milliseconds since 1970). The name of
   * the handler of Java stands for what `sasl.oauthbearer.*` says.
   *
   * Takes a function that gives a token or a promise of one, or the full name of
   * OAuthBearerLoginCallbackHandler, or null.
   *
   * @defaultValue `null`
   * @see KIP-86
   */
  readonly 'sasl.login.callback.handler.class'?: TokenSource | (string & {}) | null | undefined
  /**
   * How long a connection to a token provider may take.
   *
   * Takes an integer (ms), or null.
   *
   * @defaultValue `null`
   * @see KIP-768
   */
  readonly 'sasl.login.connect.timeout.ms'?: number | string | null | undefined
  /**
   * How long an answer of a token provider may take.
   *
   * Takes an integer (ms), or null.
   *
   * @defaultValue `null`
   * @see KIP-768
   */
  readonly 'sasl.login.read.timeout.ms'?: number | string | null | undefined
  /**
   * The pause before a token provider is asked again.
   *
   * Takes an integer (ms).
   *
   * @defaultValue `100`
   * @see KIP-768
   */
  readonly 'sasl.login.retry.backoff.ms'?: number | string | undefined
  /**
   * The longest pause before a token provider is asked again.
   *
   * Takes an integer (ms).
   *
   * @defaultValue `10000`
   * @see KIP-768
   */
  readonly 'sasl.login.retry.backoff.max.ms'?: number | string | undefined
  /**
   * The share of a token's life after which it is renewed.
   *
   * Takes a number, 0.5 … 1.
   *
   * @defaultValue `0.8`
   * @see KIP-255
   */
  readonly 'sasl.login.refresh.window.factor'?: number | string | undefined
  /**
   * How far that share varies by chance.
   *
   * Takes a number, 0 … 0.25.
   *
   * @defaultValue `0.05`
   * @see KIP-255
   */
  readonly 'sasl.login.refresh.window.jitter'?: number | string | undefined
  /**
   * How long a token is kept at least.
   *
   * Takes an integer, 0 … 900 (s).
   *
   * @defaultValue `60`
   * @see KIP-255
   */
  readonly 'sasl.login.refresh.min.period.seconds'?: number | string | undefined
  /**
   * How long before its end a token is renewed at the latest.
   *
   * Takes an integer, 0 … 3600 (s).
   *
   * @defaultValue `300`
   * @see KIP-255
   */
  readonly 'sasl.login.refresh.buffer.seconds'?: number | string | undefined
  /**
   * The name under which Kafka is known to Kerberos. Any value but `null` is refused: Node has no
   * Kerberos; a `sasl.mechanism` of your own has settings of its own.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'sasl.kerberos.service.name'?: string | null | undefined
  /**
   * Where kinit is. Any value but `/usr/bin/kinit` is refused: Node has no Kerberos; a
   * `sasl.mechanism` of your own has settings of its own.
   *
   * Takes a string.
   *
   * @defaultValue `/usr/bin/kinit`
   * @see producer configs of Apache Kafka
   */
  readonly 'sasl.kerberos.kinit.cmd'?: string | undefined
  /**
   * The share of a ticket's life after which it is renewed. Any value but `0.8` is refused: Node
   * has no Kerberos; a `sasl.mechanism` of your own has settings of its own.
   *
   * Takes a number.
   *
   * @defaultValue `0.8`
   * @see producer configs of Apache Kafka
   */
  readonly 'sasl.kerberos.ticket.renew.window.factor'?: number | string | undefined
  /**
   * How far that share varies by chance. Any value but `0.05` is refused: Node has no Kerberos; a
   * `sasl.mechanism` of your own has settings of its own.
   *
   * Takes a number.
   *
   * @defaultValue `0.05`
   * @see producer configs of Apache Kafka
   */
  readonly 'sasl.kerberos.ticket.renew.jitter'?: number | string | undefined
  /**
   * The shortest time between two logins. Any value but `60000` is refused: Node has no Kerberos; a
   * `sasl.mechanism` of your own has settings of its own.
   *
   * Takes an integer (ms).
   *
   * @defaultValue `60000`
   * @see producer configs of Apache Kafka
   */
  readonly 'sasl.kerberos.min.time.before.relogin'?: number | string | undefined
}
