import { apiByKey } from '../../lib/protocol/apis.ts'
import { type DecodedRequest, decodeRequest, encodeResponse } from '../../lib/protocol/headers.ts'
import type { Api, RequestOf, ResponseInput } from '../../lib/protocol/message.ts'
import { ApiVersions } from '../../lib/protocol/messages/api-versions.ts'
import { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { FrameSplitter } from '../../lib/wire/frames.ts'
import type { FakeSocket } from './fake-runtime.ts'

// The other end of a FakeSocket, with Kafka's protocol: reads what was written, and answers on
// request.

/** `[api key, min, max]` for each API. */
export type Ranges = readonly (readonly [api: Api, min: number, max: number])[]

export const allVersions: Ranges = [ApiVersions, Metadata, Produce, InitProducerId].map(
  (api) => [api, ...api.versions] as const,
)

export function apiKeys(ranges: Ranges): ResponseInput<typeof ApiVersions>['apiKeys'] {
  return ranges.map(([{ key: apiKey }, minVersion, maxVersion]) => ({
    apiKey,
    minVersion,
    maxVersion,
  }))
}

export class FakeBroker {
  readonly socket: FakeSocket
  readonly #frames = new FrameSplitter('client')
  #read = 0

  constructor(socket: FakeSocket) {
    this.socket = socket
  }

  /** The next request that was written and not taken yet. */
  take(): DecodedRequest | undefined {
    for (const chunk of this.socket.writes.slice(this.#read)) this.#frames.push(chunk)
    this.#read = this.socket.writes.length
    const frame = this.#frames.next()
    return frame === null ? undefined : decodeRequest(frame, apiByKey)
  }

  /** All requests that were written and not taken yet. */
  takeAll(): DecodedRequest[] {
    const requests: DecodedRequest[] = []
    for (let next = this.take(); next !== undefined; next = this.take()) requests.push(next)
    return requests
  }

  /** Takes the next request, which must be of `api`. */
  expect<A extends Api>(api: A): DecodedRequest<A> & { readonly body: RequestOf<A> } {
    const request = this.take()
    if (request?.api !== api) {
      throw new Error(`expected ${api.name}, got ${request?.api.name ?? 'nothing'}`)
    }
    return request as DecodedRequest<A>
  }

  answer<A extends Api>(
    request: { readonly api: A; readonly version: number; readonly correlationId: number },
    body: ResponseInput<A>,
  ): void {
    this.socket.deliver(answerTo(request, body))
  }

  /** Accepts the connection and answers with its versions. */
  welcome(ranges: Ranges = allVersions): void {
    this.socket.accept()
    this.answer(this.expect(ApiVersions), { errorCode: 0, apiKeys: apiKeys(ranges) })
  }
}

/** The bytes of an answer, in one piece. */
export function answerTo<A extends Api>(
  request: { readonly api: A; readonly version: number; readonly correlationId: number },
  body: ResponseInput<A>,
): Uint8Array {
  const { api, version, correlationId } = request
  return Buffer.concat(encodeResponse(api, version, correlationId, body))
}
