import { Observable, Subject } from 'rxjs'
import { inContext } from '../collections/in-context.ts'
import type { DeliveryError } from '../errors/delivery-error.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { AsyncContext } from '../runtime.ts'
import { channelOf, channels, type DiagnosticsTrace } from './channels.ts'

// What a producer has to tell beside results: on `events$`, and on diagnostics channels for those who
// have no handle. Costs nothing while nobody listens. Never a log line, and never a secret: an event has
// names, addresses, numbers and errors.

/** A record batch, as it was when something happened to it. */
export interface BatchSummary {
  readonly topic: string
  readonly partition: number
  /** How many records it has. */
  readonly count: number
  /** Bytes on the wire, header included. */
  readonly size: number
  /** The same before compression. */
  readonly rawSize: number
  /** How often it was sent so far. */
  readonly attempts: number
  /** Milliseconds since its first record was accepted. */
  readonly ageMs: number
}

/**
 * Something that happened inside a producer, told when the results of the same moment are. A listener
 * may do anything: send, unsubscribe, close the producer.
 */
export type ProducerEvent =
  | {
      /** A record of a stream that nobody listens to any more was not delivered. */
      readonly type: 'undelivered'
      readonly error: DeliveryError
    }
  | {
      /** An interceptor threw; it was skipped. */
      readonly type: 'interceptorFailed'
      /** What it threw. */
      readonly error: unknown
      /** What it is, in words, such as `an object (Tracer)`: itself it may hold what is secret. */
      readonly interceptor: string
      /** Its place in `interceptor.classes`, from 0. */
      readonly position: number
    }
  | {
      /** A reporter of metrics threw; the others are told all the same. */
      readonly type: 'reporterFailed'
      /** What it threw. */
      readonly error: unknown
      /** What it is, in words. */
      readonly reporter: string
      /** Its place in `metric.reporters`, from 0. */
      readonly position: number
    }
  | {
      /** A connection to a broker may be used. */
      readonly type: 'connected'
      /** The broker's id; negative for a bootstrap server. */
      readonly node: number
      /** `host:port` */
      readonly address: string
    }
  | {
      /** A connection has ended, or never came to be. */
      readonly type: 'disconnected'
      readonly node: number
      readonly address: string
      /** Why; null where the producer ended it: it was idle, or is closing. */
      readonly cause: KafkaError | null
      /** Whether it could be used before: then there was a `connected` for it. */
      readonly wasReady: boolean
    }
  | {
      /** A broker asked for silence (a quota); nothing is sent to it meanwhile. */
      readonly type: 'throttled'
      readonly node: number
      readonly ms: number
    }
  | {
      /** A partition that was known before has another leader. */
      readonly type: 'leaderChanged'
      readonly topic: string
      readonly partition: number
      /** The broker that led it; -1: none did. */
      readonly from: number
      /** The broker that leads it now; -1: none does. */
      readonly to: number
    }
  | ({
      /** An attempt to send a batch came to nothing; another follows. */
      readonly type: 'retried'
      readonly cause: KafkaError | null
    } & BatchSummary)
  | ({
      /** A batch was too large for its broker, and goes on as so many parts. */
      readonly type: 'split'
      readonly parts: number
    } & BatchSummary)
  | {
      /** A broker has given the producer its id, for idempotence. */
      readonly type: 'identified'
      /** In decimal. A string, for it has 64 bits, and JSON knows no integers of that size. */
      readonly producerId: string
      readonly epoch: number
    }
  | {
      /**
       * Batches of a partition are numbered anew, under the next epoch: one of them was given up, or
       * the broker had lost the numbers. What is acknowledged is not affected.
       */
      readonly type: 'epochBumped'
      readonly producerId: string
      readonly epoch: number
    }
  | {
      /** A transaction has begun, or has ended: `unknown` if nobody has said how. */
      readonly type: 'transaction'
      readonly state: 'begun' | 'committed' | 'aborted' | 'unknown'
      readonly transactionalId: string
      /** How many records it had by then. */
      readonly records: number
      /** How many offsets of source partitions it had by then. */
      readonly offsets: number
      /** Milliseconds since it began. */
      readonly ms: number
      /** Why it was aborted; null where whoever began it wanted that, and where it was not. */
      readonly cause: unknown
    }
  | {
      /** From now on records wait, for `max.block.ms` at most: `buffer.memory` has no room. */
      readonly type: 'bufferFull'
    }
  | {
      /** No record waits for `buffer.memory` any more. */
      readonly type: 'bufferFree'
    }

/** All that is told, to whomever. */
export type News = ProducerEvent | DiagnosticsTrace

export class EventSource {
  #subject = new Subject<ProducerEvent>()
  /**
   * Each listener has a subscriber of its own in front of it: RxJS reports what that lets through, and
   * what its teardowns throw at the end. A Subject alone would tell those behind it nothing then. Each
   * is told in the async context that it has subscribed in.
   */
  readonly events$ = new Observable<ProducerEvent>((out) => {
    const context = this.#context()
    return this.#subject.subscribe({
      next: (event) => inContext(context, out.next, out, event),
      complete: () => inContext(context, out.complete, out, null),
    })
  })
  #clientId: string
  #context: () => AsyncContext | null

  /** `context` gives the async context of its caller. */
  constructor(clientId: string, context: () => AsyncContext | null = () => null) {
    this.#clientId = clientId
    this.#context = context
  }

  /** Whether anybody listens to anything. */
  get isListening(): boolean {
    if (this.#subject.observed) return true
    for (const channel of channels) if (channel.hasSubscribers) return true
    return false
  }

  /** Whether anybody would hear of an event that has a place on `events$`. */
  hears(type: ProducerEvent['type']): boolean {
    return this.#subject.observed || channelOf[type].hasSubscribers
  }

  publish(event: ProducerEvent): void {
    this.trace(event)
    this.#subject.next(event)
  }

  /** Tells the diagnostics channel alone. Node reports what its subscribers throw, later. */
  trace(news: News): void {
    const channel = channelOf[news.type]
    if (channel.hasSubscribers) channel.publish({ ...news, clientId: this.#clientId })
  }

  complete(): void {
    this.#subject.complete()
  }
}
