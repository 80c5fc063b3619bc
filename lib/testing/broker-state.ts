// The brokers of a cluster, as their cluster sees them.

export interface BrokerState {
  readonly id: number
  readonly host: string
  readonly rack: string | null
  /** 0 until it is known. */
  port: number
  /** A paused broker keeps its connections and does nothing. */
  state: 'up' | 'paused' | 'down'
  /** Not listed in Metadata, although it works. */
  hidden: boolean
  /** It can assign producer ids; a broker that has just started may have none at first. */
  hasIdentities: boolean
  /** It knows brokers and topics; one that has just started may not at first. */
  hasImage: boolean
}

/** So many brokers, all running; their ids are 1, 2, 3, … */
export function brokersOf(count: number, racks: readonly (string | null)[]): BrokerState[] {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`a cluster has at least one broker, not ${count}`)
  }
  return Array.from({ length: count }, (_, index) => {
    const state = { state: 'up', hidden: false, hasIdentities: false, hasImage: false } as const
    return { id: index + 1, host: '127.0.0.1', rack: racks[index] ?? null, port: 0, ...state }
  })
}
