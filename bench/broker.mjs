// A broker in a process of its own, so that its work is not in the client's figures.
// Started by broker-process.mjs: broker.mjs <mock | null> <partitions>; the topic is `bench`.

import { BrokerServer } from '../build/lib/testing/broker-server.js'
import { MockCluster } from '../build/lib/testing.js'
import { NullExchange } from './null-exchange.mjs'

const [kind, partitions] = process.argv.slice(2)

/** The mock cluster checks every batch and keeps it. */
async function mock() {
  const topics = { bench: { partitions: Number(partitions) } }
  const cluster = await MockCluster.start({ topics, requestsMax: 0 })
  return cluster.bootstrapServers
}

/** The null exchange looks at nothing and keeps nothing. */
async function nothing() {
  const exchange = new NullExchange('bench', Number(partitions))
  const [broker] = exchange.model.state.brokers
  broker.port = await new BrokerServer(broker.id, exchange).start('127.0.0.1', 0)
  return `127.0.0.1:${broker.port}`
}

process.send({ bootstrapServers: kind === 'mock' ? await mock() : await nothing() })
process.on('disconnect', () => process.exit())
