import type { Address } from '../runtime.ts'
import { hostTold } from '../wire/address-text.ts'
import type { Broker } from './told.ts'

// Converts the brokers of an answer. Pure.

/** A broker on the wire. */
export interface ToldBroker {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack?: string | null
}

/**
 * The brokers of an answer. One with an id below 0 is left out: these ids are the bootstrap servers here,
 * and no broker has one.
 */
export function toldBrokers(told: readonly ToldBroker[]): Broker[] {
  return told
    .filter(({ nodeId }) => nodeId >= 0)
    .map(({ nodeId: id, host, port, rack }) => {
      const broker = { id, host: hostTold(host), port }
      return rack == null ? broker : { ...broker, rack }
    })
}

/** Bootstrap servers as nodes -1, -2, … */
export function bootstrapBrokers(addresses: readonly Address[]): ReadonlyMap<number, Broker> {
  return byId(addresses.map(({ host, port }, index) => ({ id: -1 - index, host, port })))
}

export function byId(brokers: readonly Broker[]): ReadonlyMap<number, Broker> {
  return new Map(brokers.map((broker) => [broker.id, broker]))
}

/** Whether both listen at the same address. */
export function isAt(one: Broker, other: Broker | undefined): boolean {
  return other !== undefined && one.host === other.host && one.port === other.port
}
