// Decompressors and the reader of record batches: for any bytes, there are records or a
// ProtocolError, within the limits on the output and on the requested memory.

import { ProtocolError } from '../../../lib/errors/protocol-error.ts'
import { checkBatch, readBatches } from '../../../lib/records/batch-reader.ts'
import { type Compression, codecs } from '../../../lib/records/compression.ts'
import type { Dice } from '../dice.ts'
import { mangled } from '../mangle.ts'
import { checked, oddBatch, oddStream } from '../odd-batches.ts'
import { outcomeOf, Pool } from '../pool.ts'
import { buffersOf, Finding, type Target } from '../target.ts'

/** The largest output of a stream here. */
const limitBytes = 1 << 20
/**
 * Of buffers, for each byte of a stream: the largest contents of an lz4 block, in a buffer that
 * doubles.
 */
const multiple = 4 * 255
const fixedBytes = 64 * 1024
const itemsMax = 1000

interface Input {
  /** Null: a whole batch. */
  readonly codec: Compression | null
  readonly bytes: Uint8Array
}

export class Streams implements Target {
  readonly name = 'streams'
  readonly #pool = new Pool<Input>()

  get outcomes(): number {
    return this.#pool.outcomes
  }

  run(dice: Dice): void {
    const input = this.#input(dice)
    this.#pool.note(judge(input), input)
  }

  #input(dice: Dice): Input {
    const begun = this.#pool.draw(dice)
    if (begun === null) return made(dice)
    const bytes = mangled(dice, begun.bytes)
    return { ...begun, bytes: begun.codec === null && dice.percent(90) ? checked(bytes) : bytes }
  }
}

/** Runs one input, and checks the result. */
export function judge({ codec, bytes }: Input): string {
  let outcome = ''
  const taken = buffersOf(() => {
    outcome = codec === null ? batchOutcome(bytes) : streamOutcome(codec, bytes)
  })
  if (taken > fixedBytes + multiple * bytes.length) {
    throw new Finding(`${codec ?? 'batch'}: buffers of ${taken} bytes were asked for`, bytes)
  }
  return `${codec ?? 'batch'} ${outcome}`
}

function streamOutcome(codec: Compression, bytes: Uint8Array): string {
  return outcomeOfWork(bytes, () => {
    const { length, buffer } = codecs[codec].decompress(bytes, limitBytes)
    if (length > limitBytes) throw new Finding(`${codec} gave ${length} bytes`, bytes)
    if (codec === 'none' || codec === 'gzip' || codec === 'zstd') return 'done'
    if (buffer.byteLength > 2 * length) throw new Finding(`${codec} keeps too much`, bytes)
    return 'done'
  })
}

function batchOutcome(bytes: Uint8Array): string {
  const strict = outcomeOfWork(bytes, () => {
    const { header, walk } = checkBatch(bytes)
    let count = 0
    for (const _ of walk()) count += 1
    if (count !== header.recordCount) throw new Finding(`it has ${count} records`, bytes)
    return 'whole'
  })
  const lenient = outcomeOfWork(bytes, () => {
    for (const { records, uncompressedBytes } of readBatches(bytes, {}, itemsMax)) {
      const items = records.reduce((sum, { headers }) => sum + 1 + headers.length, 0)
      if (items > itemsMax) throw new Finding(`${items} records and headers`, bytes)
      if (7 * records.length > uncompressedBytes) throw new Finding('too many records', bytes)
    }
    return 'read'
  })
  return `${strict}; ${lenient}`
}

function outcomeOfWork(bytes: Uint8Array, work: () => string): string {
  try {
    return work()
  } catch (error) {
    if (error instanceof Finding) throw error
    if (error instanceof ProtocolError) return outcomeOf(error)
    throw new Finding('it threw what is no ProtocolError', bytes, error)
  }
}

function made(dice: Dice): Input {
  if (dice.percent(50)) return { codec: null, bytes: oddBatch(dice) }
  const { name, stream } = oddStream(dice)
  return { codec: name, bytes: stream }
}
