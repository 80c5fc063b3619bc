import type { Accumulator } from '../accumulator/accumulator.ts'
import type { Memory } from '../accumulator/memory.ts'
import type { Topology } from '../cluster/topology.ts'
import type { Settings } from '../config/settings.ts'
import { gateBytes, roomBytes, worthwhileBytes } from './gate-bytes.ts'

// Whether there is use for another record now, whoever's it is: less lies in batches than the next
// requests can take, buffer.memory has room for it, and nothing waits at the entrance. While somebody
// waits for memory there is none for others. With nothing held there is always room.
// If many partitions have a batch each, that many bytes are next to nothing for each of them, and what a
// batch costs would be paid for two or three records. So more is let in while the average batch is
// small, as long as half of buffer.memory is left to others.
// Invariant: its bound is that of the leaders known now. The gate asks `isOpen`, for each record of a
// paced source: while no partition has moved that takes a comparison.

export interface HeadroomParts {
  readonly settings: Pick<Settings, 'maxRequestSize' | 'batchSize' | 'bufferMemory'>
  readonly topology: Pick<Topology, 'led' | 'ledVersion'>
  readonly accumulator: Pick<Accumulator, 'queuedBytes' | 'queuedBatches'>
  readonly memory: Pick<Memory, 'available'>
  /** Records that came in while a turn ran. */
  readonly entrance: { readonly length: number }
}

export class Headroom {
  #parts: HeadroomParts
  /** How many bytes may lie in batches, as the leaders were at `#ledVersion`. */
  #bytes = 0
  #ledVersion = -1
  /** What the next record has to find. */
  #room: number
  /** What it has to find beyond `#bytes`. */
  #ampleRoom: number
  /** Bytes of a batch that is worth sending. */
  #worthwhile: number

  constructor(parts: HeadroomParts) {
    this.#parts = parts
    this.#room = roomBytes(parts.settings)
    this.#ampleRoom = Math.max(this.#room, parts.settings.bufferMemory / 2)
    this.#worthwhile = worthwhileBytes(parts.settings)
  }

  get isOpen(): boolean {
    const { topology, accumulator, memory, entrance } = this.#parts
    if (topology.ledVersion !== this.#ledVersion) this.#measure()
    if (entrance.length > 0) return false
    if (accumulator.queuedBytes < this.#bytes) return memory.available >= this.#room
    return this.#areBatchesSmall && memory.available >= this.#ampleRoom
  }

  get #areBatchesSmall(): boolean {
    const { queuedBytes, queuedBatches } = this.#parts.accumulator
    return queuedBytes < queuedBatches * this.#worthwhile
  }

  #measure(): void {
    const { settings, topology } = this.#parts
    this.#ledVersion = topology.ledVersion
    this.#bytes = gateBytes(settings, topology.led.values())
  }
}
