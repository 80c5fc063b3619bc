// A reader's connection to one broker: one request at a time, and its answer as a promise. It finds out by
// itself which versions the broker supports. Shares the messages with the client under test, and none of
// its connections. Used by topic-reader.ts. Real sockets, real time.

import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { ConnectionError } from '../errors/connection-error.ts'
import { partsOf } from '../errors/is-error.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import { decodeResponse, encodeRequest } from '../protocol/headers.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/message.ts'
import { ApiVersions } from '../protocol/messages/api-versions.ts'
import type { Address, TlsAttempt } from '../runtime.ts'
import type { SecuritySettings } from '../security/security-settings.ts'
import { addressText } from '../wire/address-text.ts'
import { nodeTimers } from '../wire/node-time.ts'
import { Session } from '../wire/session.ts'
import { tlsFailure } from '../wire/tls-failures.ts'
import { realRuntime } from '../wire/transport.ts'
import { FrameReader } from './frame-reader.ts'
import { logIn } from './reader-security.ts'

/** How long a broker may take to connect, and for each answer. */
const patienceMs = 30_000

export class ReaderConnection {
  readonly #socket: Socket
  readonly #to: Address
  readonly #security: SecuritySettings
  readonly #frames = new FrameReader()
  readonly #newest = new Map<number, number>()
  readonly #session = new Session()
  #correlationId = 0
  /** The promise that waits for a connection or for an answer. */
  #waiting: { resolve(): void; reject(cause: Error): void } | null = null
  #ended: Error | null = null

