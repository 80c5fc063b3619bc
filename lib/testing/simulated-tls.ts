// TLS of a simulated cluster: the results of handshakes, broker by broker, and the brokers' sessions. No
// certificate is checked: a test says with which of Node's error codes handshakes fail, and until when.

import type { TlsAttempt } from '../runtime.ts'
import type { BrokerModel } from './broker-model.ts'

/** Which handshakes fail, and when the client is told. */
export interface HandshakeFailure {
  /** Only those with this broker. Default: those with every broker. */
  readonly broker?: number | undefined
  /**
   * Whether the connection seems ready first, as it does by TLS 1.3 when a broker refuses the client's certificate.
   * Default: false.
   */
  readonly late?: boolean | undefined
}

export interface Refusal {
  readonly code: string
  readonly isLate: boolean
}

export class SimulatedTls {
  readonly #model: BrokerModel
  readonly #refusals = new Map<number, Refusal>()

  constructor(model: BrokerModel) {
    this.#model = model
  }

  /** From now on handshakes fail with `code`; with null they succeed. */
  fail(code: string | null, { broker, late = false }: HandshakeFailure): void {
    const all = this.#model.state.brokers.map(({ id }) => id)
    const meant = broker === undefined ? all : [this.#model.state.broker(broker).id]
    for (const id of meant) {
      if (code === null) this.#refusals.delete(id)
      else this.#refusals.set(id, { code, isLate: late })
    }
  }

  /** How a handshake with `broker` ends now; null: it succeeds. */
  refusal(broker: number): Refusal | null {
    return this.#refusals.get(broker) ?? null
  }

  /** A client may offer a session: resuming one checks no certificate, so it must come from the same broker. */
  offered(broker: number, { options }: TlsAttempt): void {
    const { session } = options as { readonly session?: Uint8Array }
    if (session === undefined) return
    const giver = Number(Buffer.from(session).toString())
    if (giver !== broker)
      this.#model.violate(broker, `it was offered a TLS session of broker ${giver}`)
  }

  /** The session that `broker` sends. */
  session(broker: number): Uint8Array {
    return Buffer.from(`${broker}`)
  }
}
