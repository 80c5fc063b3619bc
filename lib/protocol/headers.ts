// Whole frames: [size:int32] and then, for a request,
//   [api key:int16][version:int16][correlation id:int32][client id: nullable string]      header v1
//   … and tagged fields in flexible versions                                              header v2
// for a response [correlation id:int32] (header v0), and tagged fields in flexible versions (v1).
// Encoded frames include the size before them; decoded ones come without it (FrameSplitter removed it).
// wire/connection.ts calls the client's half, testing/ the broker's.

import { Reader } from '../bytes/reader.ts'
import { Writer } from '../bytes/writer.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import {
  type Api,
  assertVersion,
  type RequestInput,
  type RequestOf,
  type ResponseInput,
  type ResponseOf,
} from './message.ts'
import { sized, text } from './sized-codec.ts'
import { skipTags } from './struct-codec.ts'

export interface RequestFacts {
  readonly correlationId: number
  readonly clientId: string | null
}

/** A request as one frame, including its size. Large chunks of `records` are referenced, not copied. */
export function encodeRequest<A extends Api>(
  api: A,
  version: number,
  { correlationId, clientId }: RequestFacts,
  body: RequestInput<A>,
): Uint8Array[] {
  assertVersion(api, version)
  const writer = new Writer()
  writer.int32(0) // the size, once it is known
  writer.int16(api.key)
  writer.int16(version)
  writer.int32(correlationId)
  clientIds.write(writer, clientId)
  if (version >= api.flexible) writer.uvarint(0)
  return within(`${api.name} v${version} request`, () => {
    api.request.at(version).write(writer, body)
    return framed(writer)
  })
}

/**
 * The answer to `version` of `api`, from a frame without its size. Views in it refer to the frame. `lean`:
 * fields that the client does not need stay at their defaults.
 */
export function decodeResponse<A extends Api>(
  api: A,
  version: number,
  frame: Uint8Array,
  lean = false,
): { readonly correlationId: number; readonly body: ResponseOf<A> } {
  assertVersion(api, version)
  return within(`${api.name} v${version} response`, () => {
    const reader = new Reader(frame)
    const correlationId = reader.int32()
    if (hasResponseTags(api, version)) skipTags(reader)
    const codec = lean ? api.response.leanAt(version) : api.response.at(version)
    const body = codec.read(reader)
    expectEnd(reader)
    return { correlationId, body }
  })
}

/** Which request a response answers. */
export function peekCorrelationId(frame: Uint8Array): number {
  return new Reader(frame).int32()
}

/** The part of a request's header that every version of every API shares. */
export interface RequestPreamble {
  readonly key: number
  readonly version: number
  readonly correlationId: number
}

/** The description of a request, even if its API or version is unknown. */
export function peekRequest(frame: Uint8Array): RequestPreamble {
  return preamble(new Reader(frame))
}

/** A request as a broker reads it. */
export interface DecodedRequest<A extends Api = Api> extends RequestFacts {
  readonly api: A
  readonly version: number
  readonly body: RequestOf<A>
}

/** Reads a request, from a frame without its size, of an API and version that `lookup` has. */
export function decodeRequest<A extends Api>(
  frame: Uint8Array,
  lookup: (key: number) => A | undefined,
): DecodedRequest<A> {
  const reader = new Reader(frame)
  const { key, version, correlationId } = preamble(reader)
  const api = lookup(key)
  if (api === undefined) throw new ProtocolError('INVALID_VALUE', `no API has the key ${key}`)
  assertVersion(api, version)
  return within(`${api.name} v${version} request`, () => {
    const clientId = clientIds.read(reader)
    if (version >= api.flexible) skipTags(reader)
    const body = api.request.at(version).read(reader)
    expectEnd(reader)
    return { api, version, correlationId, clientId, body }
  })
}

/** A response as one frame, including its size. Large chunks of `records` are referenced, not copied. */
export function encodeResponse<A extends Api>(
  api: A,
  version: number,
  correlationId: number,
  body: ResponseInput<A>,
): Uint8Array[] {
  assertVersion(api, version)
  const writer = new Writer()
  writer.int32(0) // the size, once it is known
  writer.int32(correlationId)
  if (hasResponseTags(api, version)) writer.uvarint(0)
  within(`${api.name} v${version} response`, () => api.response.at(version).write(writer, body))
  return framed(writer)
}

/**
 * ApiVersions is requested before either side knows the other's versions, so the header of its answer has
 * no tagged fields in any version (KIP-511).
 */
function hasResponseTags(api: Api, version: number): boolean {
  return version >= api.flexible && api.key !== 18
}

/** Never a compact string, so that a broker can read it whatever the version (KIP-482). */
const clientIds = sized(text, 'int16', { path: 'clientId', nullable: true, flexible: false })

function preamble(reader: Reader): RequestPreamble {
  return { key: reader.int16(), version: reader.int16(), correlationId: reader.int32() }
}

/** The largest size in an int32. */
const largestFrame = 2 ** 31 - 1

/** The chunks of a frame, whose first four bytes now contain the number of bytes that follow. */
function framed(writer: Writer): Uint8Array[] {
  const size = writer.byteLength - 4
  if (size > largestFrame) {
    const message = `a frame of ${size} bytes; its size has to fit an int32: at most ${largestFrame}`
    throw new ProtocolError('INVALID_VALUE', message)
  }
  const chunks = writer.chunks()
  const first = chunks[0]!
  new DataView(first.buffer, first.byteOffset).setInt32(0, size)
  return chunks
}

function expectEnd(reader: Reader): void {
  if (reader.remaining === 0) return
  throw new ProtocolError('TRAILING_BYTES', `${reader.remaining} bytes after the end`)
}

/** Names the message in errors. */
function within<T>(message: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    throw new ProtocolError(cause.code, `${message}: ${cause.message}`, { cause })
  }
}
