// What one row of the table of settings says. Types only. Parsing, the type `ProducerConfig`, the
// error messages and the reference page all follow from these rows; no other place knows a default
// or a bound.

/** A setting once parsed, where it is plain data. */
export type Plain = string | number | boolean | null | readonly string[]

/** How a setting is written and parsed. Numbers have the widths that they have in Java. */
export type KeyType =
  | 'boolean'
  | 'short'
  | 'int'
  | 'long'
  | 'double'
  | 'string'
  | 'enum'
  | 'list'
  | 'password'
  | 'secret'
  | 'mechanism'
  | 'tokens'
  | 'tlsFactory'
  | 'serializer'
  | 'partitioner'
  | 'interceptors'
  | 'reporters'

/** One row. */
export interface Key {
  readonly type: KeyType
  readonly default: Plain
  /** Lowest and highest number that is accepted, both included. */
  readonly min?: number
  readonly max?: number
  /** A number that is accepted although it is out of bounds. */
  readonly also?: number
  /** The words of an enum. */
  readonly words?: readonly string[]
  /** The words are accepted in any case. */
  readonly anyCase?: true
  /** Null and the empty string are no values. */
  readonly filled?: true
  readonly unit?: 'milliseconds' | 'seconds' | 'bytes'
  /** What it does, in sentences. Nothing that can be said by the other fields. */
  readonly doc: string
  /** Where it comes from, other than the list of settings of Apache's producer. */
  readonly source?: string
  /** Why other values than `built` (the default, where it is absent) are refused. */
  readonly refused?: string
  readonly built?: readonly Plain[]
  /** Why the default is not Java's. */
  readonly differs?: string
}
