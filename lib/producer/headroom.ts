import type { Accumulator } from '../accumulator/accumulator.ts'
import type { Memory } from '../accumulator/memory.ts'
import type { Topology } from '../cluster/topology.ts'
import type { Settings } from '../config/settings.ts'
import { gateBytes, roomBytes, worthwhileBytes } from './gate-bytes.ts'

// Whether the producer can use another record now, from any source: batches have fewer bytes than the next
// requests can take, buffer.memory has room, and nothing waits at the entrance. While a record waits for
// memory, there is none for others. With no batch held, there is always room.
// If many partitions have a batch each, so many bytes are very little for each of them, and the cost of a
// batch would be paid for two or three records. So more is let in while the average batch is small, as long
// as half of buffer.memory is free for others.
//
// Invariant: its limit is that of the current leaders. The gate asks `isOpen` for each record of a paced
// source: while no partition has moved, that takes one comparison.

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
  /** How many bytes batches may have, for the leaders at `#ledVersion`. */
  #bytes = 0
  #ledVersion = -1
  /** How many bytes the next record must find. */
  #room: number
  /** How many bytes it must find beyond `#bytes`. */
  #ampleRoom: number
  /** The bytes of a batch that is worth sending. */
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
