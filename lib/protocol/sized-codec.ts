// Fields with a length before them: strings, bytes, records, arrays. [length:int16 | int32][body], with -1
// for null; in flexible versions [length + 1: unsigned varint][body], with 0 for null. A length is compared
// with the remaining bytes before anything is allocated for it. Called by codec.ts.

import type { Reader } from '../bytes/reader.ts'
import type { Writer } from '../bytes/writer.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import type { Codec } from './codec.ts'

/** The content after a length. */
interface Body<Value, Input> {
  /** The length to announce for `value`. */
  measure(value: Input): number
  read(reader: Reader, length: number): Value
  write(writer: Writer, value: Input, length: number): void
}

interface Place {
  readonly path: string
  readonly nullable: boolean
  readonly flexible: boolean
}

/** No string of Kafka's is longer, whatever its length field allows. */
const longestString = 0x7fff

export function sized<V, I>(
  body: Body<V, I>,
  width: 'int16' | 'int32',
  { path, nullable, flexible }: Place,
): Codec<V | null, I | null> {
  const lengths = flexible ? compact : fixed[width]
  return {
    read(reader) {
      const length = lengths.read(reader)
      if (length >= 0) return body.read(reader, length)
      if (nullable) return null
      throw new ProtocolError('INVALID_VALUE', `${path} is null`)
    },
    write(writer, value) {
      if (value !== null) {
        const length = body.measure(value)
        lengths.write(writer, length)
        body.write(writer, value, length)
      } else if (nullable) lengths.write(writer, -1)
      else throw new ProtocolError('INVALID_VALUE', `${path} can't be null`)
    },
  }
}

export const text: Body<string, string> = {
  measure(value) {
    const length = Buffer.byteLength(value, 'utf8')
    if (length <= longestString) return length
    throw new ProtocolError('INVALID_VALUE', `a string of ${length} bytes`)
  },
  read(reader, length) {
    if (length <= longestString) return reader.utf8(length)
    throw new ProtocolError('INVALID_VALUE', `a string of ${length} bytes at ${reader.position}`)
  },
  write: (writer, value, length) => writer.utf8(value, length),
}

export const blob: Body<Uint8Array, Uint8Array> = {
  measure: (value) => value.length,
  read: (reader, length) => reader.bytes(length),
  write: (writer, value) => writer.bytes(value),
}

export const batches: Body<Uint8Array, readonly Uint8Array[]> = {
  measure: (chunks) => chunks.reduce((sum, chunk) => sum + chunk.length, 0),
  read: (reader, length) => reader.bytes(length),
  write: (writer, chunks, length) => writer.reference(chunks, length),
}

export function arrayBody<V, I>(element: Codec<V, I>): Body<readonly V[], readonly I[]> {
  return {
    measure: (values) => values.length,
    read(reader, length) {
      // No element is shorter than a byte, so there cannot be so many.
      if (length > reader.remaining) {
        const left = `${length} elements announced at ${reader.position}, ${reader.remaining} bytes left`
        throw new ProtocolError('TRUNCATED', left)
      }
      const values: V[] = []
      for (let index = 0; index < length; index++) values.push(element.read(reader))
      return values
    },
    write(writer, values) {
      for (const value of values) element.write(writer, value)
    },
  }
}

/** A list that is only read, by `read`. */
export function readOnly<Value>(
  read: (reader: Reader, length: number) => Value,
): Body<Value, readonly unknown[]> {
  return {
    measure: (values) => values.length,
    read,
    write() {
      throw new TypeError('a lean codec reads only')
    },
  }
}

const fixed = {
  int16: {
    read: (reader: Reader) => reader.int16(),
    write: (writer: Writer, length: number) => writer.int16(length),
  },
  int32: {
    read: (reader: Reader) => reader.int32(),
    write: (writer: Writer, length: number) => writer.int32(length),
  },
}

const compact = {
  read: (reader: Reader) => reader.uvarint() - 1,
  write: (writer: Writer, length: number) => writer.uvarint(length + 1),
}
