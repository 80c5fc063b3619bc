// What a simulated network does to connections and bytes: asked at each event, answered by whoever
// wants faults. Calm weather is a small constant latency and no fault at all.

/** How an attempt to connect ends, and after how many milliseconds. */
export interface ConnectWeather {
  readonly ms: number
  /** `silence`: nobody answers, ever. */
  readonly outcome: 'accept' | 'refuse' | 'silence'
  /** How long a TLS handshake takes then. Absent: as long as it took to connect. */
  readonly handshakeMs?: number
}

/** What happens to bytes on their way. */
export interface TransferWeather {
  /** Milliseconds that bytes stay with the sender before they leave. */
  readonly leaveMs: number
  /** Milliseconds from leaving to arriving. */
  readonly travelMs: number
  /** The connection is cut once so many of these bytes have arrived; null: it is not. */
  readonly cutAfter: number | null
}

/** What a network does. Asked once for each attempt to connect and for each piece of bytes. */
export interface Weather {
  /** An attempt to connect to a broker. */
  connect(broker: number): ConnectWeather
  /** Bytes from the client to a broker. */
  request(broker: number, byteLength: number): TransferWeather
  /** Bytes from a broker to the client. */
  response(broker: number, byteLength: number): TransferWeather
}

/** Every way takes `latencyMs`, and nothing goes wrong. */
export function calm(latencyMs: number): Weather {
  const transfer = { leaveMs: 0, travelMs: latencyMs, cutAfter: null }
  return {
    connect: () => ({ ms: latencyMs, outcome: 'accept' }),
    request: () => transfer,
    response: () => transfer,
  }
}
