// What a simulated network does to connections and bytes: asked at each event, and implemented by whatever
// injects faults. Calm weather has a small constant latency and no faults.

/** The outcome of a connection attempt, and its duration in milliseconds. */
export interface ConnectWeather {
  readonly ms: number
  /** With `silence`, there is never an answer. */
  readonly outcome: 'accept' | 'refuse' | 'silence'
  /** How long the TLS handshake takes. Default: as long as connecting. */
  readonly handshakeMs?: number
}

/** What the network does with bytes. */
export interface TransferWeather {
  /** Milliseconds before the bytes leave the sender. */
  readonly leaveMs: number
  /** Milliseconds until they arrive. */
  readonly travelMs: number
  /** The connection is closed after this many of the bytes have arrived; null: it is not closed. */
  readonly cutAfter: number | null
}

/** The behaviour of a network. Called once per connection attempt and per write. */
export interface Weather {
  /** An attempt to connect to a broker. */
  connect(broker: number): ConnectWeather
  /** Bytes from the client to a broker. */
  request(broker: number, byteLength: number): TransferWeather
  /** Bytes from a broker to the client. */
  response(broker: number, byteLength: number): TransferWeather
}

/** A network without faults, in which each way takes `latencyMs`. */
export function calm(latencyMs: number): Weather {
  const transfer = { leaveMs: 0, travelMs: latencyMs, cutAfter: null }
  return {
    connect: () => ({ ms: latencyMs, outcome: 'accept' }),
    request: () => transfer,
    response: () => transfer,
  }
}
