import { zeroUuid } from '../protocol/defaults.ts'

// A topic and its partitions: one object each, which all layers share, from the first record that names
// the topic until nobody has used it for `metadata.max.idle.ms`. A layer keeps what it knows of a topic
// or a partition in here, so that forgetting the topic forgets all of it.
// Invariant: a topic that anything holds (an unplaced record, a question, a batch without its result) is
// never forgotten; its idle time begins when the last holder lets go. Leaders and errors are written by
// cluster/topology.ts alone; `queue` and `ratio` belong to the accumulator, `line` to the sender,
// `placement` to the producer.

/** One partition. It is never replaced, also where its topic shrinks, or is made again. */
export class PartitionState {
  /** The topic's name. */
  readonly topic: string
  readonly partition: number
  readonly of: TopicState
  /** Node id of the leader as brokers told it; -1 where there is none at the moment. */
  leader = -1
  /** -1 where the broker told none that can be trusted. */
  leaderEpoch = -1
  /** The leader, where it is among the brokers that are known; else -1. */
  node = -1
  /** Answers in a row that told an older epoch; kept by topology.ts. */
  olderTold = 0
  /** The accumulator's: batches that wait to be sent. */
  queue: object | null = null
  /** The sender's: batches that were sent, and who may go next. */
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
  /** As Kafka prints it, as the last answer without an error told it; else the zero uuid. */
  id = zeroUuid
  /** The last id that was told, also while the topic is away or a broker knows no ids. */
  lineage = zeroUuid
  /** Kafka's error code for the whole topic; 0 when it can be used, null while no answer spoke of it. */
  error: number | null = null
  /** Monotonic: when an answer last spoke of it. */
  toldAt = Number.NEGATIVE_INFINITY
  /** Monotonic: when it was last used, while nothing holds it. */
  idleSince: number
  /** One more whenever it has another number of partitions, or one of them gained or lost its leader. */
  version = 0
  /** One more whenever the node of one of its partitions is another. */
  seatVersion = 0
  /** The accumulator's: how well its batches compress. */
  ratio: object | null = null
  /** The producer's: where its keyless records go. */
  placement: object | null = null
  #partitions: readonly PartitionState[] = []
  /** Every partition that was ever named, there or not. */
  readonly #all: PartitionState[] = []
  readonly #clock: IdleClock
  #holds = 0

  constructor(name: string, clock: IdleClock) {
    this.name = name
    this.#clock = clock
    this.idleSince = clock.now()
  }

  /** The partitions it has now, by index; none while it has an error. */
  get partitions(): readonly PartitionState[] {
    return this.#partitions
  }

  /** Whether anything needs it. */
  get isHeld(): boolean {
    return this.#holds > 0
  }

  /** A partition by its index, there or not. */
  at(partition: number): PartitionState {
    const known = this.#all[partition]
    if (known !== undefined) return known
    for (let next = this.#all.length; next <= partition; next += 1) {
      this.#all.push(new PartitionState(this, next))
    }
    return this.#all[partition]!
  }

  /** It has so many partitions now; gives those that it had beyond that. */
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

  /** One thing more needs it. */
  hold(): void {
    this.#holds += 1
  }

  /** One thing less needs it. */
  release(): void {
    this.#holds -= 1
    if (this.#holds === 0) this.idleSince = this.#clock.now()
  }
}

/** Tells the monotonic time. */
export interface IdleClock {
  now(): number
}

const none: readonly PartitionState[] = []
