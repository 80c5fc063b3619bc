import type { Stickiness } from '../model.ts'
import type { TopicInfo } from '../partitioners/partitioner.ts'
import { QueueLoad } from '../partitioners/queue-load.ts'
import { StickyChoice } from '../partitioners/sticky-choice.ts'
import type { Random } from '../runtime.ts'
import type { TopicPlace } from '../stages/partition.ts'
import type { TopicState } from '../topics/topic-state.ts'

// Where the records of one topic can go: what the partition stage sees of it, and where the next record
// without a key goes.
// Adaptive (KIP-794): it knows how many batches wait on each partition. Rack aware (KIP-1123): the sticky
// choice is among the partitions whose leader is in the client's rack, if there are any; the weights then
// cover only these partitions.

export interface PlaceOptions {
  /** How many bytes a partition gets before the sticky choice moves on. */
  readonly batchSize: number
  readonly random: Random
  /** Whether partitions with more waiting batches are chosen less often. */
  readonly adaptive?: boolean
  /** Whether leaders in this client's rack are preferred to all others. */
  readonly rackAware?: boolean
}

/** What a place has to know about the brokers. */
export interface Whereabouts {
  /** Nodes that records without a key avoid; another set whenever they change. */
  readonly avoided: ReadonlySet<number>
  /** Brokers whose partitions are preferred; none if racks do not count. */
  readonly nearby: ReadonlySet<number>
}

export class Place implements TopicPlace, Stickiness {
  readonly state: TopicState
  readonly sticky: Stickiness = this
  /** Batches that wait on each partition; null if every choice is even. */
  readonly load: QueueLoad | null
  #info: TopicInfo | null = null
  /** The topic's version that `#info` describes. */
  #version = -1
  #whereabouts: Whereabouts
  #choice: StickyChoice
  /** The partitions among which the choice is being made. */
  #among: TopicInfo | null = null
  #near: Near | null = null
  /** What the load was computed for: each is another object when it changes. */
  #arrangedFor: TopicInfo | null = null
  #avoided: ReadonlySet<number> | null = null
  /** The topic's seats that it was computed for; they count if nodes are avoided. */
  #seatVersion = -1

  constructor(state: TopicState, whereabouts: Whereabouts, options: PlaceOptions) {
    const { batchSize, random, adaptive = false } = options
    this.state = state
    this.load = adaptive ? new QueueLoad() : null
    this.#whereabouts = whereabouts
    this.#choice = new StickyChoice(batchSize, random, () => this.#weighted(random))
  }

  get info(): TopicInfo {
    if (this.#info === null || this.#version !== this.state.version) {
      this.#info = infoOf(this.state)
      this.#version = this.state.version
    }
    return this.#info
  }

  partition(): number {
    this.#among = this.#choosable
    return this.#choice.partition(this.#among)
  }

  appended(bytes: number, batchDone: boolean): void {
    this.#choice.appended(bytes, batchDone)
  }

  /** The partitions among which the sticky choice is made; another object when they change. */
  get #choosable(): TopicInfo {
    const { info } = this
    const { nearby } = this.#whereabouts
    if (nearby.size === 0) return info
    const { seatVersion } = this.state
    const near = this.#near
    if (near?.of === info && near.nearby === nearby && near.seatVersion === seatVersion) {
      return near.info
    }
    this.#near = { of: info, nearby, seatVersion, info: within(this.state, info, nearby) }
    return this.#near.info
  }

  #weighted(random: Random): number | null {
    if (this.load === null) return null
    const info = this.#among!
    const avoided = this.#whereabouts.avoided
    const seatVersion = avoided.size > 0 ? this.state.seatVersion : 0
    const isSame = info === this.#arrangedFor && avoided === this.#avoided
    if (!isSame || seatVersion !== this.#seatVersion) {
      const best = eligible(this.state, info, avoided)
      const those = best.length > 0 ? best : eligible(this.state, this.info, avoided)
      this.load.arrange(info.partitionCount, those)
      this.#arrangedFor = info
      this.#avoided = avoided
      this.#seatVersion = seatVersion
    }
    return this.load.choose(random)
  }
}

/** The near partitions, and what they were computed from. */
interface Near {
  readonly of: TopicInfo
  readonly nearby: ReadonlySet<number>
  readonly seatVersion: number
  readonly info: TopicInfo
}

function infoOf({ name, partitions }: TopicState): TopicInfo {
  const availablePartitions: number[] = []
  for (const { leader, partition } of partitions) {
    if (leader >= 0) availablePartitions.push(partition)
  }
  return { name, partitionCount: partitions.length, availablePartitions }
}

/** The topic as if only partitions led by these brokers could be used; unchanged if there are none. */
function within(topic: TopicState, info: TopicInfo, nearby: ReadonlySet<number>): TopicInfo {
  const here = info.availablePartitions.filter((index) => nearby.has(topic.partitions[index]!.node))
  return here.length === 0 ? info : { ...info, availablePartitions: here }
}

/** The partitions whose leaders are known and not avoided. */
function eligible(topic: TopicState, info: TopicInfo, avoided: ReadonlySet<number>) {
  if (avoided.size === 0) return info.availablePartitions
  return info.availablePartitions.filter((index) => !avoided.has(topic.partitions[index]!.node))
}
