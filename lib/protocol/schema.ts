// One half of an API, its requests or its responses: the declared fields and, made when a version
// is first used, the codec of each version. Made by api() in message.ts, used by headers.ts.

import { type Codec, compile } from './codec.ts'
import { type Fields, struct } from './types.ts'

/** `Value`: what decoding gives. `Input`: what encoding takes. */
export class Schema<Value = unknown, Input = unknown> {
  readonly fields: Fields
  declare readonly value: Value
  declare readonly input: Input
  readonly #flexible: number
  readonly #codecs: Codec[] = []

  /** `flexible`: the first flexible version. */
  constructor(fields: Fields, flexible: number) {
    this.fields = fields
    this.#flexible = flexible
  }

  /** The codec of a version, which the caller has checked to be one of the API's. */
  at(version: number): Codec<Value, Input> {
    const flexible = version >= this.#flexible
    this.#codecs[version] ??= compile(struct(this.fields), '', { version, flexible })
    return this.#codecs[version] as Codec<Value, Input>
  }
}
