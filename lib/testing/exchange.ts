// One frame in, one reaction out: decodes a request, notes it in the log, lets the fault script and the
// broker model decide, and encodes the answer. Synchronous like the model: what has to happen later (a
// delay, a wait for records) is part of the reaction, and done by the owner of time. Called by
// broker-server.ts for each frame of a connection.

import { ProtocolError } from '../errors/protocol-error.ts'
import {
  type DecodedRequest,
  decodeRequest,
  encodeResponse,
  peekRequest,
} from '../protocol/headers.ts'
import { ApiVersions } from '../protocol/messages/api-versions.ts'
import type { Answer, ForcedError } from './answer.ts'
import { unsupportedApiVersions } from './answer-api-versions.ts'
import type { BrokerModel, Force } from './broker-model.ts'
import type { FaultScript, MetFault } from './fault-script.ts'
import type { RequestLog } from './request-log.ts'
import { placesOf } from './request-places.ts'
import type { CameAfter, SaslSession } from './sasl-session.ts'
import { mockRequest, servedByKey } from './served-apis.ts'

/** What a broker does on the connection of a request. */
export interface Reaction {
  /** The frame to send, in pieces; null: none. */
  readonly chunks: readonly Uint8Array[] | null
  /** Afterwards: read the next request, close the connection, or leave it open and unread. */
  readonly next: 'read' | 'close' | 'hang'
  /** Milliseconds before `chunks` are sent. */
  readonly delayMs: number
  /** Milliseconds between sending them and reading the next request. */
  readonly muteMs: number
  /**
   * Milliseconds to wait for more data. Meanwhile, whenever something was appended, `again` may return an
   * answer; the last one is sent when the time is up.
   */
  readonly waitMs: number
  again(): Reaction
}

/** The broker and the client of a request. */
interface From {
  readonly broker: number
  readonly session: SaslSession
  readonly cameAfter: CameAfter
}

export class Exchange {
  readonly model: BrokerModel
  readonly script: FaultScript
  readonly log: RequestLog

  constructor(model: BrokerModel, script: FaultScript, log: RequestLog) {
    this.model = model
    this.script = script
    this.log = log
  }

  /** A request to `broker`, without the four bytes of its size, from the client of `session`. */
  receive(
    broker: number,
    frame: Uint8Array,
    session = this.model.session(),
    cameAfter: CameAfter = () => true,
  ): Reaction {
    // Like Kafka, it ignores an empty frame and waits for the next request.
    if (frame.byteLength === 0) return silent
    try {
      const { key, version, correlationId } = peekRequest(frame)
      const api = servedByKey(key)
      if (!api) return this.#refuse(broker, `it has no API with the key ${key}`)
      const [min, max] = this.model.settings.versions[api.name]
      const served = version >= Math.max(min, api.versions[0]) && version <= max
      if (served)
        return this.#answer(
          { broker, session, cameAfter },
          decodeRequest(frame, servedByKey),
          frame.byteLength,
        )
      if (api.name !== 'ApiVersions') {
        return this.#refuse(broker, `it does not support ${api.name} v${version}`)
      }
      const { body } = unsupportedApiVersions(this.model.settings)
      return reaction(encodeResponse(ApiVersions, 0, correlationId, body))
    } catch (cause) {
      if (!(cause instanceof ProtocolError)) throw cause
      return this.#refuse(broker, cause.message)
    }
  }

  // Like Kafka, it closes the connection if it cannot read a request.
  #refuse(broker: number, why: string): Reaction {
    this.model.violate(broker, why)
    return hangUp
  }

  #answer(from: From, decoded: DecodedRequest, frameBytes: number): Reaction {
    const { broker } = from
    const request = mockRequest(broker, decoded)
    this.log.add(request, frameBytes)
    const met = this.script.meet(request, placesOf(request, this.model.state))
    for (const { effect } of met) if (effect.kind === 'call') effect.listener(request)

    const early = met.find(
      ({ effect }) => 'appended' in effect && isEnd(effect.kind) && !effect.appended,
    )
    if (early) return early.effect.kind === 'close' ? hangUp : silent
    const ask = () => this.#react(from, decoded, met, ask)
    return ask()
  }

  #react(
    { broker, session, cameAfter }: From,
    request: DecodedRequest,
    met: readonly MetFault[],
    again: () => Reaction,
  ): Reaction {
    const outcome = this.model.handle(broker, request, forcing(met), session, cameAfter)
    const end = met.find(({ effect }) => isEnd(effect.kind))
    if (end) return end.effect.kind === 'close' ? hangUp : silent
    if (outcome === 'close') return hangUp
    if (outcome === 'none') return { ...reaction(null), delayMs: sum(met, 'delay') }

    const muteMs = sum(met, 'throttle')
    const chunks = encoded(request, throttled(outcome, muteMs))
    const { waitMs = 0, closesAfterMs, delayMs: heldMs = 0 } = outcome
    const delayMs = sum(met, 'delay') + (closesAfterMs ?? 0) + heldMs
    const sent = damaged(chunks, met)
    if (closesAfterMs !== undefined) sent.next = 'close'
    return { ...sent, delayMs, muteMs, waitMs, again }
  }
}

const hangUp: Reaction = { ...reaction(null), next: 'close' }
const silent: Reaction = { ...reaction(null), next: 'hang' }

function reaction(chunks: readonly Uint8Array[] | null): Reaction {
  return { chunks, next: 'read', delayMs: 0, muteMs: 0, waitMs: 0, again: () => reaction(chunks) }
}

function encoded(request: DecodedRequest, { body, version }: Answer): Uint8Array[] {
  return encodeResponse(request.api, version ?? request.version, request.correlationId, body)
}

function throttled(answer: Answer, ms: number): Answer {
  if (ms === 0) return answer
  return { ...answer, body: { ...answer.body, throttleTimeMs: ms } }
}

/** The part of an answer that arrives, if the script damages it. */
function damaged(
  chunks: readonly Uint8Array[],
  met: readonly MetFault[],
): { chunks: readonly Uint8Array[]; next: Reaction['next'] } {
  for (const { effect } of met) {
    const whole = Buffer.concat(chunks)
    switch (effect.kind) {
      case 'truncate':
        return { chunks: [whole.subarray(0, effect.bytes)], next: 'close' }
      case 'shorten':
        return { chunks: [resized(whole.subarray(0, -effect.bytes))], next: 'read' }
      case 'lengthen':
        return {
          chunks: [resized(Buffer.concat([whole, Buffer.alloc(effect.bytes)]))],
          next: 'read',
        }
      case 'garbage':
        return { chunks: [effect.bytes], next: 'read' }
    }
  }
  return { chunks, next: 'read' }
}

function resized(frame: Buffer): Buffer {
  frame.writeInt32BE(frame.byteLength - 4)
  return frame
}

/** The first scripted error for a place. A request as a whole matches every place. */
function forcing(met: readonly MetFault[]): Force {
  return (topic, partition): ForcedError | undefined => {
    for (const { fault, effect } of met) {
      if (effect.kind === 'reply' && (topic === undefined || fault.fits(topic, partition))) {
        return effect
      }
    }
    return undefined
  }
}

function isEnd(kind: string): boolean {
  return kind === 'close' || kind === 'hang'
}

function sum(met: readonly MetFault[], kind: 'delay' | 'throttle'): number {
  return met.reduce((total, { effect }) => total + (effect.kind === kind ? effect.ms : 0), 0)
}
