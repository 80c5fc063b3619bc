import diagnostics from 'node:diagnostics_channel'
import { type Observable, Subject } from 'rxjs'
import type { DeliveryError } from '../errors/delivery-error.ts'
import type { Interceptor } from '../model.ts'

// What a producer has to tell beside results: on `events$`, and on diagnostics channels for those who
// have no handle. Costs nothing while nobody listens. Never a log line.

/** Something that happened inside a producer. */
export type ProducerEvent =
  | {
      /** A record of a stream that nobody listens to any more was not delivered. */
      readonly type: 'undelivered'
      readonly error: DeliveryError
    }
  | {
      /** An interceptor threw; it was skipped. */
      readonly type: 'interceptorFailed'
      readonly error: unknown
      readonly interceptor: Interceptor
    }

const channels = {
  undelivered: diagnostics.channel('to-kafka:undelivered'),
  interceptorFailed: diagnostics.channel('to-kafka:interceptor-failed'),
} as const satisfies Record<ProducerEvent['type'], diagnostics.Channel>

export class EventSource {
  #subject = new Subject<ProducerEvent>()
  #clientId: string

  constructor(clientId: string) {
    this.#clientId = clientId
  }

  get events$(): Observable<ProducerEvent> {
    return this.#subject.asObservable()
  }

  publish(event: ProducerEvent): void {
    const channel = channels[event.type]
    if (channel.hasSubscribers) channel.publish({ ...event, clientId: this.#clientId })
    if (this.#subject.observed) this.#subject.next(event)
  }

  complete(): void {
    this.#subject.complete()
  }
}
