import type {
  Address,
  Clock,
  Random,
  Runtime,
  Socket,
  SocketEvents,
  Transport,
} from '../../lib/runtime.ts'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'

// Time, chance and network as a spec wants them: nothing happens until the spec says so, and then at
// once. Time passes by `advance`; sockets do what is called on them; chance is a constant unless
// another is given. Used by the specs of whatever takes a Runtime.

/** A clock that stands still until it is advanced. Equal moments fire in the order they were set. */
export class FakeClock extends VirtualClock {
  /** Lets everything happen that is due now, and what follows from it at this moment. */
  settle(): void {
    this.advance(0)
  }

  /** Lets `ms` pass, and everything happen in its order. Fails where it would never end. */
  advance(ms: number): void {
    this.runUntil(this.now() + ms)
  }
}

/** A socket whose other end, and wire, is the spec. */
export class FakeSocket implements Socket {
  readonly address: Address
  /** How many connections to there had failed in a row, as its owner said. */
  readonly failures: number
  /** Everything that was written, each write as one piece. */
  readonly writes: Uint8Array[] = []
  /** Set before a write to decide by `flush` when its bytes leave; else they leave at once. */
  holdsWrites = false
  state: 'connecting' | 'open' | 'closed' = 'connecting'
  isDestroyed = false
  /** Called within `write`; nothing may happen on the socket before that returns. */
  onWrite: () => void = () => {}
  readonly #events: SocketEvents
  readonly #clock: Clock
  readonly #unflushed: (() => void)[] = []

  constructor(address: Address, events: SocketEvents, clock: Clock, failures = 0) {
    this.address = address
    this.failures = failures
    this.#events = events
    this.#clock = clock
  }

  write(chunks: readonly Uint8Array[], flushed?: () => void): void {
    if (this.state !== 'open') throw new Error(`written to a socket that is ${this.state}`)
    this.writes.push(Buffer.concat(chunks))
    this.onWrite()
    if (flushed === undefined) return
    this.#unflushed.push(flushed)
    if (!this.holdsWrites) this.#clock.soon(() => this.flush())
  }

  destroy(): void {
    this.isDestroyed = true
    this.#clock.soon(() => this.close())
  }

  /** The DNS knows the host. */
  resolve(): void {
    this.#events.resolved?.(this.address.host)
  }

  /** The other end takes the connection. */
  accept(): void {
    this.state = 'open'
    this.#events.connected()
  }

  /** The other end refuses it, or there is none. */
  refuse(message = 'connect ECONNREFUSED'): void {
    this.close(new Error(message))
  }

  /** Bytes arrive, one event for each chunk. */
  deliver(...chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) if (this.state === 'open') this.#events.data(chunk)
  }

  /** The connection ends. */
  close(cause: Error | null = null): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.#unflushed.length = 0
    this.#events.closed(cause)
  }

  /** The bytes that were written leave for the operating system. */
  flush(): void {
    if (this.state === 'open') for (const flushed of this.#unflushed.splice(0)) flushed()
  }
}

/** All the sockets that were opened, oldest first. */
export class FakeNetwork implements Transport {
  readonly sockets: FakeSocket[] = []
  /** Called within `connect` for each new socket; nothing may happen on it before that returns. */
  onConnect: (socket: FakeSocket) => void = () => {}
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  connect(address: Address, events: SocketEvents, failures?: number): Socket {
    const socket = new FakeSocket(address, events, this.#clock, failures)
    this.sockets.push(socket)
    this.onConnect(socket)
    return socket
  }

  /** The socket that was opened last. */
  get latest(): FakeSocket {
    return this.sockets.at(-1)!
  }

  /** Those that have not closed. */
  get open(): readonly FakeSocket[] {
    return this.sockets.filter(({ state }) => state !== 'closed')
  }
}

export interface FakeRuntime extends Runtime {
  readonly clock: FakeClock
  readonly transport: FakeNetwork
}

/** With `random` constantly one half, a wait with jitter is exactly its middle. */
export function fakeRuntime(random: Random = () => 0.5): FakeRuntime {
  const clock = new FakeClock()
  return { clock, random, transport: new FakeNetwork(clock) }
}
