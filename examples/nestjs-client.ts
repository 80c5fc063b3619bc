// A NestJS client for Kafka that replaces the one based on kafkajs: services inject it and emit events with it.
//
//   ClientsModule.register([{ name: 'KAFKA', customClass: KafkaClient, options: { 'bootstrap.servers': … } }])
//   constructor(@Inject('KAFKA') private readonly client: ClientProxy) {}
//   this.client.emit('orders', { key: order.id, value: order })
//
// The pattern is the topic. Data is what Nest's own client accepts: a record without its topic (`key`, `value`,
// `headers`, `partition`), or only a value. A value that is neither text nor bytes becomes JSON. `emit` and `send`
// both return the metadata of the record, because Kafka has no answers. It needs @nestjs/microservices, of Nest 10,
// 11 or 12.

import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices'
import { filter, type Observable, Subject } from 'rxjs'
import {
  KafkaProducer,
  type ProducerConfig,
  type ProducerEvent,
  type ProducerRecord,
  type RecordMetadata,
} from 'to-kafka'

/** What `on` accepts: each event of the producer, by its type. */
export type KafkaEvents = {
  readonly [Type in ProducerEvent['type']]: (event: Extract<ProducerEvent, { type: Type }>) => void
}

export class KafkaClient extends ClientProxy<KafkaEvents> {
  readonly #config: ProducerConfig
  readonly #events = new Subject<ProducerEvent>()
  #producer: KafkaProducer | null = null
  #ready: Promise<void> | null = null

  constructor(config: ProducerConfig) {
    super()
    this.#config = config
  }

  /**
   * Resolves when a broker has answered; Nest waits for it before each packet. After a failure, it is tried again.
   */
  connect(): Promise<void> {
    this.#ready ??= this.#open()
      .ready()
      .catch((error) => {
        this.#ready = null
        throw error
      })
    return this.#ready
  }

  /** Delivers what was emitted. Nest calls it when the application shuts down. */
  async close(): Promise<void> {
    const producer = this.#producer
    this.#producer = null
    this.#ready = null
    await producer?.close()
  }

  override on<Type extends keyof KafkaEvents>(type: Type, listener: KafkaEvents[Type]): void {
    const ofType$ = this.#events.pipe(filter((event) => event.type === type))
    ofType$.subscribe(listener as (event: ProducerEvent) => void)
  }

  override unwrap<T = KafkaProducer>(): T {
    if (this.#producer === null) throw new Error('the client is not connected: call connect()')
    return this.#producer as T
  }

  protected override dispatchEvent<T = RecordMetadata>(packet: ReadPacket): Promise<T> {
    return this.unwrap().send(this.#recordOf(packet)) as Promise<T>
  }

  /** If the subscriber leaves before its record is in a batch, the record is withdrawn. */
  protected override publish(
    packet: ReadPacket,
    answer: (packet: WritePacket) => void,
  ): () => void {
    const left = new AbortController()
    this.unwrap()
      .send(this.#recordOf(packet), { signal: left.signal })
      .then(
        (response) => answer({ response, isDisposed: true }),
        (err) => answer({ err, isDisposed: true }),
      )
    return () => left.abort()
  }

  #open(): KafkaProducer {
    if (this.#producer !== null) return this.#producer
    const producer = new KafkaProducer(this.#config)
    producer.events$.subscribe((event) => this.#events.next(event))
    // Nest 10 has no statuses.
    statusOf(producer).subscribe((status) => this._status$?.next(status))
    this.#producer = producer
    return producer
  }

  #recordOf({ pattern, data }: ReadPacket): ProducerRecord {
    const isRecord = typeof data === 'object' && ('key' in data || 'value' in data)
    const record = isRecord ? data : { value: data }
    return { ...record, topic: this.normalizePattern(pattern), value: encoded(record.value) }
  }
}

/** `connected` while a broker is connected, otherwise `disconnected`. */
function statusOf({ events$ }: KafkaProducer): Observable<string> {
  const status$ = new Subject<string>()
  let connections = 0
  events$.subscribe({
    next(event) {
      if (event.type === 'connected') connections += 1
      else if (event.type === 'disconnected' && event.wasReady) connections -= 1
      else return
      status$.next(connections > 0 ? 'connected' : 'disconnected')
    },
    complete: () => status$.complete(),
  })
  return status$
}

function encoded(value: unknown): string | Uint8Array | null {
  if (value === null || typeof value === 'string' || value instanceof Uint8Array) return value
  return JSON.stringify(value)
}
