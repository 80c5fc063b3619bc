import { quoted } from '../errors/quoted.ts'

// The offset that a consumer commits for a message: that of the next one. Pure.

/** Kafka's largest offset. */
const offsetMax = 2n ** 63n - 1n

/**
 * Returns the offset after that of a message, in the same type: a number, a bigint, or a string of digits
 * as in kafkajs. This is the offset that a consumer commits when the message is done. (`offset + 1` would
 * make `'51'` of `'5'`.)
 *
 * @param position - where a message was read: a message of most consumers, or what `watermark` emits
 * @throws TypeError if `offset` is not a whole number from 0 up, or its digits
 *
 * @example
 * ```ts
 * consumer.commitOffsets([{ topic, partition, offset: nextOffset(message) }])
 * ```
 *
 */
export function nextOffset(position: { readonly offset: string }): string
export function nextOffset(position: { readonly offset: bigint }): bigint
export function nextOffset(position: { readonly offset: number }): number
export function nextOffset(position: { readonly offset: number | bigint }): number | bigint
export function nextOffset(position: {
  readonly offset: string | number | bigint
}): string | number | bigint
export function nextOffset(position: {
  readonly offset: string | number | bigint
}): string | number | bigint {
  const offset: unknown = Object(position) === position ? position.offset : undefined
  switch (typeof offset) {
    case 'number':
      if (Number.isSafeInteger(offset + 1) && offset >= 0) return offset + 1
      break
    case 'bigint':
      if (offset >= 0n && offset < offsetMax) return offset + 1n
      break
    case 'string':
      if (/^\d{1,19}$/.test(offset) && BigInt(offset) < offsetMax) return `${BigInt(offset) + 1n}`
  }
  const allowed = 'a whole number from 0 up (as a number, a bigint, or the digits of a string)'
  throw new TypeError(`offset is ${quoted(offset)}; it must be ${allowed}`)
}
