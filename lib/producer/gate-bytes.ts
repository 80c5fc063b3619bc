import type { Cluster } from '../cluster/cluster.ts'
import type { Settings } from '../config/settings.ts'

// How many bytes may lie in batches while the gate is open: what the next requests can take, one for
// each broker, with a batch for each partition that it leads, up to max.request.size.
// Asked by the engine whenever leaders may have changed.

export function gateBytes(
  { maxRequestSize, batchSize }: Pick<Settings, 'maxRequestSize' | 'batchSize'>,
  cluster: Pick<Cluster, 'topicOf'>,
  topics: Iterable<string>,
): number {
  const led = new Map<number, number>()
  for (const name of topics) {
    for (const { leader } of cluster.topicOf(name)?.partitions ?? []) {
      if (leader >= 0) led.set(leader, (led.get(leader) ?? 0) + 1)
    }
  }
  let bytes = 0
  for (const partitions of led.values()) bytes += Math.min(maxRequestSize, partitions * batchSize)
  return shortOf(Math.max(bytes, Math.min(maxRequestSize, batchSize)))
}

/**
 * A little less: the record that fills the last batch to the brim begins another, and with the gate
 * shut that one would go out with a single record in it.
 */
function shortOf(nextRequests: number): number {
  return nextRequests - Math.min(nextRequests / 16, 1024)
}
