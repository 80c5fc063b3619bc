// Messages that are well-formed and make no sense. They are generated from the declarations, for
// every API and every version, or are a valid message with some of its fields changed.

import { zeroUuid } from '../../lib/protocol/defaults.ts'
import type { AnyType, Facts, Fields } from '../../lib/protocol/types.ts'
import type { Dice } from './dice.ts'

type Struct = Record<string, unknown>

const names = [
  '',
  't',
  'u',
  'orders',
  'no-such-topic',
  '__consumer_offsets',
  '\0',
  '\ud800',
  'ü'.repeat(40),
]
const hosts = ['localhost', '127.0.0.1', '', '::1', 'x'.repeat(300), '\n', 'broker.invalid']

/** What the generator has to know of the world, so that some of its messages fit. */
export interface World {
  readonly topicIds: readonly string[]
  /** Bytes for a `records` field. */
  records(dice: Dice): Uint8Array
}

/** An input for a message of these fields at `version`. */
export function nonsense(dice: Dice, fields: Fields, version: number, world: World): Struct {
  const struct: Struct = {}
  for (const [name, type] of Object.entries(fields)) {
    if (!isIn(type.facts, version)) continue
    if (type.facts.optional && dice.percent(15)) continue
    struct[name] = anyValue(dice, type, version, world, name)
  }
  return struct
}

/** A decoded message with one to three of its fields changed, as an input to encode. */
export function twisted(
  dice: Dice,
  fields: Fields,
  body: unknown,
  version: number,
  world: World,
): Struct {
  let twistedBody = copied(fields, body as Struct, version)
  for (let left = 1 + dice.below(3); left > 0; left -= 1) {
    twistedBody = twistStruct(dice, fields, twistedBody, version, world)
  }
  return twistedBody
}

function twistStruct(
  dice: Dice,
  fields: Fields,
  struct: Struct,
  version: number,
  world: World,
): Struct {
  const present = Object.keys(fields).filter((name) => isIn(fields[name]!.facts, version))
  if (present.length === 0) return struct
  const name = dice.pick(present)
  return { ...struct, [name]: twist(dice, fields[name]!, struct[name], version, world, name) }
}

function twist(
  dice: Dice,
  type: AnyType,
  value: unknown,
  version: number,
  world: World,
  name: string,
): unknown {
  const { kind, element, fields } = type.facts
  if (kind === 'struct' && value !== null && dice.percent(85)) {
    return twistStruct(dice, fields!, value as Struct, version, world)
  }
  // Undefined: an optional field that was left out of an earlier changed message.
  if (kind !== 'array' || value === null || value === undefined || dice.percent(5)) {
    return anyValue(dice, type, version, world, name)
  }
  const list = [...(value as unknown[])]
  const at = dice.below(list.length + 1)
  if (at < list.length && dice.percent(75)) {
    list[at] = twist(dice, element!, list[at], version, world, name)
  } else if (dice.percent(40)) {
    list.splice(at, 1)
  } else if (list.length > 0 && dice.percent(50)) {
    list.push(list[dice.below(list.length)])
  } else {
    list.splice(at, 0, anyValue(dice, element!, version, world, name))
  }
  return list
}

/**
 * A decoded message as an input: its `records` are chunks. Fields that the version lacks are left
 * out.
 */
export function copied(fields: Fields, body: Struct, version: number): Struct {
  const struct: Struct = {}
  for (const [name, { facts }] of Object.entries(fields)) {
    if (isIn(facts, version)) struct[name] = copiedValue(facts, body[name], version)
  }
  return struct
}

function copiedValue(facts: Facts, value: unknown, version: number): unknown {
  if (value === null) return null
  if (facts.kind === 'records') return [value]
  if (facts.kind === 'struct') return copied(facts.fields!, value as Struct, version)
  if (facts.kind !== 'array') return value
  return (value as unknown[]).map((one) => copiedValue(facts.element!.facts, one, version))
}

function anyValue(dice: Dice, type: AnyType, version: number, world: World, name: string): unknown {
  const { facts } = type
  if (version >= facts.nullableSince && dice.percent(10)) return null
  switch (facts.kind) {
    case 'struct':
      return nonsense(dice, facts.fields!, version, world)
    case 'array': {
      const length = dice.percent(3) ? dice.below(40) : dice.below(4)
      return Array.from({ length }, () => anyValue(dice, facts.element!, version, world, name))
    }
    case 'records':
      return [world.records(dice)]
    case 'string':
      return dice.pick(name === 'host' ? hosts : names)
    case 'uuid':
      return dice.percent(60) ? dice.pick(world.topicIds) : uuidOf(dice)
    default:
      return scalarOf(dice, facts, name)
  }
}

function scalarOf(dice: Dice, { kind }: Facts, name: string): unknown {
  switch (kind) {
    case 'boolean':
      return dice.percent(50)
    case 'int8':
      return dice.int(8)
    case 'int16':
      if (name === 'errorCode') return dice.percent(50) ? 0 : dice.below(135) - 1
      return dice.int(16)
    case 'int32':
      return dice.percent(50) ? dice.below(5) - 1 : dice.int(32)
    case 'uint16':
      return dice.int(16) & 0xffff
    case 'uint32':
      return dice.word()
    case 'float64':
      return dice.word() / 7
    case 'bytes':
      return dice.bytes(dice.below(20))
    default:
      return dice.int64()
  }
}

function uuidOf(dice: Dice): string {
  return dice.percent(50) ? zeroUuid : dice.bytes(16).toString('base64url')
}

function isIn({ since, until }: Facts, version: number): boolean {
  return since <= version && version <= until
}
