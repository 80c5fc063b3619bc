// What a broker lacks that has just started: each is told once, to who asks first, where the cluster's
// brokers are such (`justStarted`). Asked by the answers to InitProducerId, Metadata and Produce.

import type { BrokerSettings } from './answer.ts'
import type { ClusterState } from './cluster-state.ts'

interface Asked {
  readonly broker: number
  readonly state: ClusterState
  readonly settings: BrokerSettings
}

/** A broker asks for a block of producer ids when it is asked for the first one, and has none until then. */
export function lacksIdentities({ settings, state, broker }: Asked): boolean {
  const asked = state.broker(broker)
  const hadNone = !asked.hasIdentities
  asked.hasIdentities = true
  return hadNone && settings.justStarted && settings.release.loadsIdentitiesLate
}

/** What it has not heard yet of the cluster, on its first Metadata or Produce; null: it knows all. */
export function lacksImage({ settings, state, broker }: Asked): 'brokers' | 'topics' | null {
  const asked = state.broker(broker)
  const hadNone = !asked.hasImage
  asked.hasImage = true
  return hadNone && settings.justStarted ? settings.release.learnsLate : null
}
