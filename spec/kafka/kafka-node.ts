// One Kafka process: formatted once, then started, killed, paused and started again with the same
// data and ports. Its log is a file, and every failure to start includes the end of that log.
// kafka-broker.ts runs one process; kafka-cluster.ts runs several.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brokersKnownTo, until } from './broker-probe.ts'
import { brokerRuntime, runJava } from './java-program.ts'
import { runsOnZooKeeper } from './kafka-release.ts'
import { type NodeOptions, propertiesOf } from './node-properties.ts'
import type { ProcessGuard } from './process-guard.ts'
import { ServerProcess } from './server-process.ts'

const startLimitMs = 240_000

export class KafkaNode {
  readonly id: number
  readonly port: number
  readonly folder: string
  readonly #options: NodeOptions
  readonly #process: ServerProcess

  constructor(options: NodeOptions, guard: ProcessGuard) {
    this.id = options.id
    this.port = options.port ?? -1
    this.folder = join(guard.folder, `node-${options.id}`)
    this.#options = options
    this.#process = new ServerProcess(`node ${this.id}`, this.folder, guard)
  }

  get running(): boolean {
    return this.#process.running
  }

  /** The folder of its log segments. */
  get dataFolder(): string {
    return join(this.folder, 'data')
  }

  /** Its output: warnings and errors only. */
  log(): string {
    return this.#process.log()
  }

  /** Creates its folder; a broker with ZooKeeper creates its data itself. */
  async format(clusterId: string): Promise<void> {
    const { version } = this.#options
    await mkdir(this.folder, { recursive: true })
    await writeFile(this.#propertiesFile, propertiesOf(this.#options, this.dataFolder))
    if (runsOnZooKeeper(version)) return
    const args = ['format', '-t', clusterId, '-c', this.#propertiesFile]
    await runJava('kafka.tools.StorageTool', args, { classpath: brokerRuntime(version) })
  }

  /** Starts the process; {@link ready} says when it serves. */
  async start(): Promise<void> {
    const { version, heapMb } = this.#options
    const classpath = await brokerRuntime(version)
    await this.#process.start(classpath, heapMb, ['kafka.Kafka', this.#propertiesFile])
  }

  /** Resolves once it answers clients and knows `brokers` brokers, including itself. */
  async ready(brokers: number): Promise<void> {
    const served = async () => {
      this.#process.throwIfEnded()
      return ((await brokersKnownTo(this.port)) ?? 0) >= brokers
    }
    const late = () => `node ${this.id} does not serve: ${this.#process.lastOfLog()}`
    await until(served, startLimitMs, late)
  }

  /** SIGKILL: nothing is announced, and the process flushes nothing. */
  async kill(): Promise<void> {
    await this.#process.end('SIGKILL')
  }

  /** SIGSTOP: its connections stay open and nothing answers. */
  pause(): void {
    this.#process.pause()
  }

  resume(): void {
    this.#process.resume()
  }

  /** SIGTERM, and SIGKILL if that is not enough. */
  async stop(): Promise<void> {
    this.#process.resume()
    await this.#process.end('SIGTERM')
  }

  get #propertiesFile(): string {
    return join(this.folder, 'server.properties')
  }
}
