// A struct at one version: its plain fields in order, then, in flexible versions, its tagged fields:
// [count: uvarint], and for each [tag: uvarint][size: uvarint][value]. Decoding fills every field of the
// declaration, with its default if the version lacks it, and skips unknown tags. Encoding sends a tagged
// field only if it differs from its default.

import type { Reader } from '../bytes/reader.ts'
import { Writer } from '../bytes/writer.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import type { Codec, compile, Format } from './codec.ts'
import { defaultOf, defaultsOf, isDefault } from './defaults.ts'
import type { AnyType, Facts, Fields } from './types.ts'

/** A field of the version. */
interface Member {
  readonly name: string
  readonly path: string
  readonly type: AnyType
  readonly codec: Codec
  /** What is written if no value was given; undefined if a value is required. */
  readonly fallback: unknown
}

type Struct = Record<string, unknown>

export function structCodec(
  fields: Fields,
  path: string,
  format: Format,
  compileField: typeof compile,
): Codec<Struct> {
  const blank = defaultsOf(fields)
  const plain: Member[] = []
  const tagged: Member[] = []
  /** A field that must not be given at this version, unless it is the default. */
  const refused: [name: string, type: AnyType][] = []
  for (const [name, type] of Object.entries(fields)) {
    if (!hasField(type.facts, format.version)) {
      if (!type.facts.ignorable) refused.push([name, type])
      continue
    }
    const place = path === '' ? name : `${path}.${name}`
    const fallback = type.facts.optional ? defaultOf(type) : undefined
    const member = { name, path: place, type, fallback, codec: compileField(type, place, format) }
    if (format.version >= type.facts.taggedSince) tagged.push(member)
    else plain.push(member)
  }
  const tags = format.flexible ? taggedFields(tagged) : null

  return {
    read(reader) {
      const struct = { ...blank }
      for (const { name, codec } of plain) struct[name] = codec.read(reader)
      tags?.read(reader, struct)
      return struct
    },
    write(writer, struct) {
      for (const { name, path, codec, fallback } of plain) {
        const value = struct[name] === undefined ? fallback : struct[name]
        if (value === undefined) throw new ProtocolError('INVALID_VALUE', `${path} is missing`)
        codec.write(writer, value)
      }
      tags?.write(writer, struct)
      for (const [name, type] of refused) {
        if (!isDefault(type, struct[name])) throw unsupported(path, name, format.version)
      }
    },
  }
}

function hasField({ since, until }: Facts, version: number): boolean {
  return since <= version && version <= until
}

interface Tags {
  read(reader: Reader, into: Struct): void
  write(writer: Writer, struct: Struct): void
}

function taggedFields(members: readonly Member[]): Tags {
  const ordered = members.toSorted((a, b) => a.type.facts.tag - b.type.facts.tag)
  const byTag = new Map(ordered.map((member) => [member.type.facts.tag, member]))
  return {
    read(reader, into) {
      const count = reader.uvarint()
      for (let index = 0; index < count; index++) {
        const member = byTag.get(reader.uvarint())
        const size = reader.uvarint()
        if (member === undefined) reader.skip(size)
        else into[member.name] = readTagged(reader, member, size)
      }
    },
    write(writer, struct) {
      const given = ordered.filter(({ name, type }) => !isDefault(type, struct[name]))
      writer.uvarint(given.length)
      for (const { name, type, codec } of given) {
        writer.uvarint(type.facts.tag)
        writeSized(writer, codec, struct[name])
      }
    },
  }
}

/** Reads the tags of a struct without known tags, as in the headers. */
export function skipTags(reader: Reader): void {
  for (let left = reader.uvarint(); left > 0; left -= 1) {
    reader.uvarint()
    reader.skip(reader.uvarint())
  }
}

function readTagged(reader: Reader, { codec, path }: Member, size: number): unknown {
  const end = reader.position + size
  const value = codec.read(reader)
  if (reader.position === end) return value
  throw new ProtocolError(
    'INVALID_VALUE',
    `${path} does not have the ${size} bytes that it announces`,
  )
}

/** The size goes first, so the value is encoded separately and then copied: tagged fields are small. */
function writeSized(writer: Writer, codec: Codec, value: unknown): void {
  const apart = new Writer(64)
  codec.write(apart, value)
  writer.uvarint(apart.byteLength)
  for (const chunk of apart.chunks()) writer.bytes(chunk)
}

function unsupported(path: string, name: string, version: number): ProtocolError {
  const field = path === '' ? name : `${path}.${name}`
  return new ProtocolError('INVALID_VALUE', `${field} cannot be encoded in version ${version}`)
}
