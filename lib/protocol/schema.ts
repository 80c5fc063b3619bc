// One half of an API, its requests or its responses: the declared fields and, made when a version
// is first used, the codec of each version. Made by api() in message.ts, used by headers.ts.

import { type Codec, compile } from './codec.ts'
import { type Fields, struct } from './types.ts'

/** `Value`: what decoding returns. `Input`: what encoding takes. */
export class Schema<Value = unknown, Input = unknown> {
  readonly fields: Fields
  declare readonly value: Value
  declare readonly input: Input
  readonly #flexible: number
  readonly #codecs: Codec[] = []
  readonly #leanCodecs: Codec[] = []

  /** `flexible`: the first flexible version. */
  constructor(fields: Fields, flexible: number) {
    this.fields = fields
    this.#flexible = flexible
  }

  /** The codec of a version; the caller has checked that the API has it. */
  at(version: number): Codec<Value, Input> {
    return this.#codec(this.#codecs, version, false)
  }

  /** The same, only for reading: fields that the client does not need stay at their defaults. */
  leanAt(version: number): Codec<Value, Input> {
    return this.#codec(this.#leanCodecs, version, true)
  }

  #codec(codecs: Codec[], version: number, lean: boolean): Codec<Value, Input> {
    const flexible = version >= this.#flexible
    codecs[version] ??= compile(struct(this.fields), '', { version, flexible, lean })
    return codecs[version] as Codec<Value, Input>
  }
}
