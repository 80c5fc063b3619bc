// The content of one row of the table of settings. Types only. Parsing, the type `ProducerConfig`, the
// error messages and the reference page are derived from these rows; no other place has a default or a
// bound.

/** A parsed setting, if it is plain data. */
export type Plain = string | number | boolean | null | readonly string[]

/** How a setting is written and parsed. Numbers have the same widths as in Java. */
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
  /** The lowest and highest accepted number, inclusive. */
  readonly min?: number
  readonly max?: number
  /** A number that is accepted although it is out of bounds. */
  readonly also?: number
  /** The words of an enum. */
  readonly words?: readonly string[]
  /** The words are accepted in any case. */
  readonly anyCase?: true
  /** Null and the empty string are refused. */
  readonly filled?: true
  readonly unit?: 'milliseconds' | 'seconds' | 'bytes'
  /** What it does, in sentences, without the content of the other fields. */
  readonly doc: string
  /** Its source, if it is not the list of settings of Apache's producer. */
  readonly source?: string
  /** Why values other than `built` (absent: the default) are refused. */
  readonly refused?: string
  readonly built?: readonly Plain[]
  /** Why the default differs from Java's. */
  readonly differs?: string
}
