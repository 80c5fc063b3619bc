// One mock broker on the network: a listening socket, and for each connection a loop that reads a
// frame, lets the exchange react, and only then reads the next, as a real broker does.
// Invariant: after `stop` no socket, timer or listener of it is left. Owned by MockCluster.

import { createServer, type Server, type Socket } from 'node:net'
import { BrokerConnection } from './broker-connection.ts'
import type { Exchange } from './exchange.ts'

export class BrokerServer {
  readonly #id: number
  readonly #exchange: Exchange
  readonly #connections = new Set<BrokerConnection>()
  #server: Server | null = null
  #paused = false

  constructor(id: number, exchange: Exchange) {
    this.#id = id
    this.#exchange = exchange
  }

  /** Listens on `port` (0: a free one) of `host`, and returns which it is. */
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

  /** Cuts all connections and stops listening, as a broker that was killed. */
  async stop(): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = null
    this.#paused = false
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const connection of this.#connections) connection.destroy()
    await closed
  }

  /** Does nothing any more, and keeps every connection, as a process that was sent SIGSTOP. */
  pause(): void {
    this.#paused = true
    for (const connection of this.#connections) connection.pause()
  }

  resume(): void {
    this.#paused = false
    for (const connection of this.#connections) connection.resume()
  }

  #accept(socket: Socket): void {
    const connection = new BrokerConnection(socket, this.#id, this.#exchange)
    this.#connections.add(connection)
    socket.on('close', () => this.#connections.delete(connection))
    if (this.#paused) connection.pause()
  }
}
