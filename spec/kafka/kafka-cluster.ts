// Several real brokers and a controller in its own JVM, so that load on the brokers causes no
// elections. Each broker can be killed, paused, resumed and restarted separately, by its id.
// Replication 3 and min.insync.replicas 2 by default.

import { freePorts } from './broker-probe.ts'
import { newClusterId, startOrStop, withFreePorts } from './kafka-broker.ts'
import { KafkaNode } from './kafka-node.ts'
import { brokerVersion, runsOnZooKeeper } from './kafka-release.ts'
import { ProcessGuard } from './process-guard.ts'

const controllerId = 100

export interface ClusterOptions {
  /** The number of brokers; their ids are 1, 2, 3, …. Default 3. */
  readonly brokers?: number
  /**
   * The default number of replicas of a topic. Default 3, or the number of brokers if that is less.
   */
  readonly replicationFactor?: number
  /** Default 2, or 1 with a single replica. */
  readonly minInsyncReplicas?: number
  /** Server properties of every node in addition to the ring's own. */
  readonly settings?: Readonly<Record<string, string>>
  readonly heapMb?: number
}

export interface KafkaCluster {
  /** All brokers, running or not. */
  readonly bootstrapServers: string
  readonly brokerIds: readonly number[]
  /** The folders of the brokers' log segments, by id. */
  readonly dataFolders: ReadonlyMap<number, string>
  port(broker: number): number
  /** Whether it runs and is not paused. */
  running(broker: number): boolean
  /** SIGKILL. */
  kill(broker: number): Promise<void>
  /** SIGSTOP: it answers nothing, and its connections stay open. */
  pause(broker: number): void
  /** SIGCONT. */
  resume(broker: number): void
  /** SIGTERM, as an operator does: its leaders move away first. */
  shutDown(broker: number): Promise<void>
  /** Starts one that was killed or shut down; resolves when it serves clients again. */
  restart(broker: number): Promise<void>
  /** The last output of each node, for the message of a failure. */
  logs(): string
  /** Ends the whole cluster and removes the data. */
  stop(): Promise<void>
}

export async function startKafkaCluster(options: ClusterOptions = {}): Promise<KafkaCluster> {
  if (runsOnZooKeeper(brokerVersion)) {
    throw new Error(`clusters are of releases with KRaft, 3.0 and later: not of ${brokerVersion}`)
  }
  return withFreePorts(async () => {
    const guard = await ProcessGuard.open('to-kafka-cluster-')
    const { controller, brokers } = await nodes(options, guard)
    const all = [controller, ...brokers]
    const stop = async () => {
      // There are no clients any more, and an orderly end would only wait for a quorum that also
      // ends.
      await Promise.all(all.map((node) => node.kill()))
      await guard.release()
    }
    await startOrStop(stop, async () => {
      const clusterId = newClusterId()
      await Promise.all(all.map((node) => node.format(clusterId)))
      await Promise.all(all.map((node) => node.start()))
      await Promise.all(brokers.map((broker) => broker.ready(brokers.length)))
    })
    return handle(all, brokers, stop)
  })
}

async function nodes(options: ClusterOptions, guard: ProcessGuard) {
  const count = options.brokers ?? 3
  const [controllerPort, ...ports] = (await freePorts(count + 1)) as [number, ...number[]]
  const common = {
    version: brokerVersion,
    controller: { id: controllerId, port: controllerPort },
    settings: defaults(options, count),
  }
  const controller = new KafkaNode(
    { ...common, id: controllerId, roles: ['controller'], heapMb: 256 },
    guard,
  )
  const heapMb = options.heapMb ?? 512
  const brokers = ports.map(
    (port, index) =>
      new KafkaNode({ ...common, id: index + 1, roles: ['broker'], port, heapMb }, guard),
  )
  return { controller, brokers }
}

function defaults(options: ClusterOptions, brokers: number): Record<string, string> {
  const replicas = options.replicationFactor ?? Math.min(3, brokers)
  const inSync = options.minInsyncReplicas ?? Math.min(2, replicas)
  return {
    'default.replication.factor': String(replicas),
    'min.insync.replicas': String(inSync),
    'offsets.topic.replication.factor': String(replicas),
    'transaction.state.log.replication.factor': String(replicas),
    'transaction.state.log.min.isr': String(inSync),
    // A missing broker is noticed in seconds, so that chaos need not be slow.
    'broker.session.timeout.ms': '6000',
    'broker.heartbeat.interval.ms': '500',
    'replica.lag.time.max.ms': '5000',
    'replica.fetch.wait.max.ms': '100',
    'controlled.shutdown.enable': 'true',
    // Leaders move only when a spec moves them.
    'auto.leader.rebalance.enable': 'false',
    ...options.settings,
  }
}

function handle(all: KafkaNode[], brokers: KafkaNode[], stop: () => Promise<void>): KafkaCluster {
  const node = (id: number): KafkaNode => {
    const found = brokers.find((broker) => broker.id === id)
    if (found === undefined) throw new Error(`there is no broker ${id}`)
    return found
  }
  return {
    bootstrapServers: brokers.map(({ port }) => `127.0.0.1:${port}`).join(','),
    brokerIds: brokers.map(({ id }) => id),
    dataFolders: new Map(brokers.map(({ id, dataFolder }) => [id, dataFolder])),
    port: (id) => node(id).port,
    running: (id) => node(id).running,
    kill: (id) => node(id).kill(),
    pause: (id) => node(id).pause(),
    resume: (id) => node(id).resume(),
    shutDown: (id) => node(id).stop(),
    restart: async (id) => {
      await node(id).start()
      await node(id).ready(1)
    },
    logs: () => all.map((one) => `node ${one.id}: ${one.log().slice(-2_000)}`).join('\n'),
    stop,
  }
}
