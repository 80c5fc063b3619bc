// Compiled, never run: records have to fit their serializers, and results have the types of the
// records. `tsc` reads this file with the rest, and an expected error that does not occur is an
// error.

import { map, type Observable, of } from 'rxjs'
import {
  KafkaProducer,
  type ProducerConfig,
  type ProducerRecord,
  paced,
  type RecordMetadata,
  type SendResult,
  serializers,
  toKafka,
  toKafkaSettled,
} from 'to-kafka'

interface Order {
  readonly id: string
  readonly amount: number
}

declare const orders$: Observable<Order>
declare const untyped: ProducerConfig
declare const runtimeConfig: ProducerConfig<string, Order>

const bootstrap = { 'bootstrap.servers': 'localhost:9092' } as const
const orderSerializer = (order: Order | null) => order && `${order.id}:${order.amount}`
const text$ = of({ topic: 't', key: 'k', value: 'v' })
const order$ = orders$.pipe(map((order) => ({ topic: 'orders', key: order.id, value: order })))

// With untyped serializers, any record fits.
text$.pipe(toKafka(bootstrap))
text$.pipe(toKafka(untyped))
text$.pipe(toKafkaSettled(untyped))
order$.pipe(toKafka({ ...bootstrap, 'value.serializer': serializers.json }))
of<ProducerRecord>({ topic: 't', value: 1 }).pipe(toKafka(untyped))

// Typed serializers accept what fits them.
order$.pipe(toKafka({ ...bootstrap, 'value.serializer': orderSerializer }))
order$.pipe(
  toKafka({
    ...bootstrap,
    'key.serializer': serializers.string,
    'value.serializer': orderSerializer,
  }),
)
order$.pipe(toKafka(runtimeConfig))
of({ topic: 't', value: 42n }).pipe(
  toKafka({ ...bootstrap, 'value.serializer': serializers.int64 }),
)
of({ topic: 't', value: null }).pipe(toKafka({ ...bootstrap, 'value.serializer': orderSerializer }))

// Java's classes that have a counterpart here are accepted by name, and only by their exact names.
const java = 'org.apache.kafka.common.serialization.'
order$.pipe(toKafka({ ...bootstrap, 'value.serializer': `${java}IntegerSerializer` }))
new KafkaProducer({ ...bootstrap, 'key.serializer': `${java}UUIDSerializer` })
// @ts-expect-error not without its package
toKafka({ ...bootstrap, 'key.serializer': 'StringSerializer' })
// @ts-expect-error there is no twin of this one
toKafka({ ...bootstrap, 'key.serializer': `${java}ListSerializer` })

// And refuse what does not fit.
// @ts-expect-error a string is no Order
text$.pipe(toKafka({ ...bootstrap, 'value.serializer': orderSerializer }))
// @ts-expect-error a string is no number
text$.pipe(toKafka({ ...bootstrap, 'key.serializer': serializers.int32 }))
// @ts-expect-error a string is no Order
text$.pipe(toKafka(runtimeConfig))
// @ts-expect-error a string is no Order
text$.pipe(toKafkaSettled(runtimeConfig))
// @ts-expect-error without a topic it is no record
of({ value: 'v' }).pipe(toKafka(bootstrap))

// A producer has the types that its serializers accept.
const any = new KafkaProducer(bootstrap)
const typed = new KafkaProducer({
  ...bootstrap,
  'key.serializer': serializers.string,
  'value.serializer': orderSerializer,
})
text$.pipe(toKafka(any))
order$.pipe(toKafka(typed))
order$.pipe(toKafkaSettled(typed))
// @ts-expect-error a string is no Order
text$.pipe(toKafka(typed))
// @ts-expect-error a string is no Order
text$.pipe(toKafkaSettled(typed))
void any.send({ topic: 't', value: 'v' })
void typed.send({ topic: 'orders', key: 'k', value: { id: 'a', amount: 1 } })
void typed.send({ topic: 'orders', key: null, value: null })
// @ts-expect-error a string is no Order
void typed.send({ topic: 'orders', value: 'v' })
const lines$: Observable<string> = paced(['a'], typed)
const numbers$: Observable<number> = paced(new Set([1]), any)
const chunks$: Observable<Uint8Array> = paced(new ReadableStream<Uint8Array>(), any)

// Results have the exact type of the input.
interface Tracked extends ProducerRecord<string, Order> {
  readonly done: () => void
}
declare const tracked$: Observable<Tracked>
const acknowledged: Observable<RecordMetadata<Tracked>> = tracked$.pipe(toKafka(runtimeConfig))
acknowledged.subscribe(({ record }) => record.done())
tracked$.pipe(toKafka(untyped)).subscribe(({ record }) => record.done())
const settled: Observable<SendResult<Tracked>> = tracked$.pipe(toKafkaSettled(untyped))
settled.subscribe((result) => {
  if (result.status === 'fulfilled') result.metadata.record.done()
  else result.error.record.done()
})
void any.send({ topic: 't', value: 'v', trace: 7 }).then(({ record }) => record.trace.toFixed())

// An operator can be created before there is a source.
const deliver = toKafka<Tracked>(untyped)
tracked$.pipe(deliver)
// @ts-expect-error it is for Tracked records
text$.pipe(deliver)
const deliverAny = toKafka(untyped)
text$.pipe(deliverAny)

export { acknowledged, chunks$, lines$, numbers$, settled }
