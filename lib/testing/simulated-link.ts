// One connection of the simulated network: the client's socket on one side, a broker that takes one request
// at a time on the other, and the weather's effect on the bytes between them.
//
// Invariants: bytes arrive in the order in which they were written, or not at all; `closed` is the last
// event and comes once. Bytes that have left the client arrive even if it has closed the connection since:
// a zombie, which the broker may append. Bytes are read when they leave, not when they are written, so
// reusing a buffer too early is detected.

import { decodeRequest, peekRequest } from '../protocol/headers.ts'
import { Produce } from '../protocol/messages/produce.ts'
import { SaslHandshake } from '../protocol/messages/sasl-handshake.ts'
import type { Clock, Socket, SocketEvents, TlsAttempt } from '../runtime.ts'
import type { Exchange, Reaction } from './exchange.ts'
import { FrameReader } from './frame-reader.ts'
import type { SaslSession } from './sasl-session.ts'
import type { Weather } from './weather.ts'

/** A TLS listener's answer to bytes that are not TLS: fatal, internal error. */
const alert = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 80)

export interface LinkParts {
  readonly broker: number
  readonly exchange: Exchange
  readonly weather: Weather
  readonly clock: Clock
  /** The broker is running; while it is paused it reads nothing. */
  readonly isReading: () => boolean
  /** Whether the broker uses TLS. */
  readonly isSecure: boolean
  /** The client's TLS; null without. */
  readonly attempt: TlsAttempt | null
  readonly ended: (link: SimulatedLink) => void
  /** The broker takes a request of a connection that the client has closed. */
  readonly zombie: () => void
}

export class SimulatedLink implements Socket {
  readonly broker: number
  #parts: LinkParts
  #events: SocketEvents
  #session: SaslSession
  #frames = new FrameReader()
  /** Arrival times of bytes that the broker has not taken yet: the client writes one request at a time. */
  #arrivals: number[] = []
  #state: 'connecting' | 'open' | 'closed' = 'connecting'
  #isSecured = false
  /** The handshake has succeeded, as far as the client knows. */
  #wasAccepted = false
  /** The broker has refused the client, which does not know it yet: its bytes are not read. */
  #isRefused = false
  /** What happens when a paused broker is resumed. */
  #held: (() => void) | null = null
  #brokerGone = false
  #reacting = false
  #requestAt = 0
  #responseAt = 0
  /** Unanswered requests of a secured client. */
  #unanswered = 0

  constructor(parts: LinkParts, events: SocketEvents) {
    this.broker = parts.broker
    this.#parts = parts
    this.#events = events
    this.#session = parts.exchange.model.session()
  }

