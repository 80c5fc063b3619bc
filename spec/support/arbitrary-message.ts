// fast-check arbitraries derived from a message's declaration, for laws that hold for every message
// in every version: the input to encode, and the expected result of decoding.

import fc from 'fast-check'
import { defaultOf } from '../../lib/protocol/defaults.ts'
import type { AnyType, Fields, Kind } from '../../lib/protocol/types.ts'

/** An input, and the value that decoding returns. */
export interface Trip {
  readonly input: unknown
  readonly output: unknown
}

type Struct = Record<string, unknown>

/** Inputs for a struct of `fields` at `version`, with nulls, defaults and omissions. */
export function arbitraryStruct(fields: Fields, version: number): fc.Arbitrary<Trip> {
  const members = Object.entries(fields)
  return fc.tuple(...members.map(([, type]) => arbitraryField(type, version))).map((trips) => {
    const input: Struct = {}
    const output: Struct = {}
    members.forEach(([name], index) => {
      const trip = trips[index]!
      if (trip.input !== undefined) input[name] = trip.input
      output[name] = trip.output
    })
    return { input, output }
  })
}

function arbitraryField(type: AnyType, version: number): fc.Arbitrary<Trip> {
  const { facts } = type
  const output = defaultOf(type)
  const omitted = fc.constant({ input: undefined, output })
  const spelled = fc.constant({ input: output, output })
  if (version < facts.since || version > facts.until) {
    const dropped = arbitraryValue(type, version).map(({ input }) => ({ input, output }))
    return facts.ignorable ? fc.oneof(omitted, dropped) : fc.oneof(omitted, spelled)
  }
  const value = { arbitrary: arbitraryOrNull(type, version), weight: 5 }
  if (!facts.optional) return value.arbitrary
  return fc.oneof(value, { arbitrary: omitted, weight: 1 }, { arbitrary: spelled, weight: 1 })
}

function arbitraryOrNull(type: AnyType, version: number): fc.Arbitrary<Trip> {
  const value = arbitraryValue(type, version)
  if (version < type.facts.nullableSince) return value
  const none = fc.constant({ input: null, output: null })
  return fc.oneof({ arbitrary: value, weight: 3 }, { arbitrary: none, weight: 1 })
}

function arbitraryValue({ facts }: AnyType, version: number): fc.Arbitrary<Trip> {
  switch (facts.kind) {
    case 'struct':
      return arbitraryStruct(facts.fields!, version)
    case 'array':
      return fc
        .array(arbitraryOrNull(facts.element!, version), { maxLength: 3 })
        .map((trips) => ({ input: trips.map((t) => t.input), output: trips.map((t) => t.output) }))
    case 'records':
      return fc
        .array(fc.uint8Array({ maxLength: 20 }), { maxLength: 3 })
        .map((chunks) => ({ input: chunks, output: new Uint8Array(Buffer.concat(chunks)) }))
    default:
      return leaves[facts.kind].map((value) => ({ input: value, output: value }))
  }
}

const leaves: Readonly<
  Record<Exclude<Kind, 'struct' | 'array' | 'records'>, fc.Arbitrary<unknown>>
> = {
  boolean: fc.boolean(),
  int8: fc.integer({ min: -0x80, max: 0x7f }),
  int16: fc.integer({ min: -0x8000, max: 0x7fff }),
  int32: fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  uint16: fc.integer({ min: 0, max: 0xffff }),
  uint32: fc.integer({ min: 0, max: 0xffffffff }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  float64: fc.double(),
  uuid: fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => Buffer.from(bytes).toString('base64url')),
  string: fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.constant('ü'.repeat(100))),
  bytes: fc.uint8Array({ maxLength: 200 }),
}
