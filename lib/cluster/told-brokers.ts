import type { Broker } from './told.ts'

// The brokers as an answer names them, made fit for use. Pure.

/** A broker on the wire. */
export interface ToldBroker {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack?: string | null
}

/** An IPv6 host in brackets, as some proxies tell it: no resolver takes it so. */
const bracketed = /^\[([^\]]*)\]$/

/**
 * The brokers of an answer. One with an id below 0 is left out: here these are the bootstrap servers,
 * and no broker has one.
 */
export function toldBrokers(told: readonly ToldBroker[]): Broker[] {
  return told
    .filter(({ nodeId }) => nodeId >= 0)
    .map(({ nodeId: id, host, port, rack }) => {
      const broker = { id, host: bracketed.exec(host)?.[1] ?? host, port }
      return rack == null ? broker : { ...broker, rack }
    })
}
