// How long a record waits for its acknowledgement, and how long the event loop waits for the producer. The broker has
// its own process.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { KafkaProducer } from '../build/lib/index.js'
import { startBroker } from './broker-process.mjs'
import { atRate, throughOperator, throughSends } from './feeds.mjs'
import { print, quantile, thousands } from './measure.mjs'
import { values } from './records.mjs'

const perSecond = 10_000
const seconds = 5
const value = values(100)
const record = (index) => ({ topic: 'bench', value: value(index) })
const resolutionMs = 2
const ms = (number) => number.toFixed(2)

async function withProducer(kind, config, work) {
  const broker = await startBroker(kind, 12)
  const producer = new KafkaProducer({ 'bootstrap.servers': broker.bootstrapServers, ...config })
  try {
    return await work(producer)
  } finally {
    await producer.close()
    await broker.stop()
  }
}

async function paced(lingerMs) {
  const { called, acknowledged } = await withProducer(
    'mock',
    { 'linger.ms': lingerMs },
    async (producer) => {
      await atRate(producer, perSecond, record, perSecond) // warm
      return atRate(producer, perSecond * seconds, record, perSecond)
    },
  )
  const both = (numbers) => [ms(quantile(numbers, 0.5)), ms(quantile(numbers, 0.99))]
  const most = ms(quantile(acknowledged, 1))
  return [`\`linger.ms\` ${lingerMs}`, ...both(acknowledged), most, ...both(called)]
}

/** The delay of the event loop while `feed` sends as fast as it can, measured by Node's monitor. */
async function whileBulk(name, feed, records, config = {}) {
  const { delays, elapsed } = await withProducer('null', config, async (producer) => {
    await feed(producer, 100_000, record) // warm
    return delaysDuring(() => feed(producer, records, record))
  })
  return [name, ...delays, thousands((elapsed * 1e6) / records)]
}

/** The delay that the machine itself causes: the loop runs nothing but a timer each millisecond. */
async function whileIdle() {
  const { delays } = await delaysDuring(async () => {
    for (const until = performance.now() + 2000; performance.now() < until; ) await sleep(1)
  })
  return ['nothing', ...delays, '']
}

async function delaysDuring(work) {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  const begun = performance.now()
  await work()
  delay.disable()
  const beyond = (nanoseconds) => ms(Math.max(0, nanoseconds / 1e6 - resolutionMs))
  const quantiles = [50, 99].map((p) => beyond(delay.percentile(p)))
  return { delays: [...quantiles, beyond(delay.max)], elapsed: performance.now() - begun }
}

print({
  title: 'Latency at 10,000 records a second',
  columns: ['line', 'p50 ms', 'p99 ms', 'max ms', 'timer p50', 'timer p99'],
  rows: [await paced(0), await paced(5)],
  not: `a network, a disk, replicas. From when a record was due to its acknowledgement by the mock cluster,
in a process of its own, 12 partitions, one \`send()\` a record. *timer*: from when it was due to the
call of \`send()\`, which is the pacing loop's, and in the figures before it.`,
})

print({
  title: 'The event loop while bulk runs',
  columns: ['line', 'p50 ms', 'p99 ms', 'max ms', 'thousand records/s'],
  rows: [
    await whileIdle(),
    await whileBulk('`paced` → `toKafka`', throughOperator, 2_000_000, { 'batch.size': 131_072 }),
    await whileBulk('`send()`, 1000 awaited', throughSends, 500_000, { 'linger.ms': 0 }),
  ],
  not: `your own work in the loop. How much later than asked a timer of 2 ms fires, against a broker
over TCP, in a process of its own, that looks at nothing. \`send()\` awaited 1000 at a time gives the
loop back only with each answer, as its caller does.`,
})
const { maxRSS } = process.resourceUsage()
console.log(
  `\nThis process, in both tables, has held at most ${Math.round(maxRSS / 1024)} MiB (RSS).`,
)
