import type { Cluster } from '../cluster/cluster.ts'
import { Alarm } from '../collections/alarm.ts'
import { DeliveryError, type DeliveryErrorCode } from '../errors/delivery-error.ts'
import type { Clock } from '../runtime.ts'
import type { Topics } from './topics.ts'

// Questions for the partitions of a topic. They are answered immediately if the partitions are known,
// otherwise when metadata comes; after max.block.ms they fail, as for a record.
//
// Invariant: each question has one answer, and keeps the engine active (`retain`) exactly as long as it
// waits, because the cluster fetches nothing while nothing is outstanding. Answers from metadata are given
// in the turn of the engine, which calls `serve`.

/** A partition, according to the producer's metadata. */
export interface PartitionInfo {
  readonly topic: string
  readonly partition: number
  /** Node id of the leader; null if the partition has no leader at the moment. */
  readonly leader: number | null
}

/** Gets the one answer to a question. */
export interface Asker {
  resolve(partitions: readonly PartitionInfo[]): void
  reject(error: DeliveryError): void
}

export interface PartitionQuestionsOptions {
  readonly cluster: Cluster
  readonly topics: Topics
  readonly clock: Clock
  readonly maxBlockMs: number
  /** A question waits: this counts like one more outstanding record. */
  readonly retain: () => void
  /** A waiting question has its answer. */
  readonly release: () => void
}

/** Why there is no answer. */
interface Reason {
  readonly code: DeliveryErrorCode
  readonly cause?: unknown
}

interface Question {
  readonly topic: string
  readonly asker: Asker
  readonly deadline: Alarm
}

export class PartitionQuestions {
  #options: PartitionQuestionsOptions
  #waiting = new Set<Question>()
  /** The metadata may have changed since `serve`. */
  #hasNews = false

  constructor(options: PartitionQuestionsOptions) {
    this.#options = options
    options.topics.watch(() => {
      this.#hasNews = true
    })
  }

  /** `ending` is why nothing can be found out any more; null while it can. */
  ask(topic: string, asker: Asker, ending: Reason | null): void {
    if (ending !== null) {
      asker.reject(failure(ending.code, topic, { cause: ending.cause }))
      return
    }
    const { cluster, topics, clock, maxBlockMs } = this.#options
    // An invalid topic name is never requested.
    if (topics.refusal(topic)?.code !== 'INVALID_TOPIC_EXCEPTION') cluster.use(topic)
    const giveUp = () => this.#end(question, () => this.#giveUp(question))
    const question: Question = { topic, asker, deadline: new Alarm(clock, giveUp) }
    if (this.#answer(question)) return
    if (maxBlockMs === 0) {
      this.#giveUp(question)
      return
    }
    this.#waiting.add(question)
    topics.hold(topic)
    this.#options.retain()
    question.deadline.set(clock.now() + maxBlockMs)
  }

  /** No question can be answered any more. */
  abort(code: DeliveryErrorCode, cause?: unknown): void {
    for (const question of [...this.#waiting]) {
      this.#end(question, () => question.asker.reject(failure(code, question.topic, { cause })))
    }
  }

  /** Checks again, if there is news; returns whether it answered any question. */
  serve(): boolean {
    if (!this.#hasNews) return false
    this.#hasNews = false
    let answered = false
    for (const question of [...this.#waiting]) {
      if (!this.#answer(question)) continue
      this.#end(question, nothing)
      answered = true
    }
    return answered
  }

  /** Whether there was an answer. */
  #answer({ topic, asker }: Question): boolean {
    const { cluster, topics } = this.#options
    const found = cluster.usable(topic)
    if (found !== undefined) {
      const infos = found.partitions.map(({ leader }, partition) => ({
        topic,
        partition,
        leader: leader < 0 ? null : leader,
      }))
      asker.resolve(infos)
      return true
    }
    const refusal = topics.refusal(topic)
    if (refusal !== null) asker.reject(failure(refusal.code, topic, { cause: refusal.cause }))
    return refusal !== null
  }

  #giveUp({ topic, asker }: Question): void {
    const { topics, maxBlockMs } = this.#options
    const facts = { limitMs: maxBlockMs, cause: topics.lastError(topic) }
    asker.reject(failure('METADATA_TIMEOUT', topic, facts))
  }

  #end(question: Question, tell: () => void): void {
    if (!this.#waiting.delete(question)) return
    question.deadline.clear()
    this.#options.topics.release(question.topic)
    tell()
    this.#options.release()
  }
}

function nothing(): void {}

function failure(
  code: DeliveryErrorCode,
  topic: string,
  facts: { readonly cause?: unknown; readonly limitMs?: number },
): DeliveryError {
  return new DeliveryError(code, { ...facts, topic, persisted: 'no' })
}
