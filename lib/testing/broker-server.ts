// One mock broker on the network: a listening socket, and for each connection a loop that reads a frame,
// lets the exchange react, and only then reads the next one, as a real broker does. Invariant: after
// `stop`, no socket, timer or listener is left. Owned by MockCluster.

import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { BrokerConnection } from './broker-connection.ts'
import type { Exchange } from './exchange.ts'
import type { ListenerTls } from './listener-tls.ts'

export class BrokerServer {
  readonly #id: number
  readonly #exchange: Exchange
  readonly #connections = new Set<BrokerConnection>()
  #server: Server | null = null
  /** The TLS server for connections; it never listens itself. Null without TLS. */
  readonly #tls: TlsServer | null
  /** Sockets below TLS, including those with an unfinished handshake. */
  readonly #sockets = new Set<Socket>()
  /** Connections accepted while the broker was paused. */
  #waiting: Socket[] = []
  #paused = false

  constructor(id: number, exchange: Exchange, tls: ListenerTls | null = null) {
    this.#id = id
    this.#exchange = exchange
    this.#tls = tls === null ? null : this.#secured(tls)
  }

  /** Listens on `port` (0: a free one) of `host`, and returns the port. */
  async start(host: string, port: number): Promise<number> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => {
        server.off('error', reject)
        resolve()
      })
    })
    return (server.address() as { port: number }).port
  }

  /** Closes all connections and stops listening, like a killed broker. */
  async stop(): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = null
    this.#paused = false
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const connection of this.#connections) connection.destroy()
    for (const socket of [...this.#sockets, ...this.#waiting]) socket.destroy()
    this.#waiting = []
    await closed
  }

  /** Does nothing any more, and keeps every connection, like a process after SIGSTOP. */
  pause(): void {
    this.#paused = true
    for (const connection of this.#connections) connection.pause()
  }

  resume(): void {
    this.#paused = false
    for (const connection of this.#connections) connection.resume()
    for (const socket of this.#waiting.splice(0)) this.#accept(socket)
  }

  #secured(tls: ListenerTls): TlsServer {
    const server = createTlsServer(tls.options, (socket) => this.#serve(socket))
    server.on('tlsClientError', () => {}) // its socket is destroyed, which is enough
    tls.watch(() => server.setSecureContext(tls.options))
    return server
  }

  #accept(socket: Socket): void {
    if (this.#tls === null) {
      this.#serve(socket)
    } else if (this.#paused) {
      this.#waiting.push(socket)
    } else {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.#sockets.delete(socket))
      this.#tls.emit('connection', socket)
    }
  }

  #serve(socket: Socket): void {
    const connection = new BrokerConnection(socket, this.#id, this.#exchange)
    this.#connections.add(connection)
    socket.on('close', () => this.#connections.delete(connection))
    if (this.#paused) connection.pause()
  }
}
