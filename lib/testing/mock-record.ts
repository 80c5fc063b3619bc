// A record in a form that is convenient for tests.

import type { LogRecord } from '../records/batch-reader.ts'

/** A header of a {@link MockRecord}. */
export interface MockHeader {
  readonly key: string
  readonly value: Buffer | null
}

/** A record in the log of a partition. */
export class MockRecord {
  readonly partition: number
  readonly offset: number
  /** The bytes of the key; null if it has none. */
  readonly key: Buffer | null
  /** The bytes of the value; null for a tombstone. */
  readonly value: Buffer | null
  readonly headers: readonly MockHeader[]
  /** Milliseconds since 1970. */
  readonly timestamp: number

  /** @internal */
  constructor(partition: number, record: LogRecord) {
    this.partition = partition
    this.offset = record.offset
    this.key = buffer(record.key)
    this.value = buffer(record.value)
    this.headers = record.headers.map(({ key, value }) => ({ key, value: buffer(value) }))
    this.timestamp = record.timestamp
  }

  /** The key as UTF-8 text; null if it has none. */
  get keyText(): string | null {
    return this.key?.toString() ?? null
  }

  /** The value as UTF-8 text; null for a tombstone. */
  get valueText(): string | null {
    return this.value?.toString() ?? null
  }
}

function buffer(bytes: Uint8Array | null): Buffer | null {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
