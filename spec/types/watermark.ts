// Compiled, never run: the types of a watermark follow from what is piped into it.

import { endWith, from, ignoreElements, map, mergeMap, type Observable, of, pipe } from 'rxjs'
import {
  KafkaProducer,
  nextOffset,
  type ProducerConfig,
  toKafka,
  toKafkaSettled,
  watermark,
} from 'to-kafka'

interface Message {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly generation: number
}

declare const messages$: Observable<Message>
declare const config: ProducerConfig
declare const deadLetter: (record: { readonly message: Message }) => Promise<void>

const producer = new KafkaProducer(config)
const records$ = messages$.pipe(map((message) => ({ topic: 'out', key: 'k', value: 'v', message })))

// The output is what `position` returned.
const generations: Observable<number> = records$.pipe(
  watermark(({ message }) => message, toKafka(producer)),
  map(({ generation }) => generation),
)
const settled: Observable<Message> = records$.pipe(
  watermark(({ message }) => message, toKafkaSettled(config)),
)

// Any names of the item's fields are accepted.
const dealtWith: Observable<Message> = records$.pipe(
  watermark(
    ({ message }) => message,
    pipe(
      toKafkaSettled(producer),
      mergeMap((result) =>
        result.status === 'fulfilled'
          ? of(result.metadata)
          : deadLetter(result.record).then(() => ({ record: result.record })),
      ),
    ),
  ),
)
const several: Observable<Message> = messages$.pipe(
  watermark(
    (message) => message,
    mergeMap((message) =>
      from(['a', 'b']).pipe(
        map((value) => ({ topic: 'out', value })),
        toKafka(producer),
        ignoreElements(),
        endWith({ record: message }),
      ),
    ),
  ),
)

// kafkajs has offsets as text: offset + 1 would be longer, not larger.
const consumed$ = of({ topic: 'out', value: 'v', offset: '7', partition: 0 })
consumed$.pipe(
  // @ts-expect-error a string is no offset
  watermark(({ offset, partition }) => ({ offset, partition }), toKafka(producer)),
)
consumed$.pipe(
  watermark(({ offset, partition }) => ({ offset: BigInt(offset), partition }), toKafka(producer)),
  map((position): string => String(nextOffset(position))),
)

// @ts-expect-error a position has an offset
records$.pipe(watermark(() => ({ partition: 0 }), toKafka(producer)))
records$.pipe(
  watermark(
    ({ message }) => message,
    // @ts-expect-error that names nothing
    map(() => 'done'),
  ),
)

export { dealtWith, generations, settled, several }
