// The types of message fields, as data: the content of Apache's JSON definitions, and no code. A
// declaration also yields two TypeScript types: `value` (what decoding returns, with every field) and
// `input` (what encoding takes; fields with a default may be left out). Types never change: each modifier
// returns a new one. Used by messages/*, compiled by codec.ts.

import type { Reader } from '../bytes/reader.ts'
import type { Format } from './codec.ts'

export type ScalarKind =
  | 'boolean'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'uint16'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'uuid'

export type Kind = ScalarKind | 'string' | 'bytes' | 'records' | 'array' | 'struct'

/** Above every version: such a version does not exist. */
const never = Number.POSITIVE_INFINITY

/** Makes a reader of a list of a known length. */
export type LeanRead<Value = unknown> = (
  format: Format,
) => (reader: Reader, length: number) => Value

/** The description of a field, except for its name. */
export interface Facts {
  readonly kind: Kind
  /** What an array holds. */
  readonly element: AnyType | null
  /** What a struct holds, in wire order. */
  readonly fields: Fields | null
  /** The first and last version with the field, within those of its struct. */
  readonly since: number
  readonly until: number
  /** First version in which it may be null. */
  readonly nullableSince: number
  /** Its tag (-1: none), and the first version in which it is a tagged field. */
  readonly tag: number
  readonly taggedSince: number
  /** The value if a version, or the caller, has none; undefined: the zero of its type. */
  readonly fallback: unknown
  /** Dropped if a version lacks it. Otherwise a value that is not the default is refused. */
  readonly ignorable: boolean
  /** Whether encoding may leave it out. */
  readonly optional: boolean
  /** What a lean codec reads it with; null: in the usual way. */
  readonly lean: LeanRead | null
}

/** A field's type. `Value` is what decoding returns, `Input` what encoding takes. */
export class Type<Value, Input = Value, Optional extends boolean = false> {
  readonly facts: Facts
  declare readonly value: Value
  declare readonly input: Input
  declare readonly optional: Optional

  constructor(facts: Facts) {
    this.facts = facts
  }

  /** The first version with the field, and its value before that. */
  since(version: number, fallback?: Value): Type<Value, Input, true> {
    return this.#with({ since: version, optional: true }, fallback)
  }

  /** The last version that has the field. */
  until(version: number): Type<Value, Input, true> {
    return this.#with({ until: version, optional: true })
  }

  /** The value of the field if none is given, unless it is the zero of its type. */
  default(fallback: Value): Type<Value, Input, true> {
    return this.#with({ optional: true }, fallback)
  }

  /** A tagged field from `version` on; with `since` before it, a plain one until then. */
  tagged(tag: number, version: number, fallback?: Value): Type<Value, Input, true> {
    const since = this.facts.since > 0 ? this.facts.since : version
    return this.#with({ tag, taggedSince: version, since, optional: true }, fallback)
  }

  /** May be null from `version` on. */
  nullableSince(version: number): Type<Value | null, Input | null, Optional> {
    return this.#with({ nullableSince: version })
  }

  /** Versions that lack the field drop it silently (`"ignorable": true`). */
  ignorable(): Type<Value, Input, Optional> {
    return this.#with({ ignorable: true })
  }

  /** How the client reads it, if it need not be complete. Only for lists. */
  leanBy(lean: LeanRead<Value>): Type<Value, Input, Optional> {
    return this.#with({ lean })
  }

  #with<V, I, O extends boolean>(change: Partial<Facts>, fallback?: unknown): Type<V, I, O> {
    const facts = { ...this.facts, ...change }
    return new Type(fallback === undefined ? facts : { ...facts, fallback })
  }
}

export type AnyType = Type<unknown, unknown, boolean>
export type Fields = Readonly<Record<string, AnyType>>

/** The object that decoding a struct of these fields returns. */
export type ValueOf<F extends Fields> = { readonly [K in keyof F]: F[K]['value'] }

/** The object that encoding a struct of these fields takes. */
export type InputOf<F extends Fields> = Flat<
  { readonly [K in keyof F as true extends F[K]['optional'] ? never : K]: F[K]['input'] } & {
    readonly [K in keyof F as true extends F[K]['optional'] ? K : never]?: F[K]['input'] | undefined
  }
>

/**
 * `Uint8Array` under another name. The types of messages are inferred, and in its declarations of them
 * TypeScript writes `Uint8Array` as `Uint8Array<ArrayBufferLike>`, which versions before 5.7 cannot read.
 */
export interface FieldBytes extends Uint8Array {}

type Flat<T> = { [K in keyof T]: T[K] }

export const boolean = type<boolean>('boolean')
export const int8 = type<number>('int8')
export const int16 = type<number>('int16')
export const int32 = type<number>('int32')
export const uint16 = type<number>('uint16')
export const uint32 = type<number>('uint32')
export const int64 = type<bigint>('int64')
export const float64 = type<number>('float64')
/** An id as Kafka prints it: 22 characters of base64url. */
export const uuid = type<string>('uuid')
export const string = type<string>('string')
/** Decoded as a view of the frame. */
export const bytes = type<FieldBytes>('bytes')
/** Record batches: sealed chunks that are referenced when sent, a view of the frame when received. */
export const records = type<FieldBytes, readonly FieldBytes[]>('records')

export function arrayOf<V, I>(element: Type<V, I, boolean>): Type<readonly V[], readonly I[]> {
  return type('array', { element })
}

export function struct<F extends Fields>(fields: F): Type<ValueOf<F>, InputOf<F>> {
  return type('struct', { fields })
}

/** May be null in every version. */
export function nullable<V, I, O extends boolean>(
  inner: Type<V, I, O>,
): Type<V | null, I | null, O> {
  return inner.nullableSince(0)
}

function type<V, I = V>(kind: Kind, inside: Partial<Facts> = {}): Type<V, I> {
  return new Type({
    kind,
    element: null,
    fields: null,
    since: 0,
    until: never,
    nullableSince: never,
    tag: -1,
    taggedSince: never,
    fallback: undefined,
    ignorable: false,
    optional: false,
    lean: null,
    ...inside,
  })
}
