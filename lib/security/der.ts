// ASN.1 in its distinguished encoding (DER), as far as key stores need it. One value is
//
//   [tag:uint8][length: one byte below 128, or 0x80+n and n bytes][content]
//
// Invariant: whatever the bytes, it ends, reads nothing beyond them, and throws at worst a DerError. Values
// are views of the given bytes.

/** The bytes do not have the expected structure. */
export class DerError extends Error {}

export const tags = { integer: 2, octets: 4, oid: 6, sequence: 0x30, set: 0x31, context0: 0xa0 }

/** One value. */
export interface Der {
  readonly tag: number
  readonly content: Uint8Array
}

/** The one value in `bytes`. Later bytes are ignored, as in Java. */
export function readDer(bytes: Uint8Array): Der {
  return valueAt(bytes, 0).value
}

/** The values inside a sequence, a set or an explicit tag. */
export function partsOf({ content }: Der): readonly Der[] {
  const parts: Der[] = []
  for (let at = 0; at < content.length; ) {
    const { value, end } = valueAt(content, at)
    parts.push(value)
    at = end
  }
  return parts
}

/** The values of a sequence. */
export function sequence(value: Der | undefined): readonly Der[] {
  return partsOf(expectTag(value, tags.sequence))
}

/** The bytes of an octet string. */
export function octets(value: Der | undefined): Uint8Array {
  return expectTag(value, tags.octets).content
}

/** The content of an explicit tag [0]. */
export function explicit(value: Der | undefined): Der {
  return readDer(expectTag(value, tags.context0).content)
}

/** A small integer that is not negative. */
export function integer(value: Der | undefined): number {
  const { content } = expectTag(value, tags.integer)
  if (content.length > 5) throw new DerError('a number is too large')
  return content.reduce((sum, byte) => sum * 256 + byte, 0)
}

/** An object identifier, as `1.2.840.113549.1.7.1`. */
export function oid(value: Der | undefined): string {
  const arcs: number[] = []
  let arc = 0
  for (const byte of expectTag(value, tags.oid).content) {
    arc = arc * 128 + (byte & 127)
    if (byte < 128) {
      arcs.push(arc)
      arc = 0
    }
  }
  const [first = 0, ...rest] = arcs
  const root = Math.min(2, Math.floor(first / 40))
  return [root, first - root * 40, ...rest].join('.')
}

function expectTag(value: Der | undefined, tag: number): Der {
  if (value?.tag !== tag) throw new DerError(`a value is not what it should be (${value?.tag})`)
  return value
}

function valueAt(bytes: Uint8Array, at: number): { value: Der; end: number } {
  const [tag, first] = [bytes[at], bytes[at + 1]]
  if (tag === undefined || first === undefined) throw new DerError('it ends early')
  let length = first
  let start = at + 2
  if (first >= 0x80) {
    const count = first - 0x80
    if (count === 0 || count > 4) throw new DerError('a length is not in distinguished encoding')
    length = 0
    for (let index = 0; index < count; index += 1)
      length = length * 256 + (bytes[start + index] ?? 0)
    start += count
  }
  const end = start + length
  if (end > bytes.length) throw new DerError('it ends early')
  return { value: { tag, content: bytes.subarray(start, end) }, end }
}
