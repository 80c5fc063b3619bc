import type { Cluster } from '../cluster/cluster.ts'
import { Alarm } from '../collections/alarm.ts'
import { ConnectionError } from '../errors/connection-error.ts'
import { DeliveryError } from '../errors/delivery-error.ts'
import { isError } from '../errors/is-error.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import { Metadata } from '../protocol/messages/metadata.ts'
import type { Clock } from '../runtime.ts'
import type { Sender } from '../sender/sender.ts'
import { addressText } from '../wire/address-text.ts'
import type { Topics } from './topics.ts'

// Callers that wait until records could be sent: until a broker is connected, the partitions of their
// topics are known and the leaders connected, and the producer has its id. So a wrong address, topic or
// permission shows before the first record.
//
// Invariant: each caller gets one answer, and keeps the engine active (`retain`) and its topics in use
// exactly as long as it waits. They are checked in every turn, because each of these changes comes in a
// turn; what is missing is requested.

/** The callbacks for the one answer. */
export interface ReadyAsker {
  resolve(): void
  reject(error: unknown): void
}

export interface ReadinessPorts {
  readonly cluster: Cluster
  readonly topics: Topics
  readonly sender: Pick<Sender, 'isIdentified' | 'identityError'>
  readonly clock: Clock
  readonly maxBlockMs: number
  /** A caller waits: this counts like one more outstanding record. */
  readonly retain: () => void
  readonly release: () => void
  /** There is something to do. */
  readonly wake: () => void
}

interface Wait {
  readonly topics: readonly string[]
  readonly asker: ReadyAsker
  readonly deadline: Alarm
  /** A broker has answered, in case no topics are given. */
  isHeard: boolean
}

/** What is missing, in words, and why. */
interface Missing {
  readonly topic?: string
  readonly what: string
  readonly cause: unknown
}

export class Readiness {
  #ports: ReadinessPorts
  #waiting = new Set<Wait>()

  constructor(ports: ReadinessPorts) {
    this.#ports = ports
  }

