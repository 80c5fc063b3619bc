// A broker in its own process, so that its work is not in the client's figures. Started by broker-process.mjs:
// broker.mjs <mock | null> <partitions> [SSL | SASL_SSL]; the topic is `bench`.

import { BrokerServer } from '../build/lib/testing/broker-server.js'
import { clientSettings, listenerTls } from '../build/lib/testing/listener-tls.js'
import { MockCluster } from '../build/lib/testing.js'
import { NullExchange } from './null-exchange.mjs'

const [kind, partitions, security = 'PLAINTEXT'] = process.argv.slice(2)
const isAsking = security.startsWith('SASL')
const listeners = { security, ...(isAsking && { users: { me: 'secret' } }) }

/** The mock cluster checks every batch and keeps it. */
async function mock() {
  const topics = { bench: { partitions: Number(partitions) } }
  const cluster = await MockCluster.start({ topics, requestsMax: 0, listeners })
  return cluster.bootstrapServers
}

/** The null exchange checks nothing and keeps nothing. */
async function nothing() {
  const exchange = new NullExchange('bench', Number(partitions))
  const [broker] = exchange.model.state.brokers
  broker.port = await new BrokerServer(broker.id, exchange, listenerTls(listeners)).start(
    '127.0.0.1',
    0,
  )
  return `127.0.0.1:${broker.port}`
}

const bootstrapServers = kind === 'mock' ? await mock() : await nothing()
process.send({ bootstrapServers, settings: clientSettings(listeners) })
process.on('disconnect', () => process.exit())
