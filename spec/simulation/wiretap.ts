import { errorCode } from '../../lib/errors/error-codes.ts'
import { apiByKey } from '../../lib/protocol/apis.ts'
import { decodeRequest, decodeResponse, peekCorrelationId } from '../../lib/protocol/headers.ts'
import type { Api, RequestOf, ResponseOf } from '../../lib/protocol/message.ts'
import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { readBatches } from '../../lib/records/batch-reader.ts'
import type { Runtime, Socket, SocketEvents } from '../../lib/runtime.ts'
import { FrameReader } from '../../lib/testing/frame-reader.ts'

// Listens on the client's side of every connection: what the client sends, and what it learns. Checks the
// properties of the wire: order, requests in flight, epochs.

/** A batch on the wire, by the ids of its records. */
export interface WireBatch {
  /** The topic's name or id, as it is on the wire. */
  readonly topic: string
  readonly partition: number
  readonly ids: readonly string[]
  readonly epoch: number
  readonly sequence: number
  /** Its whole size before compression. */
  readonly plainBytes: number
}

export interface WireEvents {
  sent(batches: readonly WireBatch[], inFlight: number): void
  /** The client learns a batch's result: its code, or null if the connection ended. */
  known(batch: WireBatch, code: number | null): void
  hinted(): void
  /** The client gets to know the cluster, or more of it. */
  informed(): void
}

interface Outstanding {
  readonly api: Api
  readonly version: number
  readonly batches: readonly WireBatch[]
  readonly topicIds: boolean
}

export function tapped(runtime: Runtime, events: WireEvents): Runtime {
  return {
    ...runtime,
    transport: {
      connect(address, client) {
        const tap = new Tap(events)
        const socket = runtime.transport.connect(address, tap.listen(client))
        return tap.speak(socket)
      },
    },
  }
}

class Tap {
  #events: WireEvents
  #outstanding = new Map<number, Outstanding>()
  #frames = new FrameReader()

  constructor(events: WireEvents) {
    this.#events = events
  }

  speak(socket: Socket): Socket {
    return {
      write: (chunks, flushed) => {
        this.#sent(Buffer.concat(chunks))
        socket.write(chunks, flushed)
      },
      destroy: () => socket.destroy(),
    }
  }

  listen(client: SocketEvents): SocketEvents {
    return {
      connected: () => client.connected(),
      data: (chunk) => {
        this.#heard(chunk)
        client.data(chunk)
      },
      closed: (cause) => {
        for (const { batches } of this.#outstanding.values()) {
          for (const batch of batches) this.#events.known(batch, null)
        }
        this.#outstanding.clear()
        client.closed(cause)
      },
    }
  }

  #sent(frame: Buffer): void {
    const request = decodeRequest(frame.subarray(4), apiByKey)
    const { api, version, correlationId } = request
    const isProduce = api.key === Produce.key
    const body = request.body as RequestOf<typeof Produce>
    const batches = isProduce ? batchesOf(body) : []
    const answered = !isProduce || body.acks !== 0
    if (answered) {
      this.#outstanding.set(correlationId, { api, version, batches, topicIds: version >= 13 })
    }
    if (isProduce) this.#events.sent(batches, this.#outstanding.size)
  }

  #heard(chunk: Uint8Array): void {
    this.#frames.push(chunk)
    for (let frame = this.#frames.next(); frame; frame = this.#frames.next()) {
      const correlationId = peekCorrelationId(frame)
      const asked = this.#outstanding.get(correlationId)
      this.#outstanding.delete(correlationId)
      if (asked?.api.key === Metadata.key) this.#events.informed()
      if (asked?.api.key !== Produce.key) continue
      const { body } = decodeResponse(Produce, asked.version, frame)
      this.#answered(asked, body)
    }
  }

  #answered({ batches }: Outstanding, body: ResponseOf<typeof Produce>): void {
    const codes = new Map<string, number>()
    for (const { partitionResponses, ...of } of body.responses) {
      for (const { index, errorCode: code, currentLeader } of partitionResponses) {
        codes.set(`${topicOf(of)}-${index}`, errorCode(code).code)
        if (currentLeader.leaderId >= 0) this.#events.hinted()
      }
    }
    for (const batch of batches) {
      this.#events.known(batch, codes.get(`${batch.topic}-${batch.partition}`) ?? null)
    }
  }
}

function batchesOf(body: RequestOf<typeof Produce>): WireBatch[] {
  return body.topicData.flatMap(({ partitionData, ...of }) =>
    partitionData.map(({ index, records }) => {
      const bytes = Buffer.from(records as unknown as Uint8Array)
      const { header, records: list, uncompressedBytes } = readBatches(bytes)[0]!
      const ids = list.map(({ value }) => idOf(value!))
      return {
        topic: topicOf(of),
        partition: index,
        ids,
        epoch: header.producerEpoch,
        sequence: header.baseSequence,
        plainBytes: uncompressedBytes,
      }
    }),
  )
}

/** By name, or by id from Produce v13 on. */
function topicOf({ name, topicId }: { readonly name: string; readonly topicId: unknown }): string {
  return name === '' ? String(topicId) : name
}

/** A record's value begins with its id. */
export function idOf(value: Uint8Array): string {
  const text = Buffer.from(value).toString()
  return text.slice(0, text.indexOf(';'))
}
