// Reads a topic of any cluster back, to prove what was produced. It is not a consumer: it joins no group
// and commits nothing. It shares nothing with the client under test except the declared messages.
// Invariant: one request at a time, to the leader in the latest Metadata.

import { setTimeout as sleep } from 'node:timers/promises'
import type { ProducerConfig } from '../config/producer-config.ts'
import { BrokerError } from '../errors/broker-error.ts'
import { errorCode } from '../errors/error-codes.ts'
import { Fetch } from '../protocol/messages/fetch.ts'
import { ListOffsets } from '../protocol/messages/list-offsets.ts'
import { Metadata } from '../protocol/messages/metadata.ts'
import { controlFlag } from '../records/batch-header.ts'
import { checkFrame } from '../records/batch-reader.ts'
import type { Address } from '../runtime.ts'
import type { SecuritySettings } from '../security/security-settings.ts'
import { checkName, checkNames, type NamesOf } from './known-names.ts'
import type { MockRecord } from './mock-record.ts'
import {
  absent,
  addressIn,
  backwards,
  futileMax,
  leaderless,
  nothing,
  offTopic,
  recordsWithin,
  wholeBatches,
} from './reader-answers.ts'
import { addressOf, ReaderConnection } from './reader-connection.ts'
import { AbortedBatches } from './reader-isolation.ts'
import { readerSecurity } from './reader-security.ts'

/** A record batch in a log. */
export interface TopicBatch {
  readonly partition: number
  /** The offset of the first record. */
  readonly baseOffset: number
  /** Size in the log, in bytes: the header and the (compressed) records. */
  readonly byteLength: number
  /** Size without compression, in bytes. */
  readonly uncompressedBytes: number
  /** The requested records of the batch, in log order. */
  readonly records: readonly MockRecord[]
}

/** Which part of a partition to read. */
export interface TopicRange {
  /** The first offset. Default: the partition's current start offset. */
  readonly from?: number | undefined
  /** The offset after the last one. Default, and maximum: the partition's current end offset. */
  readonly to?: number | undefined
  /**
   * With `read_committed`, records of aborted transactions are left out, and reading ends at the first open
   * transaction. Default `read_uncommitted`.
   */
  readonly isolation?: Isolation | undefined
}

const bounds: NamesOf<TopicRange> = { from: true, to: true, isolation: true }

type Isolation = keyof typeof isolationLevels
const isolationLevels = { read_uncommitted: 0, read_committed: 1 } as const

interface Fetched {
  readonly bytes: Uint8Array
  readonly aborted: AbortedBatches
}

/** Newer versions identify topics by id. */
const newestFetchByName = 12
const fetchBytesMax = 1024 * 1024
/** How often, and after which pause, to ask again if a partition has no leader for the moment. */
const triesMax = 20
const pauseMs = 250
/** Timestamps with which ListOffsets returns the end of the log, and its beginning. */
const end = -1n
const beginning = -2n

/**
 * Reads the records of a topic, of a {@link MockCluster} or of any other cluster.
 *
 * ```ts
 * const reader = await TopicReader.open('localhost:9092', 'orders')
 * for (let partition = 0; partition < reader.partitions; partition += 1) {
 *   for await (const { records } of reader.batches(partition)) …
 * }
 * reader.close()
 * ```
 */
export class TopicReader {
  readonly topic: string
  readonly #addresses: readonly Address[]
  readonly #security: SecuritySettings
  /** By address: the leaders asked so far, and the broker that answered first. */
  readonly #connections = new Map<string, ReaderConnection>()
  #leaders: readonly (Address | null)[] = []

  private constructor(addresses: readonly Address[], topic: string, security: SecuritySettings) {
    this.topic = topic
    this.#addresses = addresses
    this.#security = security
  }

  /**
   * Opens a reader of a topic. `bootstrapServers` are addresses separated by commas. `config` may be that
   * of a producer: `security.protocol`, `ssl.*` and `sasl.*` are used, and the other keys are only
   * checked.
   *
   * Rejects with a ConfigError if the configuration is invalid, with a ConnectionError if no broker can
   * be reached, with an AuthenticationError if no broker accepts the login, and with a BrokerError
   * (`UNKNOWN_TOPIC_OR_PARTITION`) if the topic does not exist.
   */
  static async open(
    bootstrapServers: string,
    topic: string,
    config: Partial<ProducerConfig> = {},
  ): Promise<TopicReader> {
    const addresses = bootstrapServers.split(',').map(addressOf)
    const reader = new TopicReader(addresses, topic, readerSecurity(config))
    try {
      await reader.#locate()
      return reader
    } catch (cause) {
      reader.close()
      throw cause
    }
  }

  /** The number of partitions of the topic. */
  get partitions(): number {
    return this.#leaders.length
  }

  /** Returns the partition's end offset; with `read_committed`, the offset of the first open transaction. */
  endOffset(partition: number, isolation: Isolation = 'read_uncommitted'): Promise<number> {
    checkName('the isolation levels', isolation, isolationLevels)
    return this.#offset(partition, end, isolation)
  }

  /** Returns the partition's start offset, which is above 0 after retention or DeleteRecords removed records. */
  startOffset(partition: number): Promise<number> {
    return this.#offset(partition, beginning, 'read_uncommitted')
  }

