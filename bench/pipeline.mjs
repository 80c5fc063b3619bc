// The whole pipeline to a transport without a network: the cost of a record in this library, from the source to its
// result, without sockets and without a broker's work.

import { KafkaProducer } from '../build/lib/index.js'
import { throughOperator, throughSends } from './feeds.mjs'
import { measure, print, ratio, thousands, whole } from './measure.mjs'
import { NullBroker } from './null-broker.mjs'
import { make, values } from './records.mjs'

const topic = 'bench'
const million = 1_000_000
const value = values(100)
const kib = values(1024)
const keys = Array.from({ length: 10_000 }, (_, index) => `key-${index}`)

const keyless = (index) => ({ topic, value: value(index) })
const keyed = (index) => ({ topic, key: keys[index % keys.length], value: value(index) })
/**
 * To a thousand partitions: scattered as with keys, and 32 records in a row to each. The number of waiting records is
 * the same.
 */
const scattered = (index) => ({
  topic,
  partition: (Math.imul(index, 0x9e3779b1) >>> 0) % 1000,
  value: value(index),
})
const inRuns = (index) => ({ topic, partition: ((index >> 5) * 7) % 1000, value: value(index) })
const large = (index) => ({ topic, value: kib(index) })

/** What is sent before the measurement: it sets up connections, metadata and an identity, and compiles the code. */
const warmUp = 50_000

function line(name, { partitions, records = million, record = keyless, ...how }) {
  const { feed = throughOperator, config } = how
  const open = async () => {
    const broker = new NullBroker(topic, partitions)
    const { runtime, bootstrapServers } = broker
    const settings = { 'bootstrap.servers': bootstrapServers, 'batch.size': 131_072, ...config }
    const producer = new KafkaProducer(settings, { runtime })
    await feed(producer, warmUp, record)
    const run = async () => {
      const before = broker.facts
      await feed(producer, records, record)
      return since(before, broker.facts)
    }
    return { run, close: () => producer.close() }
  }
  return { name, records, open }
}

function since(before, after) {
  const batches = after.batches - before.batches
  const records = after.records - before.records
  const own = ((after.ownMs - before.ownMs) * 1e6) / records
  return {
    own,
    perBatch: records / batches,
    perRequest: batches / (after.requests - before.requests),
  }
}

function made(name, records, record) {
  return { name, records, open: () => () => make(records, record) }
}

const results = await measure([
  made('records made', million, keyless),
  made('records of 1 KiB made', 200_000, large),
  line('1 partition', { partitions: 1 }),
  line('12 partitions', { partitions: 12 }),
  line('100 partitions', { partitions: 100 }),
  line('10,000 partitions', { partitions: 10_000 }),
  line('12 partitions, keyed', { partitions: 12, record: keyed }),
  line('100 partitions, keyed', { partitions: 100, record: keyed }),
  line('1,000 partitions, scattered', { partitions: 1000, record: scattered }),
  line('1,000 partitions, 32 records in a row', { partitions: 1000, record: inRuns }),
  line('10,000 partitions, keyed', { partitions: 10_000, record: keyed, records: 200_000 }),
  line('12 partitions, 1 KiB', { partitions: 12, record: large, records: 200_000 }),
  line('12 partitions, snappy', { partitions: 12, config: { 'compression.type': 'snappy' } }),
  line('12 partitions, `send()`, 1000 awaited', {
    partitions: 12,
    feed: throughSends,
    records: 500_000,
    config: { 'linger.ms': 0, 'batch.size': 16_384 },
  }),
])

const costOf = (wanted) => results.find(({ name }) => name === wanted).cpu
const floor = costOf('records made')
const one = costOf('1 partition')

print({
  title: 'The whole pipeline to a null transport',
  columns: [
    'line',
    'CPU ns a record',
    '× records made',
    '× 1 partition',
    'of it the null broker',
    'thousand records/s',
    'records a batch',
    'batches a request',
  ],
  rows: results.map(({ name, cpu, elapsed, facts }) => [
    name,
    whole(cpu),
    ratio(cpu / floor),
    ratio(cpu / one),
    ...(facts.perBatch ? [whole(facts.own), thousands(elapsed)] : ['', thousands(elapsed)]),
    ...(facts.perBatch ? [whole(facts.perBatch), facts.perRequest.toFixed(1)] : ['', '']),
  ]),
  not: `sockets and system calls, a broker that looks at what it gets, its delay: an answer comes in the next
turn of the event loop, so that few requests are on their way at once. \`paced\` → \`toKafka\`, 100 bytes,
idempotent, \`batch.size\` 131072, unless the line says otherwise; \`send()\` with \`linger.ms\` 0 and
\`batch.size\` 16384. Keyed: 10,000 distinct keys. The null broker's share is elapsed time.`,
})
