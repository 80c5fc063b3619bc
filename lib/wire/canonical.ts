import type { Address, Socket, SocketEvents } from '../runtime.ts'

// One connection to a host by its canonical name, for the checks of TLS and for logins that need it
// (`client.dns.lookup`): the host's addresses, one of them, its name in the DNS, and a connection to that
// name. As in Java, a name counts only if it leads back to the address; otherwise the address is used.
//
//   lookup(host) ─► reverse(address) ─► lookup(name) ─► resolved(name) ─► as any connection by that name
//
// No event fires inside the call that causes it; `closed` comes exactly once, and last. Used by the
// transport.

/** The DNS, and a way to defer a call. */
export interface Names {
  /** All addresses of a host, at least one, or why there are none. */
  addresses(host: string, done: (error: Error | null, addresses: readonly string[]) => void): void
  /** The name of an address, or why it has none. */
  nameOf(address: string, port: number, done: (error: Error | null, name: string) => void): void
  /** Calls back once the current code has ended. */
  soon(work: () => void): void
}

export class Canonical implements Socket {
  readonly #names: Names
  readonly #address: Address
  readonly #events: SocketEvents
  readonly #connect: (address: Address) => Socket
  /** Null until it has a name. */
  #socket: Socket | null = null
  #isOver = false

  /** `turn` selects the first address to try, counted modulo their number. */
  constructor(
    names: Names,
    address: Address,
    turn: number,
    events: SocketEvents,
    connect: (address: Address) => Socket,
  ) {
    this.#names = names
    this.#address = address
    this.#events = events
    this.#connect = connect
    names.soon(() => this.#lookUp(turn))
  }

  write(chunks: readonly Uint8Array[], flushed?: () => void): void {
    this.#socket?.write(chunks, flushed)
  }

  destroy(): void {
    if (this.#socket !== null) this.#socket.destroy()
    else if (!this.#isOver) this.#names.soon(() => this.#close(null))
  }

  #lookUp(turn: number): void {
    this.#names.addresses(this.#address.host, (error, addresses) => {
      if (error !== null) this.#close(error)
      else this.#nameOf(addresses[turn % addresses.length]!)
    })
  }

  #nameOf(address: string): void {
    if (this.#isOver) return
    this.#names.nameOf(address, this.#address.port, (error, name) => {
      if (error !== null || name === address) this.#go(address)
      else this.#verify(name, address)
    })
  }

  /** The owner of an address may give it any name, so the name must also have this address. */
  #verify(name: string, address: string): void {
    this.#names.addresses(name, (error, addresses) => {
      this.#go(error === null && addresses.includes(address) ? name : address)
    })
  }

  #go(host: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#events.resolved?.(host)
    this.#socket = this.#connect({ host, port: this.#address.port })
  }

  #close(cause: Error | null): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#events.closed(cause)
  }
}
