// Apache's message definitions and ours, both converted into one form that can be compared. A
// definition covers versions that we do not declare, and fields with "0+" inside a struct that was
// added later. So every range is cut to the API's versions and to those of the enclosing struct.

import { defaultOf } from '../../lib/protocol/defaults.ts'
import type { Api } from '../../lib/protocol/message.ts'
import type { AnyType, Fields } from '../../lib/protocol/types.ts'
import { unzip } from './zip.ts'

/** A field in the common form. Ranges are `[first, last]`, or null for none. */
export interface ComparableField {
  readonly name: string
  readonly type: string
  readonly versions: Range
  readonly nullableVersions: Range | null
  readonly tag: number | null
  readonly taggedVersions: Range | null
  readonly default: unknown
  readonly ignorable: boolean
  readonly fields: readonly ComparableField[]
}

type Range = readonly [first: number, last: number]

/** The parts of a definition file that are compared. */
export interface Definition {
  readonly apiKey: number
  readonly name: string
  readonly validVersions: string
  readonly flexibleVersions: string
  readonly latestVersionUnstable?: boolean
  readonly fields: readonly DefinedField[]
  readonly commonStructs?: readonly { readonly name: string; readonly fields: DefinedField[] }[]
}

interface DefinedField {
  readonly name: string
  readonly type: string
  readonly versions: string
  readonly nullableVersions?: string
  readonly tag?: number
  readonly taggedVersions?: string
  readonly default?: unknown
  readonly ignorable?: boolean
  readonly fields?: readonly DefinedField[]
}

/** All message definitions in a kafka-clients jar, by name (`ProduceRequest`). */
export function readDefinitions(jar: string): Map<string, Definition> {
  const files = unzip(jar, (name) => /^common\/message\/.*\.json$/.test(name))
  const definitions = [...files.values()].map((file) => parseDefinition(file.toString('utf8')))
  return new Map(definitions.map((definition) => [definition.name, definition]))
}

/** JSON with comment lines. */
export function parseDefinition(text: string): Definition {
  return JSON.parse(text.replace(/^\s*\/\/.*$/gm, ''))
}

/** The versions of a request definition that Kafka calls stable. */
export function stableVersions({ validVersions, latestVersionUnstable }: Definition): Range {
  const [first, last] = parseRange(validVersions)!
  return [first, latestVersionUnstable ? last - 1 : last]
}

export function firstFlexible({ flexibleVersions }: Definition): number {
  return parseRange(flexibleVersions)?.[0] ?? Number.POSITIVE_INFINITY
}

/** Apache's fields, within the range `within`. */
export function theirFields(definition: Definition, within: Range): ComparableField[] {
  const structs = new Map(definition.commonStructs?.map(({ name, fields }) => [name, fields]))
  const convert = (fields: readonly DefinedField[], around: Range): ComparableField[] =>
    fields.flatMap((field) => {
      const versions = cut(parseRange(field.versions), around)
      if (versions === null) return []
      const element = field.type.replace(/^\[\]/, '')
      const inner = field.fields ?? structs.get(element) ?? []
      return {
        name: field.name.charAt(0).toLowerCase() + field.name.slice(1),
        type: typeName(field.type),
        versions,
        nullableVersions: cut(parseRange(field.nullableVersions ?? 'none'), versions),
        tag: field.tag ?? null,
        taggedVersions: cut(parseRange(field.taggedVersions ?? 'none'), versions),
        default: theirDefault(field),
        ignorable: matters(versions, around) && (field.ignorable ?? false),
        fields: convert(inner, versions),
      }
    })
  return convert(definition.fields, within)
}

/** Our fields, within the range `within`. */
export function ourFields(fields: Fields, within: Range): ComparableField[] {
  return Object.entries(fields).flatMap(([name, type]) => {
    const { facts } = type
    const versions = cut([facts.since, facts.until], within)
    if (versions === null) return []
    const inner = facts.fields ?? facts.element?.facts.fields ?? {}
    return {
      name,
      type: facts.element === null ? facts.kind : `[]${facts.element.facts.kind}`,
      versions,
      nullableVersions: cut([facts.nullableSince, Number.POSITIVE_INFINITY], versions),
      tag: facts.tag < 0 ? null : facts.tag,
      taggedVersions: cut([facts.taggedSince, Number.POSITIVE_INFINITY], versions),
      default: facts.kind === 'struct' ? 'of its fields' : printable(type),
      ignorable: matters(versions, within) && facts.ignorable,
      fields: ourFields(inner, versions),
    }
  })
}

/** Both halves of an API with the suffix of their definitions. */
export function halves(api: Api): [name: string, fields: Fields][] {
  return [
    [`${api.name}Request`, api.request.fields],
    [`${api.name}Response`, api.response.fields],
  ]
}

function parseRange(text: string): Range | null {
  if (text === 'none') return null
  const [, first, plus, last] = /^(\d+)(\+)?(?:-(\d+))?$/.exec(text)!
  return [Number(first), plus === undefined ? Number(last ?? first) : Number.POSITIVE_INFINITY]
}

/**
 * Whether a field that exists in `versions` is missing in others: only then it may be ignorable.
 */
function matters([first, last]: Range, around: Range): boolean {
  return first > around[0] || last < around[1]
}

function cut(range: Range | null, within: Range): Range | null {
  if (range === null) return null
  const first = Math.max(range[0], within[0])
  const last = Math.min(range[1], within[1])
  return first <= last ? [first, last] : null
}

function typeName(type: string): string {
  const list = type.startsWith('[]') ? '[]' : ''
  const element = type.slice(list.length)
  if (element === 'bool') return `${list}boolean`
  return /^[A-Z]/.test(element) ? `${list}struct` : list + element
}

/** Apache writes defaults as JSON values or as text; no default means the zero of the type. */
function theirDefault({ type, default: given }: DefinedField): unknown {
  const name = typeName(type)
  if (name === 'struct') return 'of its fields'
  if (given === 'null' || name === 'records') return 'null'
  if (name.startsWith('[]') || name === 'bytes') return 'empty'
  if (name === 'string') return `"${given ?? ''}"`
  if (name === 'uuid') return `"${'A'.repeat(22)}"`
  if (name === 'boolean') return String(given ?? false)
  const text = String(given ?? 0)
  return (text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text)).toString()
}

function printable(type: AnyType): string {
  const value = defaultOf(type)
  if (typeof value === 'string') return `"${value}"`
  if (Array.isArray(value) || value instanceof Uint8Array) return 'empty'
  return String(value)
}
