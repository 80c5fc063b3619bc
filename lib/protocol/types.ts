// The types of message fields, as data: what Apache's JSON definitions say, and nothing that runs.
// A declaration also yields two TypeScript types: `value` (what decoding gives, every field there)
// and `input` (what encoding takes, where a field that has a default may be left out).
// Types never change: each modifier gives a new one. Used by messages/*, compiled by codec.ts.

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

/** The first version that is not there: nothing is so late. */
const never = Number.POSITIVE_INFINITY

/** All that is known of a field but its name. */
export interface Facts {
  readonly kind: Kind
  /** What an array holds. */
  readonly element: AnyType | null
  /** What a struct holds, in wire order. */
  readonly fields: Fields | null
  /** First and last version that have it, within those of the struct it is in. */
  readonly since: number
  readonly until: number
  /** First version in which it may be null. */
  readonly nullableSince: number
  /** Its tag (-1: none), and the first version in which it is a tagged field. */
  readonly tag: number
  readonly taggedSince: number
  /** Holds where a version, or the caller, has no value; undefined: the zero of its kind. */
  readonly fallback: unknown
  /** Dropped where a version lacks it. Otherwise a value that is not the default is refused. */
  readonly ignorable: boolean
  /** Whether encoding may leave it out. */
  readonly optional: boolean
  /** Whether a lean reader leaves it at its default, and reads past it. */
  readonly unread: boolean
}

/** A field's type. `Value` is what decoding gives, `Input` what encoding takes. */
export class Type<Value, Input = Value, Optional extends boolean = false> {
  readonly facts: Facts
  declare readonly value: Value
  declare readonly input: Input
  declare readonly optional: Optional

  constructor(facts: Facts) {
    this.facts = facts
  }

  /** The first version that has the field, and what stands for it before. */
  since(version: number, fallback?: Value): Type<Value, Input, true> {
    return this.#with({ since: version, optional: true }, fallback)
  }

  /** The last version that has the field. */
  until(version: number): Type<Value, Input, true> {
    return this.#with({ until: version, optional: true })
  }

  /** What stands for the field where nobody gives it, if not the zero of its kind. */
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

  /** The client needs nothing of it: where it reads for itself it reads past it. Of lists of numbers only. */
  unread(): Type<Value, Input, Optional> {
    return this.#with({ unread: true })
  }

  #with<V, I, O extends boolean>(change: Partial<Facts>, fallback?: unknown): Type<V, I, O> {
    const facts = { ...this.facts, ...change }
    return new Type(fallback === undefined ? facts : { ...facts, fallback })
  }
}

export type AnyType = Type<unknown, unknown, boolean>
export type Fields = Readonly<Record<string, AnyType>>

/** The object that decoding a struct of these fields gives. */
export type ValueOf<F extends Fields> = { readonly [K in keyof F]: F[K]['value'] }

/** The object that encoding a struct of these fields takes. */
export type InputOf<F extends Fields> = Flat<
  { readonly [K in keyof F as true extends F[K]['optional'] ? never : K]: F[K]['input'] } & {
    readonly [K in keyof F as true extends F[K]['optional'] ? K : never]?: F[K]['input'] | undefined
  }
>

/**
 * A `Uint8Array` by a name of its own. The types of messages are inferred, and in the declarations that
 * it writes of them TypeScript spells `Uint8Array` as `Uint8Array<ArrayBufferLike>`, which those before
 * 5.7 cannot read.
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
/** Record batches: sealed chunks that are referenced going out, a view of the frame coming in. */
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
    unread: false,
    ...inside,
  })
}
