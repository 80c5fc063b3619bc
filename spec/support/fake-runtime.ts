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

// Time, random numbers and network under the control of a spec: nothing happens until the spec says
// so, and then it happens at once. Time passes with `advance`; sockets do what the spec calls on
// them; the random number is a constant unless another source is given. Used by the specs of
// everything that takes a Runtime.

/**
 * A clock that stands still until it is advanced. Timers of equal time fire in the order in which
 * they were set.
 */
export class FakeClock extends VirtualClock {
  /** Runs everything that is due now, and what follows from it at this time. */
  settle(): void {
    this.advance(0)
  }

  /** Lets `ms` pass, and runs everything in order. Fails if it would never end. */
  advance(ms: number): void {
    this.runUntil(this.now() + ms)
  }
}

/** A socket whose other end, and network, is the spec. */
export class FakeSocket implements Socket {
  readonly address: Address
  /** How many connections to this address had failed in a row, as its owner said. */
  readonly failures: number
  /** Everything that was written, each write in one piece. */
  readonly writes: Uint8Array[] = []
  /**
   * Set before a write, to decide with `flush` when its bytes leave; otherwise they leave at once.
   */
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

  /** The DNS resolves the host. */
  resolve(): void {
    this.#events.resolved?.(this.address.host)
  }

  /** The other end accepts the connection. */
  accept(): void {
    this.state = 'open'
    this.#events.connected()
  }

  /** The other end refuses the connection, or does not exist. */
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

  /** The written bytes leave for the operating system. */
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

  /** The sockets that are not closed. */
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
