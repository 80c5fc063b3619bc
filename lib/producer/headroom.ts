import type { Accumulator } from '../accumulator/accumulator.ts'
import type { Memory } from '../accumulator/memory.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Settings } from '../config/settings.ts'
import { gateBytes, roomBytes } from './gate-bytes.ts'
import type { Topics } from './topics.ts'

// Whether there is use for another record now, whoever's it is: less lies in batches than the next
// requests can take, buffer.memory has room for it, and nothing waits at the entrance. While somebody
// waits for memory there is none for others. With nothing held there is always room.
// Invariant: its bound is that of the leaders and topics known now; who learns of others says so by
// `measure` (wiring.ts). The gate asks `isOpen`, for each record of a paced source.

export interface HeadroomParts {
  readonly settings: Pick<Settings, 'maxRequestSize' | 'batchSize' | 'bufferMemory'>
  readonly cluster: Pick<Cluster, 'topicOf'>
  readonly topics: Pick<Topics, 'names'>
  readonly accumulator: Pick<Accumulator, 'queuedBytes'>
  readonly memory: Pick<Memory, 'available'>
  /** Records that came in while a turn ran. */
  readonly entrance: { readonly length: number }
}

export class Headroom {
  #parts: HeadroomParts
  /** How many bytes may lie in batches. */
  #bytes = 0
  /** What the next record has to find. */
  #room: number

  constructor(parts: HeadroomParts) {
    this.#parts = parts
    this.#room = roomBytes(parts.settings)
    this.measure()
  }

  /** Leaders may have changed, or a topic is new. */
  measure(): void {
    const { settings, cluster, topics } = this.#parts
    this.#bytes = gateBytes(settings, cluster, topics.names)
  }

  get isOpen(): boolean {
    const { accumulator, memory, entrance } = this.#parts
    const isWanted = accumulator.queuedBytes < this.#bytes && entrance.length === 0
    return isWanted && memory.available >= this.#room
  }
}
