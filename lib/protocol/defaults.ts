// The value of a field that a version lacks, or that was not given: the declared default, otherwise the
// zero of its type, as in Apache's generated classes. Defaults are shared, and frozen if they are mutable.
// Called when a codec is compiled, and to decide whether a value must be sent.

import type { AnyType, Fields, Kind } from './types.ts'

/** Kafka's "no id". */
export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA'

const zeros: Readonly<Record<Exclude<Kind, 'struct'>, unknown>> = {
  boolean: false,
  int8: 0,
  int16: 0,
  int32: 0,
  uint16: 0,
  uint32: 0,
  int64: 0n,
  float64: 0,
  uuid: zeroUuid,
  string: '',
  bytes: new Uint8Array(0),
  records: null,
  array: Object.freeze([]),
}

/** The value of a field of this type if none was given. */
export function defaultOf({ facts }: AnyType): unknown {
  if (facts.fallback !== undefined) return facts.fallback
  return facts.kind === 'struct' ? Object.freeze(defaultsOf(facts.fields!)) : zeros[facts.kind]
}

/** A struct whose fields all hold their defaults. */
export function defaultsOf(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, defaultOf(type)]))
}

/** Whether `value`, as given by a caller, equals the default. */
export function isDefault(type: AnyType, value: unknown): boolean {
  if (value === undefined) return true
  const fallback = defaultOf(type)
  if (value === null || fallback === null) return value === fallback
  const { kind, fields } = type.facts
  switch (kind) {
    case 'array': // an array's default is null or empty
    case 'bytes':
      return (value as ArrayLike<unknown>).length === 0
    case 'struct':
      return Object.entries(fields!).every(([name, field]) =>
        isDefault(field, (value as Record<string, unknown>)[name]),
      )
    default:
      return value === fallback
  }
}
