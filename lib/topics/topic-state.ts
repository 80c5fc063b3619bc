import { zeroUuid } from '../protocol/defaults.ts'

// A topic and its partitions: one object each, which all layers share, from the first record that names the
// topic until it was not used for `metadata.max.idle.ms`. Each layer keeps its knowledge of a topic or a
// partition in here, so that forgetting the topic forgets all of it.
//
// Invariant: a topic that is held (by an unplaced record, a question, a batch without its result) is never
// forgotten; its idle time begins when the last holder releases it. Only cluster/topology.ts writes leaders
// and errors; `queue`, `ratio` and `staging` belong to the accumulator, `line` to the sender, `placement` to the
// producer.

/** One partition. It is never replaced, even if its topic shrinks or is created again. */
export class PartitionState {
  /** The topic's name. */
  readonly topic: string
  readonly partition: number
  readonly of: TopicState
  /** The leader's node id, as sent by brokers; -1 if there is none at the moment. */
  leader = -1
  /** -1 if the broker sent none that can be trusted. */
  leaderEpoch = -1
  /** The leader, if it is among the known brokers; otherwise -1. */
  node = -1
  /** The number of answers in a row with an older epoch; kept by topology.ts. */
  olderTold = 0
  /** The accumulator's: batches that wait to be sent. */
  queue: object | null = null
  /** The sender's: batches that were sent, and which may be next. */
  line: object | null = null

  constructor(of: TopicState, partition: number) {
    this.topic = of.name
    this.partition = partition
    this.of = of
  }
}

/** One topic. */
export class TopicState {
  readonly name: string
  /** As Kafka prints it, from the last answer without an error; otherwise the zero uuid. */
  id = zeroUuid
  /** The last id that was sent, even while the topic is missing or a broker knows no ids. */
  lineage = zeroUuid
  /** Kafka's error code for the whole topic; 0: it can be used; null: no answer mentioned it yet. */
  error: number | null = null
  /** Monotonic: when an answer last mentioned it. */
  toldAt = Number.NEGATIVE_INFINITY
  /** Monotonic: when it was last used, while nothing holds it. */
  idleSince: number
  /** Increases whenever the number of partitions changes, or one of them gains or loses its leader. */
  version = 0
  /** Increases whenever one of its partitions gets another node. */
  seatVersion = 0
  /** The accumulator's: how well its batches compress. */
  ratio: object | null = null
  /** The accumulator's: records that are accepted, but not yet written into their batches. */
  staging: object | null = null
  /** The producer's: where its keyless records go. */
  placement: object | null = null
  #partitions: readonly PartitionState[] = []
  /** Every partition that was ever named, whether it exists or not. */
  readonly #all: PartitionState[] = []
  readonly #clock: IdleClock
  #holds = 0

  constructor(name: string, clock: IdleClock) {
    this.name = name
    this.#clock = clock
    this.idleSince = clock.now()
  }

  /** The current partitions, by index; none while it has an error. */
  get partitions(): readonly PartitionState[] {
    return this.#partitions
  }

  /** Whether anything holds it. */
  get isHeld(): boolean {
    return this.#holds > 0
  }

  /** A partition by its index, whether it exists or not. */
  at(partition: number): PartitionState {
    const known = this.#all[partition]
    if (known !== undefined) return known
    for (let next = this.#all.length; next <= partition; next += 1) {
      this.#all.push(new PartitionState(this, next))
    }
    return this.#all[partition]!
  }

  /** It has so many partitions now; returns those that it had beyond that. */
  resize(count: number): readonly PartitionState[] {
    const before = this.#partitions
    if (count === before.length) return none
    if (count > 0) this.at(count - 1)
    this.#partitions = this.#all.slice(0, count)
    this.version += 1
    return before.slice(count)
  }

  /** Every partition that was ever named. */
  get all(): readonly PartitionState[] {
    return this.#all
  }

  /** Holds it once more. */
  hold(): void {
    this.#holds += 1
  }

  /** Releases it once. */
  release(): void {
    this.#holds -= 1
    if (this.#holds === 0) this.idleSince = this.#clock.now()
  }
}

/** Returns the monotonic time. */
export interface IdleClock {
  now(): number
}

const none: readonly PartitionState[] = []
