// TLS 1.3 compared with other clients: the same records to the same broker, the mock cluster in its own process,
// which checks every batch. Each client is used in its cheapest way: calls of a thousand records, with so many in
// flight that batches are full. The figures are those of the client only.

import { execFile } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { KafkaProducer } from '../build/lib/index.js'
import { startBroker } from './broker-process.mjs'
import { throughOperator } from './feeds.mjs'
import { measure, print, ratio, thousands, whole } from './measure.mjs'
import { hasKcat, peer, versionOf } from './peers.mjs'
import { values } from './records.mjs'

const scale = Number(process.env.BENCH_RECORDS ?? 1_000_000)
const warmUp = Math.min(50_000, scale)
const perCall = 1_000
const callsUnderWay = 5
const partitions = 12

const platformatic = await peer('@platformatic/kafka')
const kafkajs = await peer('kafkajs')

/** Calls with a thousand records, a few at a time. */
async function inCalls(records, value, send) {
  let next = 0
  const caller = async () => {
    while (next < records) {
      const from = next
      next += perCall
      const size = Math.min(perCall, records - from)
      await send(Array.from({ length: size }, (_, index) => value(from + index)))
    }
  }
  await Promise.all(Array.from({ length: callsUnderWay }, caller))
}

const clients = {
  'to-kafka': (broker) => {
    const producer = new KafkaProducer({
      'bootstrap.servers': broker.bootstrapServers,
      'batch.size': 131_072,
      ...broker.settings,
    })
    return {
      send: (records, value) =>
        throughOperator(producer, records, (index) => ({ topic: 'bench', value: value(index) })),
      close: () => producer.close(),
    }
  },
  ...(platformatic !== null && {
    [`@platformatic/kafka ${versionOf('@platformatic/kafka')}`]: (broker) => {
      const producer = new platformatic.Producer({
        clientId: 'bench',
        bootstrapBrokers: [broker.bootstrapServers],
        tls: { ca: broker.settings['ssl.truststore.certificates'] },
        // It takes a batch's sequence number when it builds the request, and raises it with the answer (1.35.0). Of
        // several calls in flight to one partition, the broker writes one, and treats the others as its repeats, or
        // refuses them: findings/platformatic-idempotent-calls-share-a-number.sh.
        idempotent: false,
      })
      const send = (batch) =>
        producer.send({
          acks: -1,
          messages: batch.map((value) => ({ topic: 'bench', value: Buffer.from(value) })),
        })
      return {
        send: (records, value) => inCalls(records, value, send),
        close: () => producer.close(),
      }
    },
  }),
  ...(kafkajs !== null && {
    [`kafkajs ${versionOf('kafkajs')}`]: async (broker) => {
      const client = new kafkajs.default.Kafka({
        brokers: [broker.bootstrapServers],
        ssl: { ca: [broker.settings['ssl.truststore.certificates']] },
        logLevel: kafkajs.default.logLevel.NOTHING,
      })
      const producer = client.producer({ idempotent: true, maxInFlightRequests: callsUnderWay })
      await producer.connect()
      const send = (batch) =>
        producer.send({ topic: 'bench', messages: batch.map((value) => ({ value })) })
      return {
        send: (records, value) => inCalls(records, value, send),
        close: () => producer.disconnect(),
      }
    },
  }),
}

function line(name, start, bytes, records) {
  const open = async () => {
    const broker = await startBroker('mock', partitions, 'SSL')
    const { send, close } = await start(broker)
    const value = values(bytes)
    await send(warmUp, value)
    const end = async () => {
      await close()
      await broker.stop()
    }
    return { run: () => send(records, value), close: end }
  }
  return { name: `${bytes} bytes, ${name}`, bytes, records, open }
}

/** Its own process, whose processor time the shell reports, including start and end. */
function kcatLine(bytes, records) {
  const open = async () => {
    const folder = mkdtempSync(join(tmpdir(), 'to-kafka-bench-'))
    const broker = await startBroker('mock', partitions, 'SSL')
    const [lines, authority] = [join(folder, 'lines'), join(folder, 'ca.pem')]
    // Bit by bit: a million lines are more than a string can hold.
    const line = `${'x'.repeat(bytes)}\n`
    writeFileSync(lines, '')
    for (let left = records; left > 0; left -= 1_000) {
      appendFileSync(lines, line.repeat(Math.min(left, 1_000)))
    }
    writeFileSync(authority, broker.settings['ssl.truststore.certificates'])
    const settings = {
      'security.protocol': 'ssl',
      'ssl.ca.location': authority,
      'enable.idempotence': true,
      'batch.size': 131_072,
      'linger.ms': 5,
    }
    const options = Object.entries(settings).flatMap(([key, value]) => ['-X', `${key}=${value}`])
    const args = ['-P', '-t', 'bench', '-b', broker.bootstrapServers, ...options]
    const script = `TIMEFORMAT='%U %S'; time kcat "$@" < '${lines}'`
    const run = async () => {
      const { stderr } = await promisify(execFile)('bash', ['-c', script, 'kcat', ...args])
      const [user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number)
      return ((user + system) * 1e9) / records
    }
    const close = async () => {
      await broker.stop()
      rmSync(folder, { recursive: true })
    }
    return { run, close }
  }
  return { name: `${bytes} bytes, librdkafka (kcat)`, bytes, records, open }
}

const sizes = [
  [100, scale],
  [1_024, scale],
]
const lines = sizes.flatMap(([bytes, records]) => [
  ...Object.entries(clients).map(([name, start]) => line(name, start, bytes, records)),
  ...(hasKcat ? [kcatLine(bytes, records)] : []),
])
const results = (await measure(lines)).map((result, index) => ({
  ...result,
  bytes: lines[index].bytes,
  cpu: typeof result.facts === 'number' ? result.facts : result.cpu,
}))

print({
  title: 'TLS beside other clients',
  columns: ['line', 'CPU ns a record', '× to-kafka', 'thousand records/s'],
  rows: results.map(({ name, bytes, cpu, elapsed }) => {
    const ours = results.find((each) => each.bytes === bytes)
    return [name, whole(cpu), ratio(cpu / ours.cpu), thousands(elapsed)]
  }),
  not: `a network. Records a second are the mock cluster's limit, which is JavaScript and checks each record.
Idempotent but for @platformatic/kafka, acks all, without compression, ${partitions} partitions. The JavaScript
clients are given arrays of ${perCall} texts (as bytes for @platformatic/kafka, which takes no text without a
serializer), ${callsUnderWay} calls at a time; ours a stream of single records; kcat lines of a file, its start included.`,
})
