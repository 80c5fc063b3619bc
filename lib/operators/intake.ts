import type { ProducerRecord, RecordMetadata } from '../model.ts'
import type { Backlog } from '../producer/backlog.ts'

// How much a stream takes in before it can be sent: when a paced source is to stop. It stops while the
// records of a message are awaited, and once enough waits for the turn of its transaction. Until then it
// goes on, so that one transaction is filled while another one commits.
//
// Records that wait for their turn are not serialized yet, so their bytes are estimated: strings and bytes
// by their lengths, others by what the records of the last transaction came to.
// Invariant: what waits has at most `limit` bytes, and a message more. A record counts for 1 KiB at least,
// the smallest buffer of a batch, and so does a message without any. Used by units.ts.

const bytesMin = 1024

/** So many results say what a record comes to. */
const sampleMax = 64

export class Intake {
  #backlog: Backlog
  #limit: number
  #bytes = 0
  /** What a key and a value come to; as long as nobody knows, as much as may wait. */
  #usualBytes: number
  #isAwaiting = false

  constructor(backlog: Backlog, limit: number) {
    this.#backlog = backlog
    this.#limit = limit
    this.#usualBytes = limit
  }

  /** A message came in. */
  entered(): void {
    this.#backlog.entered()
  }

  /** Whether the records of a message are awaited. */
  set isAwaiting(is: boolean) {
    this.#isAwaiting = is
    this.#check()
  }

  /** A record waits for its turn, or a message that has none (null); returns the bytes that it counts for. */
  waits(record: ProducerRecord | null): number {
    const bytes = record === null ? bytesMin : Math.max(bytesMin, this.#estimate(record))
    this.#bytes += bytes
    this.#check()
    return bytes
  }

  /** So many bytes wait no longer. */
  went(bytes: number): void {
    this.#bytes -= bytes
    this.#check()
  }

  /** These records were sent. */
  sent(results: readonly RecordMetadata[]): void {
    const step = Math.ceil(results.length / sampleMax)
    let bytes = 0
    let count = 0
    for (let index = 0; index < results.length; index += step) {
      const { serializedKeySize, serializedValueSize } = results[index]!
      bytes += Math.max(0, serializedKeySize) + Math.max(0, serializedValueSize)
      count += 1
    }
    if (count > 0) this.#usualBytes = bytes / count
  }

  close(): void {
    this.#backlog.close()
  }

  #check(): void {
    this.#backlog.isWaiting = this.#isAwaiting || this.#bytes >= this.#limit
  }

  /** What cannot be read will fail in its stage. */
  #estimate(record: ProducerRecord): number {
    try {
      const known = lengthOf(record.key) + lengthOf(record.value)
      return Number.isNaN(known) ? this.#usualBytes : known
    } catch {
      return this.#usualBytes
    }
  }
}

/** NaN for what only its serializer knows. */
function lengthOf(field: unknown): number {
  if (field === null || field === undefined) return 0
  if (typeof field === 'string') return field.length
  return ArrayBuffer.isView(field) ? field.byteLength : Number.NaN
}
