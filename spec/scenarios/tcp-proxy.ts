// A proxy between a producer and one broker that can be made faulty: requests that stop in the
// middle, answers that do not arrive, cuts. Bytes are held, not delayed, so that no spec depends on
// time. What a client left behind when it closed its end arrives when the proxy is opened again.
//
//   client ──requests──> [ held beyond so many bytes ] ──> broker
//          <──answers─── [ held ] <──────────────────────

import { connect, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Runtime } from '../../lib/runtime.ts'
import { realRuntime } from '../../lib/wire/transport.ts'

export class TcpProxy {
  readonly #server: Server
  readonly #target: string
  readonly #lines = new Set<Line>()
  /** The number of connections so far. */
  connections = 0
  #bytesLeft = Number.POSITIVE_INFINITY
  #answersPass = true
  #refuses = false

  private constructor(target: string) {
    this.#target = target
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.#accept(client)
    })
  }

  /** In front of the broker at `target`, `host:port`. Closed at the end of the spec. */
  static async start(target: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => proxy.#close())
    return proxy
  }

  /** The real transport, except that every connection goes here, whatever its address. */
  get runtime(): Runtime {
    const { port } = this.#server.address() as { port: number }
    const { transport } = realRuntime
    const here = { host: '127.0.0.1', port }
    return {
      ...realRuntime,
      transport: { connect: (_, events) => transport.connect(here, events) },
    }
  }

  /** Whether bytes wait on their way to the broker. */
  get holdsRequests(): boolean {
    return [...this.#lines].some(({ requests }) => requests.length > 0)
  }

  /** Whether bytes wait on their way to the client. */
  get holdsAnswers(): boolean {
    return [...this.#lines].some(({ answers }) => answers.length > 0)
  }

  /** Over all connections, only this number of further bytes reaches the broker. */
  passOnly(bytes: number): void {
    this.#bytesLeft = bytes
  }

  /** No answer reaches the client any more. */
  holdAnswers(): void {
    this.#answersPass = false
  }

  /** The held bytes arrive, and everything after them. */
  open(): void {
    this.#bytesLeft = Number.POSITIVE_INFINITY
    this.#answersPass = true
    this.#refuses = false
    for (const line of [...this.#lines]) line.pump()
  }

  /** Cuts all connections; held bytes are lost. New connections are cut at once until `open`. */
  cut(): void {
    this.#refuses = true
    for (const line of [...this.#lines]) line.destroy()
  }

  takeBytes(wanted: number): number {
    const taken = Math.min(wanted, this.#bytesLeft)
    this.#bytesLeft -= taken
    return taken
  }

  get bytesLeft(): number {
    return this.#bytesLeft
  }

  get answersPass(): boolean {
    return this.#answersPass
  }

  #accept(client: Socket): void {
    this.connections += 1
    if (this.#refuses) {
      client.on('error', () => {})
      client.destroy()
      return
    }
    const [host, port] = this.#target.split(':') as [string, string]
    const line = new Line(this, client, connect({ host, port: Number(port), noDelay: true }))
    this.#lines.add(line)
    line.onClose(() => this.#lines.delete(line))
  }

  async #close(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** One connection, and the one to the broker that belongs to it. */
class Line {
  requests: Buffer[] = []
  answers: Buffer[] = []
  readonly #proxy: TcpProxy
  readonly #client: Socket
  readonly #broker: Socket
  #clientEnded = false

  constructor(proxy: TcpProxy, client: Socket, broker: Socket) {
    this.#proxy = proxy
    this.#client = client
    this.#broker = broker
    for (const socket of [client, broker]) socket.on('error', () => {})
    client.on('data', (chunk) => {
      this.requests.push(chunk)
      this.pump()
    })
    broker.on('data', (chunk) => {
      this.answers.push(chunk)
      this.pump()
    })
    client.on('close', () => this.#left())
    client.on('end', () => this.#left())
    broker.on('close', () => client.destroy())
  }

  onClose(closed: () => void): void {
    this.#broker.on('close', closed)
  }

  pump(): void {
    for (let first = this.requests[0]; first !== undefined; first = this.requests[0]) {
      const taken = this.#proxy.takeBytes(first.length)
      if (taken > 0) this.#broker.write(first.subarray(0, taken))
      if (taken < first.length) {
        this.requests[0] = first.subarray(taken)
        break
      }
      this.requests.shift()
    }
    if (this.requests.length > 0) this.#client.pause()
    else this.#client.resume()
    if (this.#proxy.answersPass) {
      for (const chunk of this.answers.splice(0)) this.#client.write(chunk)
    }
    if (this.#clientEnded && this.requests.length === 0) this.#broker.end()
  }

  destroy(): void {
    this.#client.destroy()
    this.#broker.destroy()
  }

  /** The client has closed; what it wrote before may still be on its way. */
  #left(): void {
    this.#clientEnded = true
    this.pump()
  }
}
