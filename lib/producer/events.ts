import { Observable, Subject } from 'rxjs'
import { inContext } from '../collections/in-context.ts'
import type { DeliveryError } from '../errors/delivery-error.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { AsyncContext } from '../runtime.ts'
import { channelOf, channels, type DiagnosticsTrace } from './channels.ts'

// What a producer reports besides results: on `events$`, and on diagnostics channels for code that does
// not have the producer at hand. It costs nothing without a listener. Nothing is logged, and no event has
// a secret: an event has names, addresses, numbers and errors.

/** A record batch at the moment of an event. */
export interface BatchSummary {
  readonly topic: string
  readonly partition: number
  /** The number of records. */
  readonly count: number
  /** Bytes on the wire, including the header. */
  readonly size: number
  /** Bytes before compression. */
  readonly rawSize: number
  /** How often it has been sent so far. */
  readonly attempts: number
  /** Milliseconds since its first record was accepted. */
  readonly ageMs: number
}

/**
 * Something that happened inside a producer. Events are emitted together with the results of the same
 * moment. A listener may send records, unsubscribe, close the producer, or throw.
 */
export type ProducerEvent =
  | {
      /** A record was not delivered after its stream had been unsubscribed, so nobody got that as a result. */
      readonly type: 'undelivered'
      readonly error: DeliveryError
    }
  | {
      /** An interceptor threw; it was skipped. */
      readonly type: 'interceptorFailed'
      /** What it threw. */
      readonly error: unknown
      /** A description, such as `an object (Tracer)`. The interceptor itself may hold secrets. */
      readonly interceptor: string
      /** Its place in `interceptor.classes`, from 0. */
      readonly position: number
    }
  | {
      /** One of the `metric.reporters` threw. The others were called all the same. */
      readonly type: 'reporterFailed'
      /** What it threw. */
      readonly error: unknown
      /** A description of the reporter. */
      readonly reporter: string
      /** Its place in `metric.reporters`, from 0. */
      readonly position: number
    }
  | {
      /**
       * A connection to a broker is ready. If a bootstrap server's connection goes on as that of the broker at the
       * same address, it is reported as `disconnected` and `connected` once more, by the broker's id.
       */
      readonly type: 'connected'
      /** The broker's id; negative for a bootstrap server. */
      readonly node: number
      /** `host:port` */
      readonly address: string
    }
  | {
      /** A connection has ended, or could not be made. */
      readonly type: 'disconnected'
      readonly node: number
      readonly address: string
      /** The reason; null if the producer closed it because it was idle, is closing itself, or goes on with it. */
      readonly cause: KafkaError | null
      /** Whether it was ready before, so that there was a `connected` event. */
      readonly wasReady: boolean
    }
  | {
      /** A broker throttled this client (a quota). Nothing is sent to it for `ms` milliseconds. */
      readonly type: 'throttled'
      readonly node: number
      readonly ms: number
    }
  | {
      /** A known partition has a new leader. */
      readonly type: 'leaderChanged'
      readonly topic: string
      readonly partition: number
      /** The previous leader's id; -1 if there was none. */
      readonly from: number
      /** The new leader's id; -1 if there is none. */
      readonly to: number
    }
  | ({
      /** An attempt to send a batch failed, and it is sent again. */
      readonly type: 'retried'
      readonly cause: KafkaError | null
    } & BatchSummary)
  | ({
      /** A batch was too large for its broker, and is sent in `parts` batches. */
      readonly type: 'split'
      readonly parts: number
    } & BatchSummary)
  | {
      /** A broker assigned the producer's id, for idempotence or for transactions. */
      readonly type: 'identified'
      /** In decimal. A string, because JSON numbers cannot hold 64 bits. */
      readonly producerId: string
      readonly epoch: number
    }
  | {
      /**
       * Sequence numbers start again, under another epoch: a batch has failed, or the broker had lost the
       * numbers. Acknowledged records are not affected. With a `transactional.id`, the coordinator was asked
       * for the epoch; the one that each transaction's end gives (Kafka 4.0 and later) is not an event.
       */
      readonly type: 'epochBumped'
      readonly producerId: string
      readonly epoch: number
    }
  | {
      /** A transaction has begun or ended. `unknown`: no broker answered how it ended. */
      readonly type: 'transaction'
      readonly state: 'begun' | 'committed' | 'aborted' | 'unknown'
      readonly transactionalId: string
      /** The number of its records at that moment. */
      readonly records: number
      /** The number of its source partitions with an offset, at that moment. */
      readonly offsets: number
      /** Milliseconds since it began. */
      readonly ms: number
      /** Why it was aborted; null if it was not, or if the caller aborted it. */
      readonly cause: unknown
    }
  | {
      /** `buffer.memory` has no room. Records wait from now on, for at most `max.block.ms`. */
      readonly type: 'bufferFull'
    }
  | {
      /** Records no longer wait for `buffer.memory`. */
      readonly type: 'bufferFree'
    }

/** Everything that is reported, to any listener. */
export type News = ProducerEvent | DiagnosticsTrace

export class EventSource {
  #subject = new Subject<ProducerEvent>()
  /**
   * Each listener has its own subscriber in front of it: RxJS reports what that lets through, and what its
   * teardowns throw at the end. With a Subject alone, later listeners would not be called then. Each is
   * called in the async context in which it subscribed.
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

  /** `context` returns the async context of its caller. */
  constructor(clientId: string, context: () => AsyncContext | null = () => null) {
    this.#clientId = clientId
    this.#context = context
  }

  /** Whether anything has a listener. */
  get isListening(): boolean {
    if (this.#subject.observed) return true
    for (const channel of channels) if (channel.hasSubscribers) return true
    return false
  }

  /** Whether an event of `events$` would reach a listener. */
  hears(type: ProducerEvent['type']): boolean {
    return this.#subject.observed || channelOf[type].hasSubscribers
  }

  publish(event: ProducerEvent): void {
    this.trace(event)
    this.#subject.next(event)
  }

  /** Publishes on the diagnostics channel alone. Node reports what its subscribers throw, later. */
  trace(news: News): void {
    const channel = channelOf[news.type]
    if (channel.hasSubscribers) channel.publish({ ...news, clientId: this.#clientId })
  }

  complete(): void {
    this.#subject.complete()
  }
}
