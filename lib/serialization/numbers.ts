// Java's number serializers: big-endian, of fixed width. Null stays null. A number that does not fit is a
// RangeError: nothing is cut off, rounded to an integer, or turned into infinity.

import type { Bytes } from '../model.ts'
import { isNothing, refusal, sideOf } from './refusal.ts'
import type { Serializer, SerializerContext } from './serializer.ts'

/** Java's `ShortSerializer`: an integer in 2 bytes, -32768 … 32767. */
export const int16: Serializer<number | null | undefined> = integer('int16', 2, (view, value) =>
  view.setInt16(0, value),
)

/** Java's `IntegerSerializer`: an integer in 4 bytes, -2^31 … 2^31-1. */
export const int32: Serializer<number | null | undefined> = integer('int32', 4, (view, value) =>
  view.setInt32(0, value),
)

/** Java's `LongSerializer`: a bigint, or a number that is a safe integer, in 8 bytes. */
export function int64(data: bigint | number | null | undefined, context: SerializerContext): Bytes {
  if (isNothing(data, context)) return null
  if (typeof data !== 'bigint' && typeof data !== 'number') {
    throw refusal('int64', data, 'a bigint or an integer', context)
  }
  if (typeof data === 'number' && !Number.isSafeInteger(data)) {
    throw outOfRange('int64', data, 'a safe integer (use a bigint for more)', context)
  }
  const value = BigInt(data)
  if (BigInt.asIntN(64, value) !== value) {
    throw outOfRange('int64', data, '-2^63 … 2^63-1', context)
  }
  const view = room(8)
  view.setBigInt64(0, value)
  return whole(view)
}

/** Java's `FloatSerializer`: IEEE 754 in 4 bytes, the nearest value. */
export function float32(data: number | null | undefined, context: SerializerContext): Bytes {
  if (isNothing(data, context)) return null
  if (typeof data !== 'number') throw refusal('float32', data, 'a number', context)
  if (Number.isFinite(data) && !Number.isFinite(Math.fround(data))) {
    throw outOfRange('float32', data, '±3.4028235e38', context)
  }
  const view = room(4)
  view.setFloat32(0, data)
  return whole(view)
}

/** Java's `DoubleSerializer`: IEEE 754 in 8 bytes, like a JavaScript number. */
export function float64(data: number | null | undefined, context: SerializerContext): Bytes {
  if (isNothing(data, context)) return null
  if (typeof data !== 'number') throw refusal('float64', data, 'a number', context)
  const view = room(8)
  view.setFloat64(0, data)
  return whole(view)
}

function integer(
  name: string,
  width: number,
  write: (view: DataView, value: number) => void,
): (data: number | null | undefined, context: SerializerContext) => Bytes {
  const limit = 2 ** (width * 8 - 1)
  return (data, context) => {
    if (isNothing(data, context)) return null
    if (typeof data !== 'number') throw refusal(name, data, 'an integer', context)
    if (!Number.isInteger(data) || data < -limit || data >= limit) {
      throw outOfRange(name, data, `an integer, ${-limit} … ${limit - 1}`, context)
    }
    const view = room(width)
    write(view, data)
    return whole(view)
  }
}

function room(width: number): DataView {
  return new DataView(new ArrayBuffer(width))
}

function whole(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer)
}

function outOfRange(
  name: string,
  data: number | bigint,
  allowed: string,
  context: SerializerContext,
): RangeError {
  return new RangeError(`${sideOf(context)}: ${data} is out of range for ${name}: ${allowed}`)
}
