// Counts what was on the wire during a chaos run, through the runtime's transport: connections that
// ended and which side ended them, batches that were sent again, and the code of every answer. So a
// run knows that its faults have really affected a running stream.

import { errorCode } from '../../lib/errors/error-codes.ts'
import { apiByKey } from '../../lib/protocol/apis.ts'
import { decodeRequest, decodeResponse, peekCorrelationId } from '../../lib/protocol/headers.ts'
import type { RequestOf } from '../../lib/protocol/message.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { readHeader } from '../../lib/records/batch-header.ts'
import type { Runtime, Socket, SocketEvents } from '../../lib/runtime.ts'
import { FrameReader } from '../../lib/testing/frame-reader.ts'
import { realRuntime } from '../../lib/wire/transport.ts'

type ProduceBody = RequestOf<typeof Produce>

/** One counter for each kind of event on the wire. */
export class ChaosTap {
  connections = 0
  /** Connections that were never established. */
  refused = 0
  /** Connections that the other side, or the network, ended. */
  lost = 0
  /** Connections that the client ended with unanswered requests, because of a timeout. */
  abandoned = 0
  requests = 0
  batches = 0
  /** Batches that were sent before, under the same number. */
  repeats = 0
  /** The number of epochs under which batches were sent. */
  epochs = 0
  inFlightMax = 0
  /** How often a batch got this answer, by Kafka's name. */
  readonly answers = new Map<string, number>()
  readonly #newest = new Map<string, number>()
  readonly #epochs = new Set<number>()

  /** The real runtime, with this tap on its transport. */
  get runtime(): Runtime {
    return {
      ...realRuntime,
      transport: {
        connect: (address, events) => {
          this.connections += 1
          const line = new TappedLine(this)
          return line.speak(realRuntime.transport.connect(address, line.listen(events)))
        },
      },
    }
  }

  answered(code: number): void {
    const { name } = errorCode(code)
    this.answers.set(name, (this.answers.get(name) ?? 0) + 1)
  }

  sent({ topicData }: ProduceBody, inFlight: number): void {
    this.requests += 1
    this.inFlightMax = Math.max(this.inFlightMax, inFlight)
    for (const { name, topicId, partitionData } of topicData) {
      for (const { index, records } of partitionData) {
        this.#batch(`${name || topicId}-${index}`, Buffer.from(records as unknown as Uint8Array))
      }
    }
  }

  #batch(place: string, bytes: Uint8Array): void {
    const { producerEpoch, baseSequence } = readHeader(bytes)
    const line = `${place} under ${producerEpoch}`
    const newest = this.#newest.get(line) ?? -1
    this.batches += 1
    this.#epochs.add(producerEpoch)
    this.epochs = this.#epochs.size
    if (baseSequence <= newest) this.repeats += 1
    else this.#newest.set(line, baseSequence)
  }
}

/** One connection, observed in both directions. */
class TappedLine {
  readonly #tap: ChaosTap
  readonly #frames = new FrameReader()
  /** Produce requests without an answer: their versions, by correlation id. */
  readonly #asked = new Map<number, number>()
  #isConnected = false
  #endedByUs = false

  constructor(tap: ChaosTap) {
    this.#tap = tap
  }

  speak(socket: Socket): Socket {
    return {
      write: (chunks, flushed) => {
        this.#sent(Buffer.concat(chunks))
        socket.write(chunks, flushed)
      },
      destroy: () => {
        this.#endedByUs = true
        if (this.#asked.size > 0) this.#tap.abandoned += 1
        socket.destroy()
      },
    }
  }

  listen(client: SocketEvents): SocketEvents {
    return {
      connected: () => {
        this.#isConnected = true
        client.connected()
      },
      data: (chunk) => {
        this.#heard(chunk)
        client.data(chunk)
      },
      closed: (cause) => {
        if (!this.#isConnected) this.#tap.refused += 1
        else if (!this.#endedByUs) this.#tap.lost += 1
        client.closed(cause)
      },
    }
  }

  #sent(frame: Buffer): void {
    const { api, version, correlationId, body } = decodeRequest(frame.subarray(4), apiByKey)
    if (api.key !== Produce.key) return
    this.#asked.set(correlationId, version)
    this.#tap.sent(body as ProduceBody, this.#asked.size)
  }

  #heard(chunk: Uint8Array): void {
    this.#frames.push(chunk)
    for (let frame = this.#frames.next(); frame; frame = this.#frames.next()) {
      const correlationId = peekCorrelationId(frame)
      const version = this.#asked.get(correlationId)
      if (version === undefined) continue
      this.#asked.delete(correlationId)
      const { responses } = decodeResponse(Produce, version, frame).body
      for (const { partitionResponses } of responses) {
        for (const { errorCode: code } of partitionResponses) this.#tap.answered(code)
      }
    }
  }
}
