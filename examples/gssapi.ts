// Kerberos: GSSAPI (RFC 4752) as your own SASL mechanism, with the npm package `kerberos`, which is native code and needs
// the machine's Kerberos (libkrb5). Install it next to this package: `npm install kerberos`.
//
//   import kerberos from 'kerberos'
//
//   toKafka({
//     'bootstrap.servers': 'kafka-1.example.com:9092',
//     'security.protocol': 'SASL_PLAINTEXT',
//     'sasl.mechanism': gssapi({ kerberos }),
//   })
//
// Kerberos decides which principal logs in: that of the tickets of `kinit` (KRB5CCNAME), or that of a keytab
// (KRB5_CLIENT_KTNAME), with which new tickets are requested automatically, also when a session is renewed. Broker
// names are used as they were connected to: a broker that is advertised as `kafka-1.example.com` needs the principal
// `kafka/kafka-1.example.com`.

import type { Exchange, Mechanism, StepResult } from 'to-kafka'

/** The part of the package `kerberos` that is used; its texts are base64. */
export interface Kerberos {
  readonly GSS_C_MUTUAL_FLAG: number
  readonly GSS_C_INTEG_FLAG: number
  readonly GSS_MECH_OID_KRB5: number
  initializeClient(
    service: string,
    options: { gssFlag: number; mechOID: number; principal?: string },
  ): Promise<KerberosClient>
}

export interface KerberosClient {
  readonly contextComplete: boolean
  step(challenge: string): Promise<string | null>
  wrap(challenge: string): Promise<string>
  unwrap(challenge: string): Promise<string>
}

export interface GssapiOptions {
  readonly kerberos: Kerberos
  /** The first part of the brokers' principals, as in `sasl.kerberos.service.name`. Default: `kafka`. */
  readonly service?: string
  /** The principal, if there are tickets of several: `me@EXAMPLE.COM`. Default: that of the tickets. */
  readonly principal?: string
  /** How many milliseconds to wait for a key distribution centre. Default: 10 s. */
  readonly patienceMs?: number
}

/** The mechanism GSSAPI with Kerberos 5, without a security layer, because TLS provides encryption. */
export function gssapi(options: GssapiOptions): Mechanism {
  const { patienceMs = 10_000 } = options
  return {
    name: 'GSSAPI',
    patienceMs,
    begin({ address }) {
      const dialogue = new Dialogue(options, address.host)
      const exchange: Exchange = {
        step(token, resume) {
          dialogue.next(Buffer.from(token)).then(resume, (cause: unknown) => {
            resume({ kind: 'failed', cause })
          })
        },
      }
      return exchange
    },
  }
}

/** The selected layer: none (1), so its longest message has 0 bytes. */
const noLayer = Buffer.of(1, 0, 0, 0)
const noLayerBit = 1

class Dialogue {
  readonly #options: GssapiOptions
  readonly #host: string
  #client: KerberosClient | null = null
  #state: 'context' | 'layer' | 'over' = 'context'

  constructor(options: GssapiOptions, host: string) {
    this.#options = options
    this.#host = host
  }

  async next(token: Buffer): Promise<StepResult> {
    switch (this.#state) {
      case 'context':
        return this.#establish(token)
      case 'layer':
        return this.#choose(token)
      case 'over':
        return { kind: 'done' }
    }
  }

  /** Tickets are exchanged until both sides are authenticated; then the broker continues. */
  async #establish(token: Buffer): Promise<StepResult> {
    this.#client ??= await this.#begun()
    const answer = await this.#client.step(token.toString('base64'))
    if (this.#client.contextComplete) this.#state = 'layer'
    return { kind: 'send', token: Buffer.from(answer ?? '', 'base64') }
  }

  /** The broker offers security layers; this client selects none, as Kafka's own clients do. */
  async #choose(token: Buffer): Promise<StepResult> {
    const client = this.#client!
    const offered = Buffer.from(await client.unwrap(token.toString('base64')), 'base64')
    if (offered.length !== 4 || (offered[0]! & noLayerBit) === 0) {
      throw new Error('the broker wants a security layer of GSSAPI; Kafka has none')
    }
    this.#state = 'over'
    const chosen = await client.wrap(noLayer.toString('base64'))
    return { kind: 'send', token: Buffer.from(chosen, 'base64') }
  }

  #begun(): Promise<KerberosClient> {
    const { kerberos, service = 'kafka', principal } = this.#options
    return kerberos.initializeClient(`${service}@${this.#host}`, {
      // The broker has to authenticate itself, and the messages about layers cannot be changed on the way.
      gssFlag: kerberos.GSS_C_MUTUAL_FLAG | kerberos.GSS_C_INTEG_FLAG,
      mechOID: kerberos.GSS_MECH_OID_KRB5,
      ...(principal !== undefined && { principal }),
    })
  }
}
