// Compiled, never run: an item and its records keep their types through toKafkaEach.

import { map, type Observable } from 'rxjs'
import { KafkaProducer, type ProducerConfig, serializers, toKafkaEach } from 'to-kafka'

interface Message {
  readonly id: number
  readonly lines: readonly string[]
}

declare const messages$: Observable<Message>
declare const config: ProducerConfig

const traced: Observable<number> = messages$.pipe(
  toKafkaEach(config, ({ id, lines }) => lines.map((value) => ({ topic: 't', value, id }))),
  map(({ item, metadata }) => item.id + metadata.reduce((sum, { record }) => sum + record.id, 0)),
)
const one = messages$.pipe(toKafkaEach(config, ({ id }) => ({ topic: 't', value: `${id}` })))
const none = messages$.pipe(
  toKafkaEach(config, ({ id }) => (id > 0 ? { topic: 't', value: `${id}` } : null)),
)

const texts = {
  'bootstrap.servers': 'localhost:9092',
  'value.serializer': serializers.string,
} as const

// A value that no serializer accepts is refused, and so is an order, because there is only one.
// @ts-expect-error
messages$.pipe(toKafkaEach(texts, ({ id }) => ({ topic: 't', value: id })))
// @ts-expect-error
messages$.pipe(toKafkaEach(config, () => null, { order: 'partition' }))

const typed = new KafkaProducer({
  'bootstrap.servers': 'localhost:9092',
  'value.serializer': serializers.json,
})
const values = messages$.pipe(toKafkaEach(typed, (value) => ({ topic: 't', value })))

export { none, one, traced, values }