  private constructor(to: Address, security: SecuritySettings, attempt: TlsAttempt | null) {
    const { host, port } = to
    this.#to = { host, port }
    this.#security = security
    this.#socket =
      attempt === null ? connect({ host, port }) : connectTls({ ...attempt.options, host, port })
    this.#socket.setNoDelay(true)
    const isThere = attempt === null ? 'connect' : 'secureConnect'
    this.#socket.on(isThere, () => this.#waiting?.resolve())
    this.#socket.on('data', (chunk) => {
      // Bytes that no request waits for would only pile up.
      if (this.#waiting === null)
        this.#socket.destroy(new Error('it sent bytes that were not requested'))
      this.#frames.push(chunk)
      this.#waiting?.resolve()
    })
    this.#socket.on('error', (cause) => {
      this.#ended ??= cause
    })
    this.#socket.on('close', () => {
      this.#ended ??= new Error('it closed the connection')
      this.#waiting?.reject(this.#ended)
    })
  }

  /**
   * Connects, and logs in if the settings require it. Rejects with a ConnectionError if no Kafka broker
   * answers there; with an AuthenticationError if one side does not accept the other.
   */
  static async open(address: Address, security: SecuritySettings): Promise<ReaderConnection> {
    const attempt = security.tls?.attempt(address) ?? null
    const connection = connectionTo(address, () => new ReaderConnection(address, security, attempt))
    try {
      await connection.#within(() => connection.#wait('CONNECT_FAILED'))
      const { apiKeys } = await connection.#asked(ApiVersions, 0, {})
      for (const { apiKey, maxVersion } of apiKeys) connection.#newest.set(apiKey, maxVersion)
      await connection.#logIn()
      return connection
    } catch (cause) {
      connection.close()
      const knowsMore = connection.#ended !== null && attempt?.failed(connection.#ended)
      if (knowsMore) return ReaderConnection.open(address, security)
      throw cause
    }
  }

  /** Whether it can still be used. */
  get isOpen(): boolean {
    return this.#ended === null
  }

  /** The newest version of `api` up to `limit` that both sides know. */
  version(api: Api, limit = api.versions[1]): number {
    return Math.min(limit, api.versions[1], this.#newest.get(api.key) ?? 0)
  }

  /**
   * Sends a request, and returns the answer. An unreadable answer ends the connection. A session that is
   * about to end is renewed first.
   */
  async ask<A extends Api>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    if (this.#session.isDue(realRuntime.clock.now())) await this.#logIn()
    return this.#asked(api, version, body)
  }

  async #logIn(): Promise<void> {
    const { sasl } = this.#security
    if (sasl === null) return
    const line = {
      address: this.#to,
      knows: (api: Api) => this.#newest.has(api.key),
      ask: <A extends Api>(api: A, body: RequestInput<A>) =>
        this.#asked(api, this.version(api), body),
    }
    this.#session.begin(await logIn(line, sasl, patienceMs), realRuntime)
  }

  async #asked<A extends Api>(
    api: A,
    version: number,
    body: RequestInput<A>,
  ): Promise<ResponseOf<A>> {
    try {
      return await this.#within(() => this.#question(api, version, body))
    } catch (cause) {
      if (cause instanceof ProtocolError) this.close()
      throw cause
    }
  }

  async #question<A extends Api>(
    api: A,
    version: number,
    body: RequestInput<A>,
  ): Promise<ResponseOf<A>> {
    this.#correlationId += 1
    const facts = { correlationId: this.#correlationId, clientId: 'to-kafka-reader' }
    for (const chunk of encodeRequest(api, version, facts, body)) this.#socket.write(chunk)
    let frame = this.#frames.next()
    while (frame === null) {
      await this.#wait('DISCONNECTED')
      frame = this.#frames.next()
    }
    const answer = decodeResponse(api, version, frame)
    if (answer.correlationId === facts.correlationId) return answer.body
    const sentence = `answer ${answer.correlationId} came instead of ${facts.correlationId}`
    throw new ProtocolError('UNEXPECTED_CORRELATION', sentence)
  }

  close(): void {
    this.#socket.destroy()
  }

  /** The whole answer must arrive in time, even if it comes byte by byte. */
  async #within<T>(work: () => Promise<T>): Promise<T> {
    const timer = nodeTimers.setTimeout(() => {
      this.#socket.destroy(new Error(`it has not answered within ${patienceMs} ms`))
    }, patienceMs)
    try {
      return await work()
    } finally {
      nodeTimers.clearTimeout(timer)
    }
  }

  async #wait(code: 'CONNECT_FAILED' | 'DISCONNECTED'): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        if (this.#ended !== null) reject(this.#ended)
        this.#waiting = { resolve, reject }
      })
    } catch (cause) {
      throw this.#refusal(cause as Error) ?? unreadable(code, addressText(this.#to), cause as Error)
    } finally {
      this.#waiting = null
    }
  }

  /** Why TLS failed; null if TLS did not end the connection. */
  #refusal(cause: Error): Error | null {
    const { tls } = this.#security
    if (tls === null) return null
    const { host } = this.#to
    const address = addressText(this.#to)
    return tlsFailure({ address, host, hasKey: tls.hasKey, cause, mayBeTrusted: false })
  }
}

/** Node throws for an invalid address, such as a port of 70000 that a broker named. */
function connectionTo(address: Address, make: () => ReaderConnection): ReaderConnection {
  try {
    return make()
  } catch (cause) {
    throw unreadable('CONNECT_FAILED', addressText(address), cause as Error)
  }
}

function unreadable(
  code: 'CONNECT_FAILED' | 'DISCONNECTED',
  address: string,
  cause: Error,
): ConnectionError {
  return new ConnectionError(code, `cannot read from ${address}: ${reasonOf(cause)}`, {
    address,
    cause,
  })
}

/** The address that `host:port` names. */
export function addressOf(server: string): Address {
  const colon = server.lastIndexOf(':')
  const port = Number(server.slice(colon + 1))
  if (colon < 1 || !Number.isInteger(port)) {
    throw new TypeError(`${JSON.stringify(server)} is not host:port`)
  }
  return {
    host: server
      .slice(0, colon)
      .trim()
      .replace(/^\[|\]$/g, ''),
    port,
  }
}

/** If a host has several addresses, Node reports one error for each, and an empty message. */
function reasonOf(cause: Error): string {
  const parts = partsOf(cause)
  return parts === null ? cause.message : parts.map(({ message }) => message).join('; ')
}
