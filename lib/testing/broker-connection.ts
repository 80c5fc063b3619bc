// A client's connection to a mock broker. One request at a time: while a reaction is in progress (a delay,
// a wait for records, a throttle), only so many bytes are taken from the socket. Then TCP holds the client back.
//
//   reading ─frame→ reacting ─chunks written→ reading        (or → closed, or → reacting for good)
//
// Node reports the end of a connection only behind its bytes. So these are taken while a reaction is in progress, and
// a client that leaves is noticed. Like Kafka, the broker still processes the requests that came before.
// Real time enters here: delays and waits are timers, all of which are cleared when the socket closes.

import type { Socket } from 'node:net'
import { ProtocolError } from '../errors/protocol-error.ts'
import { nodeTimers } from '../wire/node-time.ts'
import type { Exchange, Reaction } from './exchange.ts'
import { FrameReader } from './frame-reader.ts'
import type { SaslSession } from './sasl-session.ts'

/** `socket.receive.buffer.bytes`: what a client that is not answered can send. */
const aheadMax = 100 * 1024

export class BrokerConnection {
  readonly #socket: Socket
  readonly #broker: number
  readonly #exchange: Exchange
  readonly #session: SaslSession
  readonly #frames = new FrameReader()
  /** A reaction is in progress. */
  #reacting = false
  /** Requests are being read by a caller up the stack. */
  #working = false
  #paused = false
  /** Nothing is read any more. */
  #hangs = false
  /** The client has left. */
  #hasEnded = false
  /** Since when requests are taken as they come, or will be in this turn (milliseconds since 1970). */
  #listensSince = Date.now()
  #timer: ReturnType<typeof nodeTimers.setTimeout> | undefined
  /** What fell due while the broker was paused. */
  #overdue: (() => void) | null = null
  /** Stops listening for appended records. */
  #unlisten: () => void = () => {}

  constructor(socket: Socket, broker: number, exchange: Exchange) {
    this.#socket = socket
    this.#broker = broker
    this.#exchange = exchange
    this.#session = exchange.model.session()
    socket.allowHalfOpen = true // otherwise Node would end it before its requests are processed
    socket.on('data', (chunk) => {
      this.#frames.push(chunk)
      this.#work()
    })
    socket.on('end', () => {
      this.#hasEnded = true
      this.#work()
    })
    socket.on('error', () => {}) // 'close' follows, and is enough
    socket.on('close', () => this.#release())
  }

  destroy(): void {
    this.#socket.destroy()
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    this.#listensSince = Date.now()
    const overdue = this.#overdue
    this.#overdue = null
    overdue?.()
    this.#work()
  }

  #work(): void {
    if (this.#working) return
    this.#working = true
    while (!this.#reacting && !this.#paused && !this.#socket.destroyed) {
      const frame = this.#nextFrame()
      if (!frame) break
      this.#reacting = true
      const since = this.#listensSince
      const cameAfter = (moment: number) => since < moment
      this.#follow(this.#exchange.receive(this.#broker, frame, this.#session, cameAfter))
    }
    this.#working = false
    if (this.#hasEnded && !this.#paused) this.#checkLeft()
    const isBusy = this.#reacting && this.#frames.bytes >= aheadMax
    if (isBusy || this.#paused) this.#socket.pause()
    else this.#socket.resume()
  }

  /** The client has left: nothing is awaited any more, except for requests that came before. */
  #checkLeft(): void {
    const hasMore = this.#reacting && !this.#hangs && this.#frames.mayHaveMore
    if (!hasMore) this.#socket.destroySoon()
  }

  #nextFrame(): Uint8Array | null {
    try {
      return this.#frames.next()
    } catch (cause) {
      if (!(cause instanceof ProtocolError)) throw cause
      this.#exchange.model.violate(this.#broker, cause.message)
      this.#socket.destroy()
      return null
    }
  }

  #follow(reaction: Reaction): void {
    if (reaction.waitMs > 0) this.#wait(reaction)
    else if (reaction.delayMs > 0) this.#after(reaction.delayMs, () => this.#send(reaction))
    else this.#send(reaction)
  }

  // Asks again whenever something was appended, until there is enough to return or time is up.
  #wait(first: Reaction): void {
    let latest = first
    const { appended } = this.#exchange.model
    const done = () => {
      this.#listensSince = Date.now()
      this.#release()
      this.#follow({ ...latest, waitMs: 0 })
    }
    const ask = () => {
      if (this.#paused) return
      latest = first.again()
      if (latest.waitMs === 0) done()
    }
    appended.add(ask)
    this.#unlisten = () => appended.delete(ask)
    this.#after(first.waitMs, done)
  }

  #send({ chunks, next, muteMs }: Reaction): void {
    if (chunks) this.#write(chunks)
    if (next === 'hang') {
      this.#hangs = true
      return
    }
    if (next === 'close') {
      if (chunks) this.#socket.destroySoon()
      else this.#socket.destroy()
    } else if (muteMs > 0) {
      this.#after(muteMs, () => this.#readOn())
    } else {
      this.#readOn()
    }
  }

  #write(chunks: readonly Uint8Array[]): void {
    this.#socket.cork()
    for (const chunk of chunks) this.#socket.write(chunk)
    this.#socket.uncork()
  }

  #readOn(): void {
    this.#reacting = false
    this.#work()
  }

  #after(ms: number, act: () => void): void {
    this.#timer = nodeTimers.setTimeout(() => {
      this.#listensSince = Date.now()
      if (this.#paused) this.#overdue = act
      else act()
    }, ms)
  }

  #release(): void {
    nodeTimers.clearTimeout(this.#timer)
    this.#unlisten()
    this.#overdue = null
  }
}
