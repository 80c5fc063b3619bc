// The server.properties of a node: its addresses, where its metadata are, and the ring's own
// settings.

import { runsOnZooKeeper } from './kafka-release.ts'

export interface NodeOptions {
  readonly id: number
  /** Its release; undefined: that of the pom. */
  readonly version?: string | undefined
  readonly roles: readonly ('broker' | 'controller')[]
  /** Where clients connect; only in the broker's role. */
  readonly port?: number
  /**
   * Where the cluster's controller listens, and its id; with ZooKeeper, where ZooKeeper listens.
   */
  readonly controller: { readonly id: number; readonly port: number }
  /** Listeners in addition to the plaintext one, by name: address and security protocol. */
  readonly listeners?: Readonly<Record<string, Listener>>
  /** Server properties in addition to the ring's own. */
  readonly settings: Readonly<Record<string, string>>
  readonly heapMb: number
}

/** One more listener of a broker. */
export interface Listener {
  readonly port: number
  readonly protocol: 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
}

export function propertiesOf(options: NodeOptions, dataFolder: string): string {
  const { roles, port, listeners: more = {} } = options
  // By name, because certificates are for names.
  const others = Object.entries(more).map(([name, at]) => `${name}://localhost:${at.port}`)
  const served = [`PLAINTEXT://127.0.0.1:${port}`, ...others]
  const isBroker = roles.includes('broker')
  const properties: Record<string, string | number> = {
    ...(runsOnZooKeeper(options.version) ? underZooKeeper(options) : underController(options)),
    listeners: [...(isBroker ? served : []), ...controlled(options)].join(),
    ...(isBroker && { 'advertised.listeners': served.join() }),
    // Kafka 3.0 needs the protocol of its controller's listener in its settings.
    'listener.security.protocol.map': `CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT${protocolsOf(more)}`,
    ...(others.length > 0 && { 'inter.broker.listener.name': 'PLAINTEXT' }),
    'log.dirs': dataFolder,
    ...ringSettings,
    ...options.settings,
  }
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

function underController({ id, roles, controller }: NodeOptions) {
  return {
    'process.roles': roles.join(),
    'node.id': id,
    'controller.quorum.voters': `${controller.id}@127.0.0.1:${controller.port}`,
    'controller.listener.names': 'CONTROLLER',
  }
}

function underZooKeeper({ id, controller }: NodeOptions) {
  return { 'broker.id': id, 'zookeeper.connect': `127.0.0.1:${controller.port}` }
}

function controlled({ version, roles, controller }: NodeOptions): readonly string[] {
  const isController = roles.includes('controller') && !runsOnZooKeeper(version)
  return isController ? [`CONTROLLER://127.0.0.1:${controller.port}`] : []
}

function protocolsOf(listeners: Readonly<Record<string, Listener>>): string {
  return Object.entries(listeners)
    .map(([name, { protocol }]) => `,${name}:${protocol}`)
    .join('')
}

const ringSettings = {
  'auto.create.topics.enable': 'false',
  // Records may have timestamps of any age; retention must not delete them.
  'log.retention.ms': '-1',
  // The tools that read with a group need a small coordinator at once.
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.num.partitions': '1',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'num.network.threads': '2',
  'num.io.threads': '4',
  'log.cleaner.dedupe.buffer.size': '2097152',
  'log.segment.delete.delay.ms': '1000',
}
