// A CSV file of any size: the parser is pulled only while the producer can take more, so neither the file nor its rows
// pile up in memory. Run it: `npm start`, then
//
//   KAFKA_BOOTSTRAP_SERVERS=localhost:9092 node build/examples/csv-file.js people.csv people

import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { parse } from 'csv-parse'
import { count, lastValueFrom, map } from 'rxjs'
import { KafkaProducer, paced, serializers, toKafka } from 'to-kafka'

type Row = Readonly<Record<string, string>>

/** One record for each row, with the names of the first line; the first column is the key. */
export function csvToKafka(file: string, topic: string, producer: KafkaProducer) {
  // Not `.pipe()`: with pipeline, a file that cannot be read ends the rows, and an unsubscribe closes the file.
  const rows: AsyncIterable<Row> = pipeline(
    createReadStream(file),
    parse({ columns: true, bom: true }),
    () => {},
  )
  return paced(rows, producer).pipe(
    map((row) => ({ topic, key: Object.values(row)[0], value: row })),
    toKafka(producer),
  )
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , file = 'people.csv', topic = 'people'] = process.argv
  const producer = new KafkaProducer({
    'bootstrap.servers': process.env['KAFKA_BOOTSTRAP_SERVERS'] ?? 'localhost:9092',
    'compression.type': 'snappy',
    'value.serializer': serializers.json,
  })
  try {
    const rows = await lastValueFrom(csvToKafka(file, topic, producer).pipe(count()))
    console.log(`${rows} rows of ${file} are in ${topic}`)
  } finally {
    await producer.close()
  }
}
