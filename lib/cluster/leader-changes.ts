import type { Topology } from './topology.ts'

// Which partitions have another leader in one snapshot than in the one before it. What either of them
// does not know has not changed: a partition's first leader is no news. Asked while somebody watches.

export function leaderChanges(
  before: Topology,
  after: Topology,
  changed: (topic: string, partition: number, from: number, to: number) => void,
): void {
  for (const [name, topic] of after.topics) {
    const known = before.topics.get(name)
    if (known === undefined || known === topic) continue
    for (const [index, { leader }] of topic.partitions.entries()) {
      const from = known.partitions[index]?.leader ?? leader
      if (from !== leader) changed(name, index, from, leader)
    }
  }
}
