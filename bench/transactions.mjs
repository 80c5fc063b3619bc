// The cost of a transaction compared with the same records without one: chunks of a stream, each through its own
// operator, to a broker in memory; and the memory of results that wait for a commit.

import { concatMap, count, from, lastValueFrom, range } from 'rxjs'
import { inTransaction, KafkaProducer, toKafka } from 'to-kafka'
import { measure, print, ratio, whole } from './measure.mjs'
import { NullBroker } from './null-broker.mjs'
import { values } from './records.mjs'

const topic = 'bench'
const value = values(100)
const record = (index) => ({ topic, value: value(index) })

function chunk(first, size) {
  return Array.from({ length: size }, (_, index) => record(first + index))
}

async function through(operator, chunks, size) {
  const results$ = range(chunks).pipe(
    concatMap((index) => from(chunk(index * size, size)).pipe(operator)),
    count(),
  )
  const done = await lastValueFrom(results$)
  if (done !== chunks * size) throw new Error(`${done} of ${chunks * size} have results`)
}

function line(name, { size, chunks, transactional }) {
  const open = async () => {
    const { runtime, bootstrapServers } = new NullBroker(topic, 12)
    const config = { 'bootstrap.servers': bootstrapServers, 'batch.size': 131_072, 'linger.ms': 0 }
    const id = transactional ? { 'transactional.id': 'bench' } : {}
    const producer = new KafkaProducer({ ...config, ...id }, { runtime, warnings: false })
    const operator = transactional ? inTransaction(producer) : toKafka(producer)
    await through(operator, 5, size)
    return { run: () => through(operator, chunks, size), close: () => producer.close() }
  }
  return { name, records: size * chunks, open }
}

/** The heap bytes for each record of a transaction whose results wait, without the record object itself. */
async function heldBytes(records) {
  const { runtime, bootstrapServers } = new NullBroker(topic, 12)
  const config = { 'bootstrap.servers': bootstrapServers, 'transactional.id': 'bench' }
  const producer = new KafkaProducer(config, { runtime, warnings: false })
  const all = chunk(0, records)
  await producer.transaction((tx) => void tx.send(all[0]))
  globalThis.gc()
  const before = process.memoryUsage().heapUsed
  let held = 0
  const operator = inTransaction(producer, { maxRecords: Number.POSITIVE_INFINITY })
  const source = async function* () {
    for (const one of all) yield one
    // By now, everything is acknowledged, and nothing is committed.
    await new Promise((resolve) => setTimeout(resolve, 2000))
    globalThis.gc()
    held = process.memoryUsage().heapUsed - before
  }
  await lastValueFrom(from(source()).pipe(operator, count()))
  await producer.close()
  return held / records
}

const sizes = [
  [10_000, 50],
  [1_000, 300],
  [100, 2000],
]
const results = await measure(
  sizes.flatMap(([size, chunks]) => [
    line(`toKafka, ${size} at a time`, { size, chunks, transactional: false }),
    line(`inTransaction, ${size} at a time`, { size, chunks, transactional: true }),
  ]),
)

const rows = results.map(({ name, cpu }, index) => {
  const beside = index % 2 === 0 ? '' : ratio(cpu / results[index - 1].cpu)
  return [name, whole(cpu), beside]
})
const columns = ['', 'processor time, ns a record', 'beside toKafka']
const not = 'a coordinator’s log and its markers, round trips'
print({ title: 'Transactions', columns, rows, not })

if (globalThis.gc !== undefined) {
  console.log(`held for each record until the commit: ${whole(await heldBytes(200_000))} bytes`)
} else console.log('with node --expose-gc also: what a record holds until the commit')
