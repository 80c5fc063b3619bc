// A socket that sends bytes, and Kafka's messages on request; it does nothing by itself.

import { connect } from 'node:net'
import { decodeResponse, encodeRequest } from '../../lib/protocol/headers.ts'
import type { Api, RequestInput, ResponseOf } from '../../lib/protocol/message.ts'

export class RawClient {
  readonly #socket
  readonly #newest: Readonly<Partial<Record<string, number>>>
  /** Resolves when the connection has ended, from either side. */
  readonly closed: Promise<void>
  #received = Buffer.alloc(0)
  #ended = false
  #wake: () => void = () => {}
  #correlationId = 0

  /**
   * `newest`: the broker's newest version of an API; `ask` uses no newer one. Absent: any version.
   */
  constructor(address: string, newest: Readonly<Partial<Record<string, number>>> = {}) {
    this.#newest = newest
    const [host, port] = address.split(':')
    this.#socket = connect({ host: host!, port: Number(port) })
    this.#socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake()
    })
    this.#socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      this.#socket.on('close', () => {
        this.#ended = true
        this.#wake()
        resolve()
      })
    })
  }

  write(...chunks: Uint8Array[]): void {
    this.#socket.write(Buffer.concat(chunks))
  }

  /** Sends a request and does not wait. */
  send<A extends Api>(api: A, version: number, body: RequestInput<A>): void {
    const correlationId = this.#correlationId++
    this.write(...encodeRequest(api, version, { correlationId, clientId: 'raw' }, body))
  }

  /** The next frame as the answer to this API and version; throws if the connection ends. */
  async answer<A extends Api>(api: A, version: number): Promise<ResponseOf<A>> {
    const size = (await this.bytes(4)).readInt32BE(0)
    return decodeResponse(api, version, await this.bytes(size)).body
  }

  async ask<A extends Api>(api: A, wanted: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    const version = Math.min(wanted, this.#newest[api.name] ?? wanted)
    this.send(api, version, body)
    return this.answer(api, version)
  }

  /** The next bytes, of this number; throws if the connection ends before. */
  async bytes(count: number): Promise<Buffer> {
    while (this.#received.length < count) {
      if (this.#ended) throw new Error(`the connection ended after ${this.#received.length} bytes`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const taken = this.#received.subarray(0, count)
    this.#received = this.#received.subarray(count)
    return taken
  }

  /** The bytes that have arrived and were not taken. */
  get unread(): number {
    return this.#received.length
  }

  /** Sends nothing more; the other side may. */
  leave(): void {
    this.#socket.end()
  }

  /** Cuts the connection. */
  async end(): Promise<void> {
    this.#socket.destroy()
    await this.closed
  }
}
