// Compiles a field's type at one version into two closures, one for each direction. The closures have no
// state and check no version: fields that a version lacks are left out at compile time. The same
// declaration serves client and broker, so the two cannot diverge. Called by schema.ts, once for each
// message and version in use.

import type { Reader } from '../bytes/reader.ts'
import type { Writer } from '../bytes/writer.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import { arrayBody, batches, blob, readOnly, sized, text } from './sized-codec.ts'
import { structCodec } from './struct-codec.ts'
import type { AnyType, ScalarKind } from './types.ts'

/** Both directions of one type at one version. */
export interface Codec<Value = unknown, Input = Value> {
  read(reader: Reader): Value
  write(writer: Writer, value: Input): void
}

/** The version to compile for, and whether it is a flexible one (compact lengths, tagged fields). */
export interface Format {
  readonly version: number
  readonly flexible: boolean
  /** Whether fields are read by their `lean` readers. */
  readonly lean: boolean
}

/** `path` names the field in errors. */
export function compile(type: AnyType, path: string, format: Format): Codec {
  const { kind, element, fields, nullableSince, lean } = type.facts
  const nullable = format.version >= nullableSince
  const place = { path, nullable, flexible: format.flexible }
  if (format.lean && lean !== null) return sized(readOnly(lean(format)), 'int32', place)
  switch (kind) {
    case 'string':
      return sized(text, 'int16', place)
    case 'bytes':
      return sized(blob, 'int32', place)
    case 'records':
      return sized(batches, 'int32', place)
    case 'array':
      return sized(arrayBody(compile(element!, path, format)), 'int32', place)
    case 'struct': {
      const inner = structCodec(fields!, path, format, compile)
      return nullable ? nullableStruct(inner) : present(inner, path)
    }
    default:
      return scalars[kind]
  }
}

const scalars: Readonly<Record<ScalarKind, Codec>> = {
  boolean: { read: (r) => r.boolean(), write: (w, v: boolean) => w.boolean(v) },
  int8: { read: (r) => r.int8(), write: (w, v: number) => w.int8(v) },
  int16: { read: (r) => r.int16(), write: (w, v: number) => w.int16(v) },
  int32: { read: (r) => r.int32(), write: (w, v: number) => w.int32(v) },
  uint16: { read: (r) => r.uint16(), write: (w, v: number) => w.uint16(v) },
  uint32: { read: (r) => r.uint32(), write: (w, v: number) => w.uint32(v) },
  int64: { read: (r) => r.int64(), write: (w, v: bigint) => w.int64(v) },
  float64: { read: (r) => r.float64(), write: (w, v: number) => w.float64(v) },
  uuid: { read: (r) => r.uuid(), write: (w, v: string) => w.uuid(v) },
}

/** A struct that may be null has a byte before it: -1 for null, 1 for what follows. */
function nullableStruct(inner: Codec): Codec {
  return {
    read: (reader) => (reader.int8() < 0 ? null : inner.read(reader)),
    write(writer, value) {
      writer.int8(value === null ? -1 : 1)
      if (value !== null) inner.write(writer, value)
    },
  }
}

function present(inner: Codec, path: string): Codec {
  return {
    read: inner.read,
    write(writer, value) {
      if (value === null) throw new ProtocolError('INVALID_VALUE', `${path} can't be null`)
      inner.write(writer, value)
    },
  }
}
