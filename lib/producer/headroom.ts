import type { Accumulator } from '../accumulator/accumulator.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Settings } from '../config/settings.ts'
import type { Holdings } from '../stages/holding.ts'
import { gateBytes } from './gate-bytes.ts'
import type { Topics } from './topics.ts'

// Whether there is use for another record now: less lies in batches than the next requests can take,
// and nothing waits, at the entrance or in a stage.
// Invariant: its bound is that of the leaders and topics known now; who learns of others says so by
// `measure` (wiring.ts). The gate asks `isOpen`, for each record of a paced source.

export interface HeadroomParts {
  readonly settings: Pick<Settings, 'maxRequestSize' | 'batchSize'>
  readonly cluster: Pick<Cluster, 'topicOf'>
  readonly topics: Pick<Topics, 'names'>
  readonly accumulator: Pick<Accumulator, 'queuedBytes'>
  readonly holdings: Pick<Holdings, 'isHolding'>
  /** Records that came in while a turn ran. */
  readonly entrance: { readonly length: number }
}

export class Headroom {
  #parts: HeadroomParts
  /** How many bytes may lie in batches. */
  #bytes = 0

  constructor(parts: HeadroomParts) {
    this.#parts = parts
    this.measure()
  }

  /** Leaders may have changed, or a topic is new. */
  measure(): void {
    const { settings, cluster, topics } = this.#parts
    this.#bytes = gateBytes(settings, cluster, topics.names)
  }

  get isOpen(): boolean {
    const { accumulator, holdings, entrance } = this.#parts
    return accumulator.queuedBytes < this.#bytes && !holdings.isHolding && entrance.length === 0
  }
}
