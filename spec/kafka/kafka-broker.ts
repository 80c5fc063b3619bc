// One real Kafka broker for a spec file: broker and controller in one JVM, or before Kafka 3 a
// broker and its ZooKeeper, on free loopback ports. Its data are in a temporary folder that is
// removed with it. It is ready when this returns.

import { randomBytes } from 'node:crypto'
import { freePorts } from './broker-probe.ts'
import { brokerRuntime } from './java-program.ts'
import { KafkaNode } from './kafka-node.ts'
import { brokerVersion, runsOnZooKeeper } from './kafka-release.ts'
import type { Listener } from './node-properties.ts'
import { ProcessGuard } from './process-guard.ts'
import { PortTaken } from './server-process.ts'
import { ZooKeeper } from './zookeeper.ts'

const attemptsMax = 5

export interface BrokerOptions {
  /** Its release, `2.1.1`. Default: the release of the run, from the pom or KAFKA_VERSION. */
  readonly version?: string | undefined
  /** Server properties in addition to the ring's own: `{ 'message.max.bytes': '2000' }`. */
  readonly settings?: Readonly<Record<string, string>>
  readonly heapMb?: number
  /** Listeners in addition to the plaintext one: their security protocols by name. */
  readonly listeners?: Readonly<Record<string, Listener['protocol']>>
}

export interface KafkaBroker {
  readonly bootstrapServers: string
  readonly port: number
  /** The folder of its log segments, for DumpLogSegments. */
  readonly dataFolder: string
  /** The ports of the other listeners, by name. */
  readonly ports: Readonly<Record<string, number>>
  /**
   * Stops the process, runs `meanwhile`, and starts the process again with the same data and ports.
   */
  restart(meanwhile: () => void): Promise<void>
  /** Its output: warnings and errors. */
  log(): string
  /** Ends the process and removes its data. */
  stop(): Promise<void>
}

export async function startKafkaBroker(options: BrokerOptions = {}): Promise<KafkaBroker> {
  const { version = brokerVersion } = options
  return withFreePorts(async () => {
    const guard = await ProcessGuard.open('to-kafka-broker-')
    const names = Object.entries(options.listeners ?? {})
    const [port, controllerPort, ...others] = (await freePorts(2 + names.length)) as [
      number,
      number,
      ...number[],
    ]
    const listeners = Object.fromEntries(
      names.map(([name, protocol], index) => [name, { port: others[index]!, protocol }]),
    )
    const node = new KafkaNode(
      {
        id: 1,
        version,
        roles: ['broker', 'controller'],
        port,
        controller: { id: 1, port: controllerPort },
        listeners,
        settings: options.settings ?? {},
        heapMb: options.heapMb ?? 512,
      },
      guard,
    )
    const keeper = runsOnZooKeeper(version) ? new ZooKeeper(controllerPort, guard) : null
    const stop = async () => {
      // Its data are removed, so there is nothing to save at its end.
      await Promise.all([node.kill(), keeper?.kill()])
      await guard.release()
    }
    await startOrStop(stop, async () => {
      await node.format(newClusterId())
      await keeper?.start(await brokerRuntime(version))
      await node.start()
      await keeper?.ready()
      await node.ready(1)
    })
    const restart = async (meanwhile: () => void) => {
      await node.stop()
      meanwhile()
      await node.start()
      await node.ready(1)
    }
    const ports = Object.fromEntries(
      Object.entries(listeners).map(([name, listener]) => [name, listener.port]),
    )
    const { dataFolder } = node
    const bootstrapServers = `127.0.0.1:${port}`
    return { bootstrapServers, port, ports, dataFolder, restart, log: () => node.log(), stop }
  })
}

/** Repeats `start` with other ports as long as another process takes one of them first. */
export async function withFreePorts<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === attemptsMax) throw error
    }
  }
}

/** Runs `start`, and `stop` if it fails, so that nothing is left running. */
export async function startOrStop(
  stop: () => Promise<void>,
  start: () => Promise<void>,
): Promise<void> {
  try {
    await start()
  } catch (error) {
    await stop()
    throw error
  }
}

/** 16 random bytes, in Kafka's form of a UUID. */
export function newClusterId(): string {
  const bytes = randomBytes(16)
  // Its first letter must not be `-`, which the storage tool would read as an option: one id in 64.
  bytes[0]! &= 0x7f
  return bytes.toString('base64url')
}
