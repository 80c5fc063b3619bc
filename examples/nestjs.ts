// A producer in NestJS: one for the application, created by a factory and closed with the application; and a service
// that uses it. `app.enableShutdownHooks()` makes SIGTERM close the application, and Nest waits for the promises of
// its hooks. In your own application, @Module and @Injectable replace the objects here. A class then gets the
// producer with `constructor(private readonly producer: KafkaProducer)`.

import type { DynamicModule, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common'
import { map, Subject, share } from 'rxjs'
import { KafkaProducer, type ProducerConfig, serializers, toKafkaSettled } from 'to-kafka'

/** The application's producer. It does nothing until it gets its first record. */
class ApplicationProducer extends KafkaProducer implements OnApplicationShutdown {
  /** Runs after every `onModuleDestroy`: records sent until then are delivered. */
  onApplicationShutdown(): Promise<void> {
    return this.close()
  }
}

/** Provides the {@link KafkaProducer} for the whole application. */
export function kafkaModule(config: ProducerConfig): DynamicModule {
  return {
    module: class KafkaModule {},
    global: true,
    providers: [{ provide: KafkaProducer, useFactory: () => new ApplicationProducer(config) }],
    exports: [KafkaProducer],
  }
}

export interface Order {
  readonly id: string
  readonly amount: number
}

export class OrdersService implements OnModuleDestroy {
  readonly #producer: KafkaProducer
  readonly #placed = new Subject<Order>()
  /** The result of each order. A failed order does not end the stream. */
  readonly results$

  constructor(producer: KafkaProducer) {
    this.#producer = producer
    this.results$ = this.#placed.pipe(
      map((order) => ({ topic: 'orders', key: order.id, value: order })),
      toKafkaSettled(producer),
      share(), // each order is sent once, however many subscribers there are
    )
    this.results$.subscribe()
  }

  /** Returns at once; the result is emitted by `results$`. */
  place(order: Order): void {
    this.#placed.next(order)
  }

  /** Resolves when the order is in Kafka. */
  async cancel(id: string): Promise<void> {
    await this.#producer.send({ topic: 'orders', key: id, value: null })
  }

  onModuleDestroy(): void {
    this.#placed.complete()
  }
}

/** The application, for `NestFactory.create(ordersModule(config))`. */
export function ordersModule(config: ProducerConfig): DynamicModule {
  return {
    module: class OrdersModule {},
    imports: [kafkaModule({ ...config, 'value.serializer': serializers.json })],
    providers: [
      {
        provide: OrdersService,
        useFactory: (producer: KafkaProducer) => new OrdersService(producer),
        inject: [KafkaProducer],
      },
    ],
  }
}
