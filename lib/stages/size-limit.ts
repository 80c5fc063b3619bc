import type { Envelope } from '../model.ts'
import { sizeUpperBound } from '../records/record-fields.ts'
import { failed, unreadable } from './envelope.ts'

// Records that are larger than a request or buffer.memory fail before they are appended, and so do records
// whose size cannot be read. Used by the accumulate stage, for each record.

export interface SizeLimitOptions {
  /** The maximum bytes of one record, uncompressed, as a batch of its own. */
  readonly maxRequestSize: number
  readonly memory: { readonly limit: number }
}

export class SizeLimit {
  #options: SizeLimitOptions
  /** A string has at most three bytes per character; below this, no record can be too large. */
  #safeLength: number

  constructor(options: SizeLimitOptions) {
    this.#options = options
    this.#safeLength = Math.min(options.maxRequestSize, options.memory.limit) / 3 - 128
  }

  /** Whether the record has failed because of its size. */
  refuses(envelope: Envelope): boolean {
    try {
      return this.#isTooLarge(envelope)
    } catch (cause) {
      unreadable(envelope, cause)
      return true
    }
  }

  #isTooLarge(envelope: Envelope): boolean {
    const { key, value, headers } = envelope
    const length = (key?.length ?? 0) + (value?.length ?? 0)
    if (headers === null && length <= this.#safeLength) return false
    const { maxRequestSize, memory } = this.#options
    const size = sizeUpperBound(key, value, headers)
    const limitBytes = Math.min(maxRequestSize, memory.limit)
    if (size <= limitBytes) return false
    const setting = maxRequestSize <= memory.limit ? 'max.request.size' : 'buffer.memory'
    const message = `${envelope.topic}: RECORD_TOO_LARGE: the serialized record has ${size} bytes, but ${setting} is ${limitBytes}`
    failed(envelope, 'RECORD_TOO_LARGE', { message, limitBytes })
    return true
  }
}
