// A stream that no single bad record can end: toKafkaSettled emits a result for each record, and records that could not be
// delivered are sent to another topic, with the reason.
// Run it: `npm start`, then `node build/examples/settled.js`.

import { concatMap, EMPTY, from, lastValueFrom, map, tap } from 'rxjs'
import { KafkaProducer, serializers, toKafkaSettled } from 'to-kafka'
import { MockCluster } from 'to-kafka/testing'

const cluster = await MockCluster.start({
  topics: { readings: { partitions: 2 }, 'dead-letters': {} },
})

const loop: { sensor: string; self?: unknown } = { sensor: 'loop' }
loop.self = loop
const readings = [
  { sensor: 'attic', celsius: 31.5 },
  loop, // JSON cannot represent this
  { sensor: 'cellar', celsius: 12.5 },
  { sensor: 'camera', picture: 'x'.repeat(2_000_000) }, // larger than max.request.size
  { sensor: 'attic', celsius: 31.7 },
]

const server = { 'bootstrap.servers': cluster.bootstrapServers, 'linger.ms': 0 }
const producer = new KafkaProducer({ ...server, 'value.serializer': serializers.json })
const deadLetters = new KafkaProducer(server)

await lastValueFrom(
  from(readings).pipe(
    map((reading) => ({ topic: 'readings', key: reading.sensor, value: reading })),
    toKafkaSettled(producer),
    tap((result) => {
      if (result.status === 'fulfilled') console.log(`delivered: ${result.metadata.record.key}`)
    }),
    concatMap((result) => {
      if (result.status === 'fulfilled') return EMPTY
      const { error, record } = result
      // `possibly`: an attempt may have reached the log, so sending it again may repeat it.
      console.log(`refused: ${record.key}, ${error.code}, persisted: ${error.persisted}`)
      return deadLetters.send({
        topic: 'dead-letters',
        key: record.key,
        value: error.message,
        headers: { code: error.code, 'original-topic': record.topic },
      })
    }),
  ),
  { defaultValue: null },
)

await Promise.all([producer.close(), deadLetters.close()])
const landed = await cluster.records('readings')
const letters = await cluster.records('dead-letters')
console.log(`${landed.length} readings, ${letters.length} dead letters`)
await cluster.close()
