// This library in the comparison of transactions (transactions-kafka.ts). Arguments: servers, topic, transactional
// id, records in a transaction, transactions, how many at once, the transactions of a warm-up, and how many times the
// transactions are run. Prints milliseconds and processor milliseconds of each time.

import { count, from, lastValueFrom, mergeMap, range } from 'rxjs'
import { inTransaction, KafkaProducerPool } from '../dist/index.js'

const [servers, topic, id, ...numbers] = process.argv.slice(2)
const [size, transactions, parallel, warmUp, parts] = numbers.map(Number)
const values = Array.from({ length: 1000 }, (_, index) => `${index}`.padStart(100, '0'))

const config = { 'bootstrap.servers': servers, 'transactional.id': id }
const pool = new KafkaProducerPool(config, { size: parallel, warnings: false })

function* records() {
  for (let index = 0; index < size; index += 1)
    yield { topic, value: values[index % values.length] }
}

async function run(times) {
  const one = () => from(records()).pipe(inTransaction(pool))
  const sent = await lastValueFrom(range(times).pipe(mergeMap(one, parallel), count()))
  if (sent !== times * size) throw new Error(`${sent} of ${times * size} have results`)
}

await run(warmUp)
for (let part = 0; part < parts; part += 1) {
  const cpu = process.cpuUsage()
  const begin = performance.now()
  await run(transactions)
  const ms = performance.now() - begin
  const { user, system } = process.cpuUsage(cpu)
  console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1000 }))
}
await pool.close()
