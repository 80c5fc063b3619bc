// What a chaos run does to its cluster, one step at a time. A step begins with all replicas in
// sync. It causes its fault while the stream runs, waits until the fault has an effect (never for
// time to pass), repairs it, and ends with all replicas in sync again. Each step has a description.

import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { RawClient } from '../support/raw-client.ts'
import { until } from './broker-probe.ts'
import type { ChaosStream } from './chaos-stream.ts'
import type { ChaosTap } from './chaos-tap.ts'
import type { KafkaAdmin } from './kafka-admin.ts'
import type { KafkaCluster } from './kafka-cluster.ts'

const waitMsMax = 90_000

/** How a leader can stop and return. */
export type FaultName =
  | 'killLeader'
  | 'pauseLeader'
  | 'moveLeaders'
  | 'stopTwo'
  | 'shutDownLeader'
  | 'roll'

export interface ChaosParts {
  readonly cluster: KafkaCluster
  readonly admin: KafkaAdmin
  readonly tap: ChaosTap
  readonly stream: ChaosStream
  readonly topic: string
  readonly say: (sentence: string) => void
  /** A number from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number
}

export class ChaosFaults {
  readonly #parts: ChaosParts

  constructor(parts: ChaosParts) {
    this.#parts = parts
  }

  async inflict(fault: FaultName): Promise<void> {
    await this.#inSync()
    await this[fault]()
    await this.#inSync()
    await this.#flowing()
  }

  /** kill -9, another broker leads, restart. */
  async killLeader(): Promise<void> {
    const { cluster, say } = this.#parts
    const leader = await this.#someLeader()
    say(`kill -9 of broker ${leader}, which leads ${await this.#ledBy(leader)}`)
    await cluster.kill(leader)
    await this.#deposed(leader)
    await this.#flowing()
    say(`broker ${leader} is started again`)
    await cluster.restart(leader)
  }

  /**
   * SIGSTOP for longer than the request timeout, until another broker leads; then the old leader
   * resumes.
   */
  async pauseLeader(): Promise<void> {
    const { cluster, tap, say } = this.#parts
    const leader = await this.#someLeader()
    const { abandoned } = tap
    say(`SIGSTOP of broker ${leader}, which leads ${await this.#ledBy(leader)}`)
    cluster.pause(leader)
    const timedOut = () => tap.abandoned > abandoned
    await until(timedOut, waitMsMax, () => 'no request has timed out')
    await this.#deposed(leader)
    await this.#flowing()
    say(`SIGCONT of broker ${leader}, whose requests have timed out`)
    cluster.resume(leader)
  }

  /** Moves every partition to the next of its replicas, one after the other. */
  async moveLeaders(): Promise<void> {
    const { admin, topic, say } = this.#parts
    const partitions = (await admin.describe([topic]))[topic] ?? []
    say(`leaders of ${partitions.length} partitions move`)
    for (const [index, { leader, replicas }] of partitions.entries()) {
      const next = replicas[(replicas.indexOf(leader) + 1) % replicas.length] as number
      await admin.moveLeader(topic, index, next)
    }
  }

  /** Stops two of three brokers: the remaining one must not acknowledge anything. */
  async stopTwo(): Promise<void> {
    const { cluster, say } = this.#parts
    const left = this.#pick(cluster.brokerIds)
    const gone = cluster.brokerIds.filter((id) => id !== left)
    say(`kill -9 of brokers ${gone.join(' and ')}; broker ${left} is left`)
    const refusals = this.#refusals()
    await Promise.all(gone.map((id) => cluster.kill(id)))
    const refused = () => this.#refusals() > refusals
    await until(refused, waitMsMax, () => 'nothing was refused for want of replicas')
    say(`brokers ${gone.join(' and ')} are started again`)
    await Promise.all(gone.map((id) => cluster.restart(id)))
  }

  /** SIGTERM: leaders move away in order. */
  async shutDownLeader(): Promise<void> {
    const { cluster, say } = this.#parts
    const leader = await this.#someLeader()
    say(`SIGTERM of broker ${leader}, which leads ${await this.#ledBy(leader)}`)
    await cluster.shutDown(leader)
    await this.#flowing()
    say(`broker ${leader} is started again`)
    await cluster.restart(leader)
  }

  /**
   * An operator's rolling restart: each broker in turn, and the next one only when all are in sync.
   */
  async roll(): Promise<void> {
    const { cluster, say } = this.#parts
    for (const id of cluster.brokerIds) {
      say(`broker ${id} rolls`)
      await cluster.shutDown(id)
      await cluster.restart(id)
      await this.#inSync()
    }
  }

  #refusals(): number {
    const { answers } = this.#parts.tap
    const names = ['NOT_ENOUGH_REPLICAS', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND']
    return names.reduce((sum, name) => sum + (answers.get(name) ?? 0), 0)
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#parts.random() * list.length)] as T
  }

  async #someLeader(): Promise<number> {
    const leaders = [...new Set(await this.#leaders())].filter((leader) => leader > 0)
    return this.#pick(leaders)
  }

  async #ledBy(broker: number): Promise<string> {
    const count = (await this.#leaders()).filter((leader) => leader === broker).length
    return count === 1 ? '1 partition' : `${count} partitions`
  }

  /** Waits until a live broker says that it leads nothing, and every partition has a leader. */
  async #deposed(broker: number): Promise<void> {
    const others = async () => {
      const leaders = await this.#leaders()
      return leaders.every((leader) => leader > 0 && leader !== broker)
    }
    await until(others, waitMsMax, () => `broker ${broker} still leads`)
  }

  async #leaders(): Promise<number[]> {
    const { cluster } = this.#parts
    const asked = cluster.brokerIds.find((id) => cluster.running(id)) as number
    return (await this.#partitions(asked)).map(({ leaderId }) => leaderId)
  }

  /**
   * The leaders as one broker reports them: the Admin client might ask one that is paused, or has
   * old metadata.
   */
  async #partitions(broker: number) {
    const { cluster, topic } = this.#parts
    const client = new RawClient(`127.0.0.1:${cluster.port(broker)}`)
    try {
      const { topics } = await client.ask(Metadata, 9, { topics: [{ name: topic }] })
      const { partitions } = topics[0] ?? { partitions: [] }
      return partitions.toSorted((one, other) => one.partitionIndex - other.partitionIndex)
    } finally {
      await client.end()
    }
  }

  /** Waits until all brokers agree that all replicas of all partitions are in sync. */
  async #inSync(): Promise<void> {
    const { cluster } = this.#parts
    const whole = async () => {
      const views = await Promise.all(cluster.brokerIds.map((id) => this.#partitions(id)))
      const leaders = views.map((view) => view.map(({ leaderId }) => leaderId).join())
      return (
        new Set(leaders).size === 1 &&
        views.flat().every(({ isrNodes }) => isrNodes.length === cluster.brokerIds.length)
      )
    }
    await until(whole, waitMsMax, () => `replicas are not in sync\n${cluster.logs()}`)
  }

  /** Waits until records that were sent after this moment are acknowledged. */
  async #flowing(): Promise<void> {
    const { stream } = this.#parts
    const { sent } = stream
    const passed = () => stream.failure !== null || stream.acknowledged > sent
    await until(passed, waitMsMax, () => `${stream.acknowledged} of ${sent} acknowledged`)
  }
}
