// Kafka's own Admin client, in one JVM for as long as a ring or a chaos run needs it
// (java/RingAdmin.java): a line of JSON there, a line of JSON back, one command at a time.

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { lineSplitter, spawnJava } from './java-program.ts'
import { brokerVersion, isBefore } from './kafka-release.ts'

export interface NewTopic {
  readonly name: string
  readonly partitions: number
  /** Absent: as many as the cluster gives a topic that does not say. */
  readonly replicas?: number
  /** Topic settings: `{ 'max.message.bytes': '2000' }`. */
  readonly configs?: Readonly<Record<string, string>>
}

export interface PartitionState {
  /** Broker id; -1 where no replica leads. */
  readonly leader: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

type Command = { readonly do: string } & Readonly<Record<string, unknown>>
type Answer = { readonly ok: unknown } | { readonly error: string }

export class KafkaAdmin {
  readonly #process: ChildProcess
  readonly #waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = []
  #complaint = ''

  private constructor(process: ChildProcess) {
    this.#process = process
    process.stdout?.on(
      'data',
      lineSplitter((line) => this.#answered(line)),
    )
    process.stderr?.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk).slice(-4_000)
    })
    process.stdin?.on('error', () => {})
    process.on('exit', () => this.#ended())
  }

  static async start(bootstrapServers: string): Promise<KafkaAdmin> {
    return new KafkaAdmin(await spawnJava('RingAdmin', [bootstrapServers], ['-Xmx128m']))
  }

  /** Resolves when all replicas of each partition are in sync and its leader answers for it. */
  async create(topics: readonly NewTopic[]): Promise<void> {
    await this.#command({ do: 'create', topics: topics.map(replicated), settled: true })
  }

  /** Resolves when the controller has agreed: brokers may refuse these topics for a moment more. */
  async createUnsettled(topics: readonly NewTopic[]): Promise<void> {
    await this.#command({ do: 'create', topics: topics.map(replicated), settled: false })
  }

  async delete(topics: readonly string[]): Promise<void> {
    await this.#command({ do: 'delete', topics })
  }

  /** The partitions of each topic, in order. */
  async describe(topics: readonly string[]): Promise<Record<string, PartitionState[]>> {
    return (await this.#command({ do: 'describe', topics })) as Record<string, PartitionState[]>
  }

  /** By topic, by partition: the offset that the next record will have. */
  async endOffsets(topics: readonly string[]): Promise<Record<string, number[]>> {
    return (await this.#command({ do: 'endOffsets', topics })) as Record<string, number[]>
  }

  async leader(topic: string, partition: number): Promise<number> {
    return (await this.describe([topic]))[topic]?.[partition]?.leader ?? -1
  }

  /** Resolves when broker `to`, which must be a replica, leads the partition. */
  async moveLeader(topic: string, partition: number, to: number): Promise<void> {
    await this.#command({ do: 'moveLeader', topic, partition, to })
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.stdin?.end()
    const late = setTimeout(() => this.#process.kill('SIGKILL'), 5_000)
    await exited
    clearTimeout(late)
  }

  #command(command: Command): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#process.stdin?.write(`${JSON.stringify(command)}\n`)
    })
  }

  #answered(line: string): void {
    const waiting = this.#waiting.shift()
    const answer = JSON.parse(line) as Answer
    if ('error' in answer) waiting?.reject(new Error(answer.error))
    else waiting?.resolve(answer.ok)
  }

  #ended(): void {
    const error = new Error(`the admin program ended:\n${this.#complaint}`)
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}

/** Before KIP-464 a cluster did not say how many replicas: here it is one broker then (kafka-cluster.ts). */
function replicated(topic: NewTopic): NewTopic {
  const says = brokerVersion === undefined || !isBefore(brokerVersion, '2.4')
  return says ? topic : { ...topic, replicas: topic.replicas ?? 1 }
}
