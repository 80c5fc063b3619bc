// Bytes as they are, in each form in which JavaScript keeps bytes.

import type { Bytes } from '../model.ts'
import { isNothing, refusal } from './refusal.ts'
import type { SerializerContext } from './serializer.ts'

/** Binary data: a `Uint8Array`, an `ArrayBuffer`, or a view of one. */
export type BytesLike = Uint8Array | ArrayBufferView | ArrayBuffer

/**
 * Java's `ByteArraySerializer`: `Uint8Array`, `Buffer`, `ArrayBuffer` and its views, unchanged. Null stays
 * null; anything else, including a string, is a `TypeError`.
 */
export function bytes(data: BytesLike | null | undefined, context: SerializerContext): Bytes {
  if (isNothing(data, context)) return null
  const found = bytesOf(data)
  if (found === null) throw refusal('bytes', data, 'a Uint8Array or an ArrayBuffer', context)
  return found
}

/** The bytes that `data` is a view of, not copied; null if it is not bytes. */
export function bytesOf(data: unknown): Uint8Array | null {
  if (data instanceof Uint8Array && ArrayBuffer.isView(data)) return data
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  }
  return isArrayBuffer(data) ? new Uint8Array(data) : null
}

const { get: byteLength } = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')!

/** Also of another realm: a `vm` context, as in some test runners, has an ArrayBuffer of its own. */
function isArrayBuffer(data: unknown): data is ArrayBuffer {
  try {
    byteLength!.call(data)
    return true
  } catch {
    return false
  }
}
