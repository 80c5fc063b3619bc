// A mock cluster of many brokers, topics or partitions in its own process, so that its work is not in the client's
// figures. Forked by stretches-cases.mjs with the cluster's options, and controlled by messages.

import { MockCluster } from '../build/lib/testing.js'

const { brokers, topics, partitions, versions } = JSON.parse(process.argv[2])
const names = Array.from({ length: topics }, (_, index) => `topic-${index}`)
const cluster = await MockCluster.start({
  brokers,
  topics: Object.fromEntries(names.map((name) => [name, { partitions }])),
  requestsMax: 0,
  versions,
})

const orders = {
  pause: () => cluster.pauseBroker(1),
  resume: () => cluster.resumeBroker(1),
  /** Moves the leaders of the first `count` partitions. */
  move: ({ count }) => {
    for (let partition = 0; partition < count; partition += 1) {
      const next = ((partition + 1) % brokers) + 1
      cluster.moveLeader('topic-0', partition, next)
    }
  },
}

process.on('message', (order) => {
  orders[order.name](order)
  process.send({ done: order.name })
})
process.on('disconnect', () => process.exit())
process.send({ bootstrapServers: cluster.bootstrapServers })
