// npm run bench:kafka: this library compared with Apache's own ProducerPerformance, on one real broker, in turns.
// Both are whole processes, so start-up and compilation are in both figures. The broker and the jars are those of
// spec/kafka, which is why vitest runs this. See README.md.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { runtimeClasspath } from '../spec/kafka/java-program.ts'
import { KafkaAdmin } from '../spec/kafka/kafka-admin.ts'
import { type KafkaBroker, startKafkaBroker } from '../spec/kafka/kafka-broker.ts'
import { kafkaMissing } from '../spec/kafka/kafka-jars.ts'
import { median, print, ratio, thousands } from './measure.mjs'
import { values } from './records.mjs'
import { timed } from './timed-process.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5)
const records = Number(process.env['BENCH_RECORDS'] ?? 1_000_000)

type Settings = Readonly<Record<string, string>>
const configs: readonly Settings[] = [{}, { 'batch.size': '131072', 'linger.ms': '5' }]
const partitionCounts = [1, 12]
const value = values(100)

interface Outcome {
  readonly perSecond: number
  readonly cpuSeconds: number
}

/** One run on its own topic. */
interface Place {
  readonly broker: KafkaBroker
  readonly admin: KafkaAdmin
  /** The values that Java sends, one on each line. */
  readonly payloads: string
  readonly topic: string
  readonly partitions: number
  readonly settings: Settings
}

type Client = (place: Place) => Promise<Outcome>

const ours: Client = async ({ broker, topic, settings }) => {
  const all = { 'bootstrap.servers': broker.bootstrapServers, acks: 'all', ...settings }
  const program = fileURLToPath(new URL('kafka-client.mjs', import.meta.url))
  const args = [program, String(records), topic, JSON.stringify(all)]
  return outcomeOf(await timed(process.execPath, args, {}))
}

/** The JVM flags of bin/kafka-producer-perf-test.sh. */
const apacheJvm = [
  '-Xmx512M',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
]

const java: Client = async ({ broker, payloads, topic, settings }) => {
  const properties = Object.entries({ acks: 'all', ...settings }).map(([k, v]) => `${k}=${v}`)
  const args = [
    ...apacheJvm,
    'org.apache.kafka.tools.ProducerPerformance',
    ...['--bootstrap-server', broker.bootstrapServers, '--topic', topic],
    ...['--num-records', String(records), '--payload-file', payloads, '--throughput', '-1'],
    ...['--command-property', ...properties],
  ]
  return outcomeOf(await timed('java', args, { CLASSPATH: await runtimeClasspath() }))
}

/** The last line of this form is the total. */
function outcomeOf({ printed, cpuSeconds }: { printed: string; cpuSeconds: number }): Outcome {
  const said = [...printed.matchAll(/(\d+) records sent, ([\d.]+) records\/sec/g)].at(-1)
  if (Number(said?.[1]) !== records) throw new Error(`it did not send all:\n${printed}`)
  return { perSecond: Number(said?.[2]), cpuSeconds }
}

/** All records have to be in the topic afterwards. */
async function onFreshTopic(client: Client, place: Place): Promise<Outcome> {
  const { admin, topic, partitions } = place
  await admin.create([{ name: topic, partitions }])
  const outcome = await client(place)
  const ends = await admin.endOffsets([topic])
  expect(ends[topic]?.reduce((sum, end) => sum + end, 0)).toBe(records)
  await admin.delete([topic])
  return outcome
}

interface Line {
  readonly name: string
  readonly partitions: number
  readonly settings: Settings
  readonly ours: Outcome[]
  readonly java: Outcome[]
}

function linesToRun(): Line[] {
  return partitionCounts.flatMap((partitions) =>
    configs.map((settings) => {
      const words = Object.entries(settings).map(([key, value]) => `\`${key}\` ${value}`)
      const name = `${partitions} × ${words.length === 0 ? 'defaults' : words.join(', ')}`
      return { name, partitions, settings, ours: [], java: [] }
    }),
  )
}

type Shared = Pick<Place, 'broker' | 'admin' | 'payloads'>

/** The first round warms up the broker, and does not count. */
async function run(shared: Shared, lines: readonly Line[]): Promise<void> {
  let runs = 0
  for (let round = 0; round <= rounds; round += 1) {
    // The first client finds the machine as the other has left it, so they take turns.
    const order = round % 2 === 0 ? (['ours', 'java'] as const) : (['java', 'ours'] as const)
    for (const { partitions, settings, ...outcomes } of lines) {
      for (const who of order) {
        const place = { ...shared, topic: `bench-${runs}`, partitions, settings }
        runs += 1
        const outcome = await onFreshTopic(who === 'ours' ? ours : java, place)
        if (round > 0) outcomes[who].push(outcome)
      }
    }
  }
}

function report(lines: readonly Line[]): void {
  const columns = [
    'partitions × settings',
    'to-kafka, thousand records/s',
    'Java',
    'to-kafka / Java',
    'to-kafka, CPU s per million',
    'Java',
    'to-kafka / Java',
  ]
  const rows = lines.map((line) => {
    const rate = (of: readonly Outcome[]) => median(of.map(({ perSecond }) => perSecond))
    const cpu = (of: readonly Outcome[]) =>
      median(of.map(({ cpuSeconds }) => (cpuSeconds * 1e6) / records))
    return [
      line.name,
      thousands(1e9 / rate(line.ours)),
      thousands(1e9 / rate(line.java)),
      ratio(rate(line.ours) / rate(line.java)),
      ratio(cpu(line.ours)),
      ratio(cpu(line.java)),
      ratio(cpu(line.ours) / cpu(line.java)),
    ]
  })
  print({
    title: "A real broker, beside Apache's ProducerPerformance",
    columns,
    rows,
    not: `replicas (one broker, \`acks=all\`, idempotent), a network, a client that has run for long: both
clients are whole processes, start-up and compilation included. ${records} records of 100 bytes, the
median of ${rounds} rounds, in turns on one broker. Broker and client share the processors.
ProducerPerformance takes ready bytes out of 10,000, to-kafka has a string made for each record.
Neither compresses.`,
  })
}

it('sends as many records as ProducerPerformance', async ({ skip }) => {
  const missing = await kafkaMissing()
  if (missing !== null) skip(missing)
  const folder = await mkdtemp(join(tmpdir(), 'to-kafka-bench-'))
  const broker = await startKafkaBroker({ heapMb: 1024 })
  try {
    const payloads = join(folder, 'values')
    await writeFile(payloads, Array.from({ length: 10_000 }, (_, i) => value(i)).join('\n'))
    const admin = await KafkaAdmin.start(broker.bootstrapServers)
    const lines = linesToRun()
    await run({ broker, admin, payloads }, lines).finally(() => admin.close())
    report(lines)
  } finally {
    await broker.stop()
    await rm(folder, { recursive: true, force: true })
  }
})
