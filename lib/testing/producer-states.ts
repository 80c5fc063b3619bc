// What one partition remembers about each idempotent producer: its epoch and its last five batches. Like
// Kafka 4's ProducerStateManager, it decides whether a batch is new, a repeat, or out of order. Invariant:
// `batches` holds up to five batches of `epoch`, oldest first; none if that epoch came with the end of a
// transaction. Used by append.ts, and by the transaction coordinator.
//
// Kafka 4 has no DUPLICATE_SEQUENCE_NUMBER any more: a repeat of a batch older than the last five is
// OUT_OF_ORDER_SEQUENCE_NUMBER. Since KIP-360, an unknown producer may begin at any sequence; before, it
// got UNKNOWN_PRODUCER_ID.

import type { KafkaErrorName } from '../errors/error-codes.ts'
import type { BatchHeader } from '../records/batch-header.ts'
import type { StoredBatch } from './partition-log.ts'

const batchesRemembered = 5
const sequenceMax = 0x7fffffff

interface RememberedBatch {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly stored: StoredBatch
}

interface ProducerState {
  readonly epoch: number
  readonly batches: readonly RememberedBatch[]
}

/** What to do with a batch. */
export type SequenceVerdict =
  | { readonly kind: 'append' }
  | { readonly kind: 'repeat'; readonly of: StoredBatch }
  | { readonly kind: 'refuse'; readonly error: KafkaErrorName; readonly why: string }

const append: SequenceVerdict = { kind: 'append' }

export class ProducerStates {
  readonly #states = new Map<bigint, ProducerState>()

  /** Judges a batch with a producer id. Changes nothing. Old brokers refuse unknown producers. */
  judge(header: BatchHeader, refusesUnknown = false): SequenceVerdict {
    const state = this.#states.get(header.producerId)
    const { producerId, producerEpoch, baseSequence } = header
    const who = `producer ${producerId}`
    if (!state) {
      if (!refusesUnknown || baseSequence === 0) return append
      const why = `${who}: unknown, and begins at sequence ${baseSequence}`
      return { kind: 'refuse', error: 'UNKNOWN_PRODUCER_ID', why }
    }

    if (producerEpoch === state.epoch) {
      const last = lastSequence(header)
      const repeat = state.batches.find(
        (batch) => batch.firstSequence === baseSequence && batch.lastSequence === last,
      )
      if (repeat) return { kind: 'repeat', of: repeat.stored }
      const newest = state.batches.at(-1)
      const expected = newest === undefined ? 0 : after(newest.lastSequence)
      if (baseSequence === expected) return append
      const why = `${who}: sequence ${baseSequence} where ${expected} is next`
      return { kind: 'refuse', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER', why }
    }
    if (producerEpoch < state.epoch) {
      const why = `${who}: epoch ${producerEpoch}, the last one seen is ${state.epoch}`
      return { kind: 'refuse', error: 'INVALID_PRODUCER_EPOCH', why }
    }
    if (baseSequence === 0) return append
    const why = `${who}: the new epoch ${producerEpoch} begins at sequence ${baseSequence}, not 0`
    return { kind: 'refuse', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER', why }
  }

  /** Remembers a batch that was judged `append` and appended. */
  remember(header: BatchHeader, stored: StoredBatch): void {
    const state = this.#states.get(header.producerId)
    const earlier = state?.epoch === header.producerEpoch ? state.batches : []
    const batch = {
      firstSequence: header.baseSequence,
      lastSequence: lastSequence(header),
      stored,
    }
    this.#states.set(header.producerId, {
      epoch: header.producerEpoch,
      batches: [...earlier, batch].slice(-batchesRemembered),
    })
  }

  /** A transaction of the producer has ended, under this epoch: from now on older ones are refused. */
  mark(producerId: bigint, epoch: number): void {
    const state = this.#states.get(producerId)
    if (state === undefined || state.epoch < epoch)
      this.#states.set(producerId, { epoch, batches: [] })
  }

  /** The newest epoch of a producer; -1 if it is unknown. */
  epochOf(producerId: bigint): number {
    return this.#states.get(producerId)?.epoch ?? -1
  }

  /** Forgets all producers except `kept`, as a broker does when their records are removed or have expired. */
  forget(kept: (producerId: bigint) => boolean = () => false): void {
    for (const producerId of this.#states.keys()) {
      if (!kept(producerId)) this.#states.delete(producerId)
    }
  }
}

function lastSequence({ baseSequence, lastOffsetDelta }: BatchHeader): number {
  const last = baseSequence + lastOffsetDelta
  return last > sequenceMax ? last - sequenceMax - 1 : last
}

function after(sequence: number): number {
  return sequence === sequenceMax ? 0 : sequence + 1
}