  /** The broker has accepted the connection. */
  accept(): void {
    if (this.#state !== 'connecting') return
    this.#state = 'open'
    this.#wasAccepted = true
    this.#events.connected()
  }

  /** The connection seems ready, and `ms` later the broker's refusal comes. */
  refuseLate(code: string, ms: number): void {
    this.#isRefused = true
    this.accept()
    const { clock } = this.#parts
    clock.at(clock.now() + ms, () => this.cut('the broker refused the client', code))
  }

  /** The broker sends a session, with which the next connection to it needs less work. */
  resumable(session: Uint8Array): void {
    if (this.#state === 'open') this.#parts.attempt?.resumable(session)
  }

  /** Does it now, or when the broker is resumed. */
  whenReading(act: () => void): void {
    if (this.#parts.isReading()) act()
    else this.#held = act
  }

  /** The TLS handshake begins. */
  secure(): void {
    if (this.#state !== 'connecting') return
    this.#isSecured = true
    this.#events.securing?.()
  }

  write(chunks: readonly Uint8Array[], flushed?: () => void): void {
    const { clock, weather } = this.#parts
    const byteLength = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
    const { leaveMs, travelMs, cutAfter } = weather.request(this.broker, byteLength)
    const leavesAt = Math.max(clock.now() + leaveMs, this.#requestAt)
    this.#requestAt = leavesAt + travelMs
    const arrivesAt = this.#requestAt
    clock.at(leavesAt, () => {
      if (this.#state !== 'open') return
      const bytes = Buffer.concat(chunks)
      if (this.#parts.exchange.model.access.isAsked) this.#noteSent(bytes)
      flushed?.()
      clock.at(arrivesAt, () => this.#arrived(bytes, cutAfter))
    })
  }

  /** Our client begins a new session only between two requests. */
  #noteSent(bytes: Buffer): void {
    const { key } = peekRequest(bytes.subarray(4))
    if (key === SaslHandshake.key && this.#unanswered > 0) {
      const sentence = `SaslHandshake was sent while ${this.#unanswered} requests had no answer`
      this.#parts.exchange.model.violate(this.broker, sentence)
    }
    const isAnswered = key !== Produce.key || acksOf(bytes.subarray(4)) !== 0
    if (isAnswered) this.#unanswered += 1
  }

  destroy(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#parts.clock.soon(() => this.#closed(null))
  }

  /** The network or the broker ends the connection. Bytes that have not arrived are lost. */
  cut(message = 'read ECONNRESET', code?: string): void {
    this.#brokerGone = true
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#closed(Object.assign(new Error(message), code === undefined ? {} : { code }))
  }

  /** The broker, which was paused, reads on. */
  resume(): void {
    const held = this.#held
    this.#held = null
    held?.()
    this.#work()
  }

  #closed(cause: Error | null): void {
    const { attempt, ended } = this.#parts
    ended(this)
    const isOfTls = attempt !== null && cause !== null && this.#isSecured && this.#isOfTls(cause)
    this.#events.closed(cause, isOfTls && attempt.failed(cause))
  }

  /** As for a real socket: it ended during the handshake, or with an alert. */
  #isOfTls(cause: NodeJS.ErrnoException): boolean {
    return !this.#wasAccepted || cause.code?.startsWith('ERR_SSL_') === true
  }

  #arrived(bytes: Uint8Array, cutAfter: number | null): void {
    if (this.#brokerGone || this.#isRefused) return
    if (this.#parts.isSecure && !this.#isSecured) {
      this.#answer(alert)
      this.#parts.clock.at(this.#responseAt, () => this.cut())
      return
    }
    this.#frames.push(cutAfter === null ? bytes : bytes.subarray(0, cutAfter))
    this.#arrivals.push(this.#parts.clock.timestamp())
    this.#work()
    if (cutAfter !== null) this.cut()
  }

  /** Takes the next request, unless one is in progress. */
  #work(): void {
    while (!this.#reacting && !this.#brokerGone && this.#parts.isReading()) {
      const frame = this.#frames.next()
      if (!frame) return
      this.#reacting = true
      if (this.#state === 'closed') this.#parts.zombie()
      const arrivedAt = this.#arrivals.shift()!
      const cameAfter = (moment: number) => arrivedAt >= moment
      const { exchange } = this.#parts
      this.#follow(exchange.receive(this.broker, frame, this.#session, cameAfter))
    }
  }

  #follow({ chunks, next, delayMs, muteMs }: Reaction): void {
    const { clock } = this.#parts
    if (next === 'hang') return
    const readOn = () => {
      this.#reacting = false
      this.#work()
    }
    const answer = () => {
      if (chunks !== null) this.#answer(Buffer.concat(chunks))
      if (next === 'close') clock.at(this.#responseAt, () => this.cut())
      else if (muteMs > 0) clock.at(clock.now() + muteMs, readOn)
      else readOn()
    }
    if (delayMs > 0) clock.at(clock.now() + delayMs, answer)
    else answer()
  }

  #answer(bytes: Uint8Array): void {
    const { clock, weather } = this.#parts
    if (this.#state !== 'open') return
    const { leaveMs, travelMs, cutAfter } = weather.response(this.broker, bytes.byteLength)
    this.#responseAt = Math.max(clock.now() + leaveMs + travelMs, this.#responseAt)
    clock.at(this.#responseAt, () => {
      if (this.#state !== 'open') return
      const arrived = cutAfter === null ? bytes : bytes.subarray(0, cutAfter)
      this.#unanswered -= 1
      if (arrived.byteLength > 0) this.#events.data(arrived)
      if (cutAfter !== null) this.cut()
    })
  }
}

function acksOf(frame: Uint8Array): number {
  return decodeRequest(frame, () => Produce).body.acks
}
