// The same as ProducerPerformance, with this library: sends a number of records as fast as possible, then prints the
// rate. Started by kafka.ts: kafka-client.mjs <records> <topic> <producer's settings as JSON>

import { KafkaProducer } from '../build/lib/index.js'
import { throughOperator } from './feeds.mjs'
import { values } from './records.mjs'

const [records, topic, settings] = process.argv.slice(2)
const value = values(100)
const producer = new KafkaProducer(JSON.parse(settings))
const begun = performance.now()
await throughOperator(producer, Number(records), (index) => ({ topic, value: value(index) }))
const seconds = (performance.now() - begun) / 1000
await producer.close()
const mib = Math.round(process.resourceUsage().maxRSS / 1024)
console.log(
  `${records} records sent, ${(Number(records) / seconds).toFixed(1)} records/sec, ${mib} MiB`,
)
