// A producer in NestJS: one for the application, made by a factory, closed when the application is;
// and a service that sends through it. `app.enableShutdownHooks()` makes SIGTERM close the
// application, and Nest waits for the promises of its hooks.
// In your own application, @Module and @Injectable replace the objects here. A class then gets the producer by
// `constructor(private readonly producer: KafkaProducer)`.

import type { DynamicModule, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common'
import { map, Subject, share } from 'rxjs'
import { KafkaProducer, type ProducerConfig, serializers, toKafkaSettled } from 'to-kafka'

/** The application's producer. It does nothing until it gets its first record. */
class ApplicationProducer extends KafkaProducer implements OnApplicationShutdown {
  /** Comes after every `onModuleDestroy`: what was given till then is delivered. */
  onApplicationShutdown(): Promise<void> {
    return this.close()
  }
}

/** Gives the whole application its {@link KafkaProducer}. */
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
  /** What became of each order that was placed. One that fails ends nothing. */
  readonly results$

  constructor(producer: KafkaProducer) {
    this.#producer = producer
    this.results$ = this.#placed.pipe(
      map((order) => ({ topic: 'orders', key: order.id, value: order })),
      toKafkaSettled(producer),
      share(), // one sending, however many listen
    )
    this.results$.subscribe()
  }

  /** Goes on at once: what became of it comes out of `results$`. */
  place(order: Order): void {
    this.#placed.next(order)
  }

  /** Resolves when Kafka has it. */
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
