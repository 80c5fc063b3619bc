// One Kafka process: formatted once, then started, killed, paused and started again on the same
// data and ports. Its log is a file, and the end of it is part of every failure to start.
// kafka-broker.ts runs one of these; kafka-cluster.ts several.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brokersKnownTo, until } from './broker-probe.ts'
import { brokerRuntime, runJava } from './java-program.ts'
import type { ProcessGuard } from './process-guard.ts'

const startLimitMs = 90_000
const stopLimitMs = 15_000
const logCharsShown = 4_000

export interface NodeOptions {
  readonly id: number
  readonly roles: readonly ('broker' | 'controller')[]
  /** Where clients connect; only with the broker's role. */
  readonly port?: number
  /** Where the controller of the cluster listens, and its id. */
  readonly controller: { readonly id: number; readonly port: number }
  /** Listeners beside the one in the clear, by name: where, and by which security protocol. */
  readonly listeners?: Readonly<Record<string, Listener>>
  /** Server properties over the ring's own. */
  readonly settings: Readonly<Record<string, string>>
  readonly heapMb: number
}

/** One more listener of a broker. */
export interface Listener {
  readonly port: number
  readonly protocol: 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
}

/** The port was taken between choosing and binding it: start again with others. */
export class PortTaken extends Error {}

export class KafkaNode {
  readonly id: number
  readonly port: number
  readonly folder: string
  readonly #options: NodeOptions
  readonly #guard: ProcessGuard
  #process: ChildProcess | null = null
  #paused = false

  constructor(options: NodeOptions, guard: ProcessGuard) {
    this.id = options.id
    this.port = options.port ?? -1
    this.folder = join(guard.folder, `node-${options.id}`)
    this.#options = options
    this.#guard = guard
  }

  get running(): boolean {
    return this.#process !== null && !this.#paused
  }

  /** The folder of its log segments. */
  get dataFolder(): string {
    return join(this.folder, 'data')
  }

  /** What it printed: warnings and errors only. */
  log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8')
  }

  async format(clusterId: string): Promise<void> {
    await mkdir(this.folder, { recursive: true })
    await writeFile(this.#propertiesFile, propertiesOf(this.#options, this.dataFolder))
    const args = ['format', '-t', clusterId, '-c', this.#propertiesFile]
    await runJava('kafka.tools.StorageTool', args, { classpath: brokerRuntime() })
  }

  /** Starts the process; {@link ready} says when it serves. */
  async start(): Promise<void> {
    if (this.#process !== null) throw new Error(`node ${this.id} runs already`)
    const env = { ...process.env, CLASSPATH: await brokerRuntime() }
    const log = openSync(join(this.folder, 'log'), 'a')
    const heap = [`-Xmx${this.#options.heapMb}m`, `-Xms${Math.min(this.#options.heapMb, 128)}m`]
    const args = [...jvm, ...heap, 'kafka.Kafka', this.#propertiesFile]
    const child = spawn('java', args, { env, stdio: ['ignore', log, log] })
    closeSync(log)
    await once(child, 'spawn')
    const pid = child.pid as number
    this.#process = child
    this.#guard.add(pid)
    child.once('exit', () => {
      this.#guard.remove(pid)
      if (this.#process === child) this.#process = null
    })
  }

  /** Resolves once it answers clients and knows of `brokers` brokers, itself included. */
  async ready(brokers: number): Promise<void> {
    const served = async () => {
      if (this.#process === null) throw this.#failure()
      return ((await brokersKnownTo(this.port)) ?? 0) >= brokers
    }
    await until(served, startLimitMs, () => `node ${this.id} does not serve: ${this.#lastOfLog()}`)
  }

  /** SIGKILL: no goodbye, nothing flushed by the process. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** SIGSTOP: its connections stay open and nothing answers. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
    this.#paused = this.#process !== null
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
    this.#paused = false
  }

  /** SIGTERM, and SIGKILL where that is not enough. */
  async stop(): Promise<void> {
    if (this.#paused) this.resume()
    await this.#end('SIGTERM')
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process
    if (child === null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    const late = setTimeout(() => child.kill('SIGKILL'), stopLimitMs)
    await exited
    clearTimeout(late)
    this.#paused = false
  }

  get #propertiesFile(): string {
    return join(this.folder, 'server.properties')
  }

  #failure(): Error {
    const last = this.#lastOfLog()
    if (/Address already in use|failed to bind/i.test(last)) return new PortTaken(last)
    return new Error(`node ${this.id} ended: ${last}`)
  }

  #lastOfLog(): string {
    return this.log().slice(-logCharsShown)
  }
}

const jvm = [
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1', // starts sooner, and two cores serve all of them
  '-Xshare:auto',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
]

function propertiesOf(options: NodeOptions, dataFolder: string): string {
  const { id, roles, port, controller, listeners: more = {} } = options
  // By name: certificates are for names.
  const others = Object.entries(more).map(([name, at]) => `${name}://localhost:${at.port}`)
  const protocols = Object.entries(more).map(([name, at]) => `,${name}:${at.protocol}`)
  const broker = `PLAINTEXT://127.0.0.1:${port}`
  const control = `CONTROLLER://127.0.0.1:${controller.port}`
  const listeners = [
    ...(roles.includes('broker') ? [broker, ...others] : []),
    ...(roles.includes('controller') ? [control] : []),
  ]
  const properties: Record<string, string | number> = {
    'process.roles': roles.join(','),
    'node.id': id,
    'controller.quorum.voters': `${controller.id}@127.0.0.1:${controller.port}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: listeners.join(','),
    ...(roles.includes('broker') && { 'advertised.listeners': [broker, ...others].join() }),
    ...(others.length > 0 && {
      'listener.security.protocol.map': `CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT${protocols.join('')}`,
      'inter.broker.listener.name': 'PLAINTEXT',
    }),
    'log.dirs': dataFolder,
    ...ringSettings,
    ...options.settings,
  }
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

const ringSettings = {
  'auto.create.topics.enable': 'false',
  // Records may carry timestamps of any age; retention must not take them away.
  'log.retention.ms': '-1',
  // The tools that read by group need the coordinator at once, and small.
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
