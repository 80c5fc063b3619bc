// A network in virtual time whose brokers send wrong data until they are told to be honest: answers
// with changed fields, damaged bytes, truncated, repeated, in pieces, or no answers.

import { apiByKey } from '../../lib/protocol/apis.ts'
import { decodeResponse, encodeResponse } from '../../lib/protocol/headers.ts'
import type { Api } from '../../lib/protocol/message.ts'
import type { Address, Runtime, Socket, SocketEvents } from '../../lib/runtime.ts'
import type { Dice } from './dice.ts'
import { mangled } from './mangle.ts'
import { twisted, type World } from './nonsense.ts'

interface Question {
  readonly api: Api
  readonly version: number
}

export class HostileNetwork {
  /** Answers are damaged until this time. */
  isHostile = true
  damaged = 0
  readonly #dice: Dice
  readonly #world: World
  /** Of a hundred answers. */
  readonly #percent: number

  constructor(dice: Dice, world: World) {
    this.#dice = dice
    this.#world = world
    this.#percent = dice.pick([5, 20, 50, 100])
  }

  /** `runtime`, with this network in front of its own. */
  over(runtime: Runtime): Runtime {
    const connect = (address: Address, events: SocketEvents): Socket => {
      const questions = new Map<number, Question>()
      let isDestroyed = false
      const inner = runtime.transport.connect(address, {
        connected: () => events.connected(),
        data: (frame) => {
          for (const piece of this.#through(frame, questions)) if (!isDestroyed) events.data(piece)
        },
        closed: (cause) => events.closed(cause),
      })
      return {
        write: (chunks, flushed) => {
          remember(questions, chunks[0]!)
          inner.write(chunks, flushed)
        },
        destroy: () => {
          isDestroyed = true
          inner.destroy()
        },
      }
    }
    return { ...runtime, transport: { connect } }
  }

  /** What arrives instead of an answer. */
  #through(frame: Uint8Array, questions: Map<number, Question>): Uint8Array[] {
    if (!this.isHostile || !this.#dice.percent(this.#percent)) return [frame]
    this.damaged += 1
    const dice = this.#dice
    const kind = dice.below(100)
    if (kind < 65) return [this.#twisted(Buffer.from(frame), questions)]
    if (kind < 75) return [resized(mangled(dice, frame.subarray(4)))]
    if (kind < 82) return [mangled(dice, frame)]
    if (kind < 92) return piecesOf(dice, frame)
    if (kind < 95) return [frame, frame]
    if (kind < 98) return []
    return [dice.bytes(dice.below(100))]
  }

  #twisted(frame: Buffer, questions: Map<number, Question>): Uint8Array {
    const question = questions.get(frame.readInt32BE(4))
    if (question === undefined) return frame
    const { api, version } = question
    try {
      const { correlationId, body } = decodeResponse(api, version, frame.subarray(4))
      const lie = twisted(this.#dice, api.response.fields, body, version, this.#world)
      return Buffer.concat(encodeResponse(api, version, correlationId, lie))
    } catch {
      return frame // an ApiVersions answer in another layout than requested
    }
  }
}

/** A request: [size:4][key:2][version:2][correlation id:4]… */
function remember(questions: Map<number, Question>, chunk: Uint8Array): void {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  const api = apiByKey(view.getInt16(4))
  if (api !== undefined) questions.set(view.getInt32(8), { api, version: view.getInt16(6) })
}

function resized(body: Uint8Array): Buffer {
  const frame = Buffer.alloc(4 + body.length)
  frame.writeInt32BE(body.length)
  frame.set(body, 4)
  return frame
}

function piecesOf(dice: Dice, frame: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < frame.length; ) {
    const end = at + 1 + dice.below(20)
    pieces.push(frame.slice(at, end))
    at = end
  }
  return pieces
}