  /**
   * Returns the batches of a partition, in log order, after checking their checksums. Records appended meanwhile
   * are not read. Transaction markers are left out. Fails with a BrokerError (`OFFSET_OUT_OF_RANGE`) if `from` is
   * before the partition's start offset.
   */
  async *batches(partition: number, range: TopicRange = {}): AsyncGenerator<TopicBatch, void> {
    checkNames('the bounds of a range', range, bounds)
    const { from = await this.startOffset(partition), to = Number.POSITIVE_INFINITY } = range
    const { isolation = 'read_uncommitted' } = range
    const last = Math.min(to, await this.endOffset(partition, isolation))
    let futile = 0
    for (let next = from; next < last; ) {
      if (futile === futileMax) throw nothing(`${this.topic}-${partition}`, next, last)
      futile += 1
      const { bytes, aborted } = await this.#fetch(partition, next, isolation)
      for (const batch of wholeBatches(bytes)) {
        const header = checkFrame(batch)
        const { baseOffset, lastOffsetDelta, byteLength, attributes } = header
        if (baseOffset >= last) return
        const newest = baseOffset + lastOffsetDelta
        if (newest < next) throw backwards(`${this.topic}-${partition}`, newest, next)
        next = newest + 1
        futile = 0
        if (aborted.has(header) || (attributes & controlFlag) !== 0) continue
        const wanted = [Math.max(from, baseOffset), Math.min(last - 1, newest)] as const
        const { uncompressedBytes, records } = recordsWithin(batch, partition, wanted)
        yield { partition, baseOffset, byteLength, uncompressedBytes, records }
      }
    }
  }

  /** Closes all connections. */
  close(): void {
    for (const connection of this.#connections.values()) connection.close()
    this.#connections.clear()
  }

  /** `await using reader = …` closes the reader at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #offset(partition: number, place: bigint, isolation: Isolation): Promise<number> {
    return this.#atLeader(partition, async (leader) => {
      const partitions = [{ partitionIndex: partition, timestamp: place }]
      const version = leader.version(ListOffsets, 7)
      const isolationLevel = version < 2 ? undefined : isolationLevels[isolation]
      const body = { replicaId: -1, isolationLevel, topics: [{ name: this.topic, partitions }] }
      const answer = await leader.ask(ListOffsets, version, body)
      const topic = answer.topics.find(({ name }) => name === this.topic)
      const found = topic?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
      if (found === undefined) throw offTopic(`ListOffsets ${this.topic}-${partition}`)
      this.#check(`ListOffsets ${this.topic}-${partition}`, found.errorCode)
      return Number(found.offset)
    })
  }

  #fetch(partition: number, offset: number, isolation: Isolation): Promise<Fetched> {
    return this.#atLeader(partition, async (leader) => {
      const wanted = {
        partition,
        fetchOffset: BigInt(offset),
        partitionMaxBytes: fetchBytesMax,
      }
      const version = leader.version(Fetch, newestFetchByName)
      const answer = await leader.ask(Fetch, version, {
        replicaId: -1,
        maxWaitMs: 500,
        minBytes: 1,
        maxBytes: fetchBytesMax,
        isolationLevel: isolationLevels[isolation],
        topics: [{ topic: this.topic, topicId: undefined, partitions: [wanted] }],
        forgottenTopicsData: [],
      })
      const topic = answer.responses.find(({ topic }) => topic === this.topic)
      const found = topic?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
      if (found === undefined) throw offTopic(`Fetch ${this.topic}-${partition}`)
      this.#check(`Fetch ${this.topic}-${partition}`, found.errorCode)
      const aborted = new AbortedBatches(found.abortedTransactions ?? [])
      return { bytes: found.records ?? new Uint8Array(0), aborted }
    })
  }

  /** Asks the partition's leader; again if the leader has moved, or is about to. */
  async #atLeader<T>(
    partition: number,
    question: (leader: ReaderConnection) => Promise<T>,
  ): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        const leader = this.#leaders[partition]
        if (leader === undefined) throw absent(`${this.topic}-${partition}`, tries)
        if (leader === null) throw leaderless(`${this.topic}-${partition}`)
        return await question(await this.#connection(leader))
      } catch (cause) {
        if (tries === triesMax || !(cause as { retriable?: boolean }).retriable) throw cause
        await sleep(pauseMs)
        await this.#locate()
      }
    }
  }

  /** Asks any broker for the topic's leaders. */
  async #locate(): Promise<void> {
    const broker = await this.#anyone()
    const answer = await broker.ask(Metadata, broker.version(Metadata, 8), {
      topics: [{ name: this.topic }],
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    })
    const found = answer.topics.find(({ name }) => name === this.topic)
    if (found === undefined) throw offTopic(`Metadata ${this.topic}`)
    this.#check(`Metadata ${this.topic}`, found.errorCode)
    const leaders: (Address | null)[] = found.partitions.map(() => null)
    for (const { partitionIndex, leaderId } of found.partitions) {
      if (leaders[partitionIndex] === undefined) throw offTopic(`Metadata ${this.topic}`)
      leaders[partitionIndex] = addressIn(answer.brokers, leaderId)
    }
    this.#leaders = leaders
  }

  async #anyone(): Promise<ReaderConnection> {
    let failure: unknown
    for (const address of this.#addresses) {
      try {
        return await this.#connection(address)
      } catch (cause) {
        failure = cause
      }
    }
    throw failure
  }

  async #connection(address: Address): Promise<ReaderConnection> {
    const name = `${address.host}:${address.port}`
    const open = this.#connections.get(name)
    if (open?.isOpen) return open
    const connection = await ReaderConnection.open(address, this.#security)
    this.#connections.set(name, connection)
    return connection
  }

  #check(request: string, code: number): void {
    if (errorCode(code).code !== 0) throw new BrokerError(code, { request })
  }
}
