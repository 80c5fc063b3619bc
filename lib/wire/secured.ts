import type { Address, Socket, SocketEvents, TlsAttempt } from '../runtime.ts'
import { nodeTls, type TcpSocket } from '../security/builtin.ts'

// One connection with TLS: first TCP, as without TLS, then the handshake over it.
//
//   TCP connects ─► securing ─► connected (the broker's certificate is accepted) ─► … ─► closed
//
// Of Node's TLS socket, getters are read only inside its events: some are not safe after a failed
// handshake. Sessions are kept only from accepted connections, because resuming one checks no certificate.
// `closed` comes exactly once, and last. Used by the transport.

/** Writes bytes into a socket, as one write. */
export type Write = (socket: TcpSocket, chunks: readonly Uint8Array[], flushed?: () => void) => void

export class Secured implements Socket {
  readonly #write: Write
  readonly #address: Address
  readonly #attempt: TlsAttempt
  readonly #events: SocketEvents
  /** The TLS socket, once TCP is connected. */
  #socket: TcpSocket
  #cause: Error | null = null
  #isSecure = false
  /** Received before it was known whether the broker is accepted, as in TLS 1.2. */
  #session: Uint8Array | null = null

  constructor(
    tcp: TcpSocket,
    address: Address,
    attempt: TlsAttempt,
    events: SocketEvents,
    write: Write,
  ) {
    this.#write = write
    this.#address = address
    this.#attempt = attempt
    this.#events = events
    this.#socket = tcp
    tcp.on('connect', () => this.#secure(tcp))
    tcp.on('error', (error) => this.#failed(error))
    tcp.on('close', () => {
      if (this.#socket === tcp) events.closed(this.#cause)
    })
  }

  write(chunks: readonly Uint8Array[], flushed?: () => void): void {
    this.#write(this.#socket, chunks, flushed)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Reads nothing until `resume`. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  #secure(tcp: TcpSocket): void {
    this.#events.securing?.()
    if (tcp.destroyed) return
    try {
      this.#listen({ ...this.#attempt.options, socket: tcp, host: this.#address.host })
    } catch (cause) {
      this.#failed(cause as Error)
      tcp.destroy()
    }
  }

  #listen(options: object): void {
    const socket = nodeTls().connect(options)
    this.#socket = socket
    socket.on('secureConnect', () => {
      this.#isSecure = true
      if (this.#session !== null) this.#attempt.resumable(this.#session)
      this.#events.connected()
    })
    socket.on('session', (session) => {
      if (this.#isSecure) this.#attempt.resumable(session)
      else this.#session = session
    })
    socket.on('data', (chunk) => this.#events.data(chunk))
    socket.on('error', (error) => this.#failed(error))
    socket.on('end', () => socket.destroy())
    socket.on('close', () => this.#closed())
  }

  #failed(error: Error): void {
    this.#cause ??= error
  }

  #closed(): void {
    const cause = this.#cause
    // With TLS 1.3, the broker's verdict on our certificate comes after the connection seems ready.
    const isOfTls = cause !== null && (!this.#isSecure || codeOf(cause).startsWith('ERR_SSL_'))
    this.#events.closed(cause, isOfTls && this.#attempt.failed(cause))
  }
}

function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : ''
}
