// What the cases of stretches share: brokers in their own process or in memory, and waiting records.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Subject } from 'rxjs'
import { SimulatedCluster } from '../build/lib/testing.js'
import { JumpingClock } from './jumping-clock.mjs'

const program = fileURLToPath(new URL('stretches-broker.mjs', import.meta.url))
/** The number of records that a source emits without a break. */
const burst = 250
const turn = () => new Promise((resolve) => setImmediate(resolve))
/** A source that emits `count` records, and lets the event loop run in between. */
export async function give(count, one) {
  for (let index = 0; index < count; index += 1) {
    one(index)
    if (index % burst === burst - 1) await turn()
  }
}

/** Counts results until there are this many. */
export function counter() {
  let count = 0
  let target = Number.POSITIVE_INFINITY
  let reached = null
  const look = () => {
    if (count >= target) reached?.()
  }
  return {
    one: () => {
      count += 1
      look()
    },
    reached: (number) =>
      new Promise((resolve) => {
        target = number
        reached = resolve
        look()
      }),
  }
}

/** Brokers in their own process, and a producer that knows three of them. */
export async function overTcp(library, options, config, prepare) {
  const facts = JSON.stringify({ brokers: 1, topics: 1, partitions: 1, ...options })
  const child = fork(program, [facts])
  const [{ bootstrapServers }] = await once(child, 'message')
  const servers = bootstrapServers.split(',').slice(0, 3).join()
  const producer = new library.KafkaProducer({ 'bootstrap.servers': servers, ...config })
  const tell = async (name, order) => {
    child.send({ name, ...order })
    await once(child, 'message')
  }
  return prepare(producer, tell)
}

/** Brokers in memory, on a clock that can jump; the topic `topic` has six partitions. */
export async function inMemory(library, config, prepare) {
  const clock = new JumpingClock()
  const cluster = new SimulatedCluster({ topics: { topic: { partitions: 6 } }, requestsMax: 0 })
  const runtime = cluster.runtime(clock)
  const settings = { 'bootstrap.servers': cluster.bootstrapServers, ...config }
  const make = () => new library.KafkaProducer(settings, { runtime })
  return prepare({ library, make, settings, runtime, cluster, clock })
}

/** A record for each of these, in bursts, and the results of all of them. */
export async function deliver(library, producer, records) {
  const source = new Subject()
  const results = counter()
  source.pipe(library.toKafkaSettled(producer)).subscribe(results.one)
  await give(records.length, (index) => source.next(records[index]))
  await results.reached(records.length)
}

/** A producer that knows `topic`, whose broker then stops answering; records beyond the memory wait. */
export async function stuck({ make, cluster }) {
  const producer = make()
  await producer.send({ topic: 'topic', value: 'x' })
  cluster.pauseBroker(1)
  return producer
}
