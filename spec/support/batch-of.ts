import { Batch, type BatchEvents } from '../../lib/accumulator/batch.ts'
import { BatchBytes, type BatchSettings } from '../../lib/accumulator/batch-bytes.ts'
import { Memory } from '../../lib/accumulator/memory.ts'
import type { Ratio } from '../../lib/accumulator/ratio.ts'
import { codecs } from '../../lib/records/compression.ts'
import { type EnvelopeSpec, envelope } from './envelopes.ts'
import { placeOf } from './place-of.ts'

// A batch without an accumulator, for code that needs one.

export interface BatchOfSettings extends Partial<BatchSettings> {
  readonly partition?: number
  readonly ratio?: Ratio
  readonly now?: number
  readonly memory?: Memory
  /** The size of its first buffer. */
  readonly capacity?: number
  readonly events?: BatchEvents
}

/** An open batch with these records. */
export function batchOf(
  records: readonly (string | EnvelopeSpec)[],
  settings: BatchOfSettings = {},
): { readonly batch: Batch; readonly memory: Memory } {
  const { partition = 0, now = 0, capacity = 1024, events } = settings
  const { batchSize = 16384, codec = codecs.none, compressionLevel, ratio = null } = settings
  const memory = settings.memory ?? new Memory({ limit: 1 << 20, batchSize })
  const buffer = memory.take(capacity)!
  const shared = { batchSize, codec, compressionLevel, compressor: settings.compressor ?? null }
  const bytes = new BatchBytes(shared, memory, buffer, ratio)
  const batch = new Batch(placeOf(partition), bytes, now, events)
  for (const record of records) {
    const spec = typeof record === 'string' ? { value: record } : record
    if (!batch.append(envelope({ ...spec, partition }))) throw new Error('it does not fit')
  }
  return { batch, memory }
}
