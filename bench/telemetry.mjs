// npm run bench -- telemetry: the cost of brokers' requests for metrics (KIP-714), in a bulk run to a broker in
// memory. Each run has its own process, and the variants take turns, so that other work of the machine affects all of
// them.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { KafkaProducer } from '../build/lib/index.js'
import { throughOperator } from './feeds.mjs'
import { median, ratio, whole } from './measure.mjs'
import { NullBroker } from './null-broker.mjs'
import { values } from './records.mjs'

const topic = 'bench'
const partitions = 12
const records = Number(process.env.BENCH_RECORDS ?? 1_000_000)
const rounds = Number(process.env.BENCH_ROUNDS ?? 7)
const value = values(100)

const ways = [
  ['off', { 'enable.metrics.push': false }, {}],
  ['on, nobody asks', {}, {}],
  ['on, all metrics each second', {}, { metrics: ['*'], pushIntervalMs: 1000 }],
]

async function run([, config, telemetry]) {
  const isAsked = telemetry.metrics !== undefined
  const broker = new NullBroker(topic, partitions, isAsked ? { telemetry } : {})
  let pushes = 0
  const { transport } = broker.runtime
  const runtime = {
    ...broker.runtime,
    transport: {
      connect(address, events) {
        const socket = transport.connect(address, events)
        const isPush = (chunk) => chunk.readInt16BE(4) === 72
        return {
          ...socket,
          write(chunks, flushed) {
            if (isPush(Buffer.from(chunks[0].buffer, chunks[0].byteOffset, 6))) pushes += 1
            socket.write(chunks, flushed)
          },
        }
      },
    },
  }
  const settings = { 'bootstrap.servers': broker.bootstrapServers, 'batch.size': 131_072 }
  const producer = new KafkaProducer({ ...settings, ...config }, { runtime })
  const record = (index) => ({ topic, value: value(index) })
  await throughOperator(producer, 100_000, record) // does not count
  const begun = process.cpuUsage()
  const begunAt = performance.now()
  await throughOperator(producer, records, record)
  const { user, system } = process.cpuUsage(begun)
  const seconds = (performance.now() - begunAt) / 1000
  await producer.close()
  return { cpu: ((user + system) * 1000) / records, seconds, pushes }
}

if (process.env.BENCH_WAY !== undefined) {
  process.send(await run(ways[Number(process.env.BENCH_WAY)]), () => process.exit())
} else {
  const results = ways.map(() => [])
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? [...ways.keys()] : [...ways.keys()].reverse()
    for (const way of order) {
      const child = fork(process.argv[1], {
        env: { ...process.env, BENCH_WAY: String(way) },
      })
      const [result] = await once(child, 'message')
      results[way].push(result)
    }
  }
  console.log('\n## Telemetry\n')
  console.log(
    '| telemetry | CPU ns a record, median | best | × off, median of the rounds | … of the best | pushes a run |',
  )
  console.log('|---|---:|---:|---:|---:|---:|')
  const cpuOf = (all) => all.map(({ cpu }) => cpu)
  const best = (all) => Math.min(...cpuOf(all))
  for (const [way, all] of results.entries()) {
    const ratios = all.map(({ cpu }, round) => cpu / results[0][round].cpu)
    const cells = [whole(median(cpuOf(all))), whole(best(all)), ratio(median(ratios))]
    cells.push(ratio(best(all) / best(results[0])), String(median(all.map(({ pushes }) => pushes))))
    console.log(`| ${ways[way][0]} | ${cells.join(' | ')} |`)
  }
  console.log(
    `\nNot measured: a network. ${records} records of 100 bytes, \`paced\` → \`toKafka\`, ${partitions} partitions, ${rounds} rounds.`,
  )
}
