import type { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import type { HoursCluster, LockOut } from './hours-cluster.ts'
import type { TlsChange } from './hours-scenario.ts'

// TLS in the regime of hours: brokers restart, and for some time handshakes fail, at once or when the
// connection seems ready. One kind of refusal at a time; a change that comes meanwhile only restarts its
// brokers.

/** What a handshake may fail with that is final; all else passes. */
export const finalCodes: ReadonlySet<unknown> = new Set([
  'CERT_HAS_EXPIRED',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
])

export class HoursTls {
  readonly #cluster: HoursCluster
  readonly #clock: VirtualClock
  #isRefusing = false
  #lockOut: LockOut | null = null

  constructor(cluster: HoursCluster, clock: VirtualClock) {
    this.#cluster = cluster
    this.#clock = clock
  }

  change({ broker, refusal, ms, restarts }: TlsChange): void {
    if (refusal !== null && !this.#isRefusing) {
      const { code, late } = refusal
      this.#isRefusing = true
      this.#cluster.simulated.failHandshakes(code, { late, broker: broker ?? undefined })
      if (finalCodes.has(code)) {
        this.#lockOut = { from: this.#clock.now(), to: null }
        this.#cluster.lockOuts.push(this.#lockOut)
      }
      this.#clock.at(this.#clock.now() + ms, () => this.heal())
    }
    if (restarts) this.#cluster.restart(broker === null ? [1, 2, 3] : [broker])
  }

  /** Every client is accepted again. */
  heal(): void {
    if (!this.#isRefusing) return
    this.#isRefusing = false
    this.#cluster.simulated.failHandshakes(null)
    if (this.#lockOut !== null) this.#lockOut.to = this.#clock.now()
    this.#lockOut = null
  }
}
