// The default for keys and values without a serializer: strings and bytes pass. The stage compares a
// serializer with `passThrough` itself and skips the call for what passes.

import type { Bytes } from '../model.ts'
import { bytesOf } from './bytes.ts'
import { dataKind, isNothing, sideOf } from './refusal.ts'
import type { SerializerContext } from './serializer.ts'

/**
 * The default serializer: strings (as UTF-8), `Uint8Array`, `Buffer`, `ArrayBuffer` and its views pass;
 * null means no key, or a tombstone. Anything else is a `TypeError`.
 */
export function passThrough(data: unknown, context: SerializerContext): Bytes {
  if (typeof data === 'string') return data
  if (isNothing(data, context)) return null
  const bytes = bytesOf(data)
  if (bytes !== null) return bytes
  const key = context.isKey ? 'key.serializer' : 'value.serializer'
  throw new TypeError(
    `${sideOf(context)} is ${dataKind(data)}: without a serializer only strings and bytes are accepted; ` +
      `set '${key}' to serializers.json, to another of serializers, or to a function`,
  )
}