  /** `ending` is why nothing can be sent any more. Returns a function to call when the signal is aborted. */
  ask(
    topics: readonly string[],
    asker: ReadyAsker,
    ending: { readonly cause?: unknown } | null,
  ): (reason: unknown) => void {
    if (ending !== null) {
      asker.reject(ending.cause ?? closed())
      return () => {}
    }
    const { cluster, clock, maxBlockMs, retain, wake } = this.#ports
    const deadline = new Alarm(clock, () => this.#giveUp(wait))
    const wait: Wait = { topics, asker, deadline, isHeard: topics.length > 0 || this.#wasHeard() }
    this.#waiting.add(wait)
    for (const topic of topics) {
      this.#ports.topics.hold(topic)
      if (!this.#isInvalid(topic)) cluster.use(topic)
    }
    retain()
    if (!wait.isHeard) this.#call(wait)
    wait.deadline.set(clock.now() + maxBlockMs)
    wake()
    return (reason) => this.#aborted(wait, reason)
  }

  /** Checks again; returns whether it answered any caller. */
  serve(): boolean {
    if (this.#waiting.size === 0) return false
    let answered = false
    for (const wait of [...this.#waiting]) answered = this.#look(wait) || answered
    return answered
  }

  /** Nothing can be sent, for now or for good. */
  abort(cause: unknown): void {
    for (const wait of [...this.#waiting]) {
      this.#end(wait, () => wait.asker.reject(cause ?? closed()))
    }
  }

  #look(wait: Wait): boolean {
    for (const topic of wait.topics) {
      const refusal = this.#ports.topics.refusal(topic)
      if (refusal === null) continue
      const { code, cause } = refusal
      const error = new DeliveryError(code, { cause, topic, persisted: 'no' })
      this.#end(wait, () => wait.asker.reject(error))
      return true
    }
    if (this.#missing(wait) !== null) return false
    this.#end(wait, () => wait.asker.resolve())
    return true
  }

  /** The first missing thing. Checking a thing also requests it, or connects to it. */
  #missing({ topics, isHeard }: Wait): Missing | null {
    const { cluster, sender } = this.#ports
    const found: (Missing | null)[] = topics.map((topic) => this.#missingOf(topic))
    if (!isHeard) found.push({ what: 'no broker has answered', cause: cluster.lastError })
    const { isIdentified, identityError } = sender
    if (!isIdentified)
      found.push({ what: 'no broker has assigned a producer id', cause: identityError })
    return found.find((one) => one !== null) ?? null
  }

  /** Sends any broker a small request; while there is no answer, another one. */
  #call(wait: Wait): void {
    if (!this.#waiting.has(wait)) return
    const heard = () => {
      wait.isHeard = true
      this.#ports.wake()
    }
    const failed = (error: KafkaError) => {
      if (error.retriable) this.#call(wait)
      else this.#end(wait, () => wait.asker.reject(error))
    }
    this.#ports.cluster.sendToLeastLoaded(Metadata, noTopics, {
      answered: heard,
      failed,
    })
  }

  #missingOf(topic: string): Missing | null {
    const { cluster, topics } = this.#ports
    const known = cluster.usable(topic)
    if (known === undefined)
      return { topic, what: `no broker knows the topic ${topic}`, cause: topics.lastError(topic) }
    let missing: Missing | null = null
    for (const { leader, partition } of known.partitions) {
      if (leader < 0) {
        missing ??= { what: `${topic}-${partition} has no leader`, cause: null }
        continue
      }
      const node = cluster.nodes.find(({ id }) => id === leader)
      if (node?.isReady) continue
      cluster.canSend(leader) // connects, if it is time to
      const address = node === undefined ? '' : ` at ${addressText(node.address)}`
      const what = `the leader of ${topic}-${partition}, broker ${leader}${address}, is not connected`
      missing ??= { what, cause: node?.failure ?? null }
    }
    return missing
  }

  /** Without time to ask anybody, a broker that is connected is one that has answered. */
  #wasHeard(): boolean {
    const { cluster, maxBlockMs } = this.#ports
    return maxBlockMs === 0 && cluster.nodes.some(({ isReady }) => isReady)
  }

  /** Time is up; what is there by now may be seen for the first time. */
  #giveUp(wait: Wait): void {
    if (this.#look(wait)) return
    const { maxBlockMs: limitMs } = this.#ports
    const missing = this.#missing(wait)
    this.#end(wait, () => {
      const { topic, what = '', cause = undefined } = missing ?? {}
      if (topic !== undefined) {
        const facts = { topic, limitMs, cause, persisted: 'no' } as const
        wait.asker.reject(new DeliveryError('METADATA_TIMEOUT', facts))
        return
      }
      const message = `not ready after ${limitMs} ms: ${what}${whyOf(cause)}`
      wait.asker.reject(new ConnectionError('REQUEST_TIMEOUT', message, { limitMs, cause }))
    })
  }

  /** The caller waits no longer: it learns what is missing, with the signal's reason as the cause. */
  #aborted(wait: Wait, reason: unknown): void {
    if (!this.#waiting.has(wait) || this.#look(wait)) return
    const { what = '', cause = undefined } = this.#missing(wait) ?? {}
    const message = `not ready when the signal was aborted: ${what}${whyOf(cause)}`
    const error = new ConnectionError('REQUEST_TIMEOUT', message, { cause: reason })
    this.#end(wait, () => wait.asker.reject(error))
  }

  #isInvalid(topic: string): boolean {
    return this.#ports.topics.refusal(topic)?.code === 'INVALID_TOPIC_EXCEPTION'
  }

  #end(wait: Wait, tell: () => void): void {
    if (!this.#waiting.delete(wait)) return
    wait.deadline.clear()
    for (const topic of wait.topics) this.#ports.topics.release(topic)
    tell()
    this.#ports.release()
  }
}

function whyOf(cause: unknown): string {
  return isError(cause) ? `: ${cause.message}` : ''
}

/** The answer to a caller whose signal is aborted before it asks. */
export function neverAsked(reason: unknown): ConnectionError {
  const message = 'not ready: the signal was already aborted'
  return new ConnectionError('REQUEST_TIMEOUT', message, { cause: reason })
}

const noTopics = { topics: [], allowAutoTopicCreation: true }

function closed(): ConnectionError {
  return new ConnectionError('CLOSED', 'the producer was closed')
}
