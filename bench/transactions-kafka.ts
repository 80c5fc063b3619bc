// npm run bench:transactions: transactions of this library compared with Apache's producer and, if PYTHON has
// confluent-kafka, with librdkafka, on one real broker, in turns. Each figure is that of a process that has run some
// transactions before. BENCH_PARTS=10 goes on in the same processes, for a table of what the later ones cost; BENCH_NODE
// is another Node for this library, BENCH_LINES=4,5 selects lines. See README.md.

import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { runProgram, runtimeClasspath } from '../spec/kafka/java-program.ts'
import { KafkaAdmin } from '../spec/kafka/kafka-admin.ts'
import { startKafkaBroker } from '../spec/kafka/kafka-broker.ts'
import { kafkaMissing } from '../spec/kafka/kafka-jars.ts'
import { median, print, ratio, whole } from './measure.mjs'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3)
/** How many times each process runs the transactions of a line. */
const parts = Number(process.env['BENCH_PARTS'] ?? 1)
const node = process.env['BENCH_NODE'] ?? process.execPath
const python = process.env['PYTHON']

interface Outcome {
  readonly ms: number
  readonly cpuMs: number
}

/** Runs a process, and returns what it has printed for each part. */
type Client = (args: readonly string[]) => Promise<readonly string[]>

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

async function printed(
  run: (onLine: (line: string) => void) => Promise<unknown>,
): Promise<readonly string[]> {
  const lines: string[] = []
  await run((line) => {
    if (line.startsWith('{')) lines.push(line)
  })
  return lines
}

const limitMs = 600_000
const clients: Readonly<Record<string, Client>> = {
  'to-kafka': (args) =>
    printed((onLine) =>
      runProgram(node, [path('transactions-client.mjs'), ...args], { onLine, limitMs }),
    ),
  // With the settings of bin/kafka-run-class.sh, which compile as for a server.
  Java: async (args) => {
    const jvm = ['-Xmx512M', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20']
    const classpath = ['-cp', await runtimeClasspath()]
    return printed((onLine) =>
      runProgram('java', [...jvm, ...classpath, 'TransactionCosts', ...args], { onLine, limitMs }),
    )
  },
  ...(python !== undefined && {
    librdkafka: (args: readonly string[]) =>
      printed((onLine) =>
        runProgram(python, [path('transactions-client.py'), ...args], { onLine, limitMs }),
      ),
  }),
}

interface Line {
  readonly size: number
  readonly transactions: number
  readonly parallel: number
}

const selected = process.env['BENCH_LINES']?.split(',').map(Number)
const allLines: readonly Line[] = [
  { size: 1, transactions: 200, parallel: 1 },
  { size: 100, transactions: 200, parallel: 1 },
  { size: 10_000, transactions: 40, parallel: 1 },
  { size: 1, transactions: 800, parallel: 8 },
  { size: 100, transactions: 800, parallel: 8 },
  { size: 10_000, transactions: 80, parallel: 8 },
]
/** BENCH_LINES counts from 1. */
const lines = allLines.filter((_, index) => selected?.includes(index + 1) ?? true)

it('commits as many records as others', async ({ skip }) => {
  const missing = await kafkaMissing()
  if (missing !== null) skip(missing)
  const broker = await startKafkaBroker({ heapMb: 1024 })
  const admin = await KafkaAdmin.start(broker.bootstrapServers)
  const outcomes = lines.map(() => new Map<string, Outcome[][]>())
  const names = Object.keys(clients)
  try {
    await admin.create([{ name: 'bench', partitions: 3 }])
    for (let round = 0; round < rounds; round += 1) {
      for (const [number, { size, transactions, parallel }] of lines.entries()) {
        // The first client finds the machine as the others have left it, so they take turns.
        const order = names.map((_, index) => names[(index + round) % names.length]!)
        for (const name of order) {
          const id = `${name}-${round}-${number}`
          const warmUp = Math.max(parallel, transactions / 4)
          const numbers = [size, transactions, parallel, warmUp, parts].map(String)
          const args = [broker.bootstrapServers, 'bench', id, ...numbers]
          const printed = await clients[name]!(args).catch((error: Error) => {
            console.log(`${name} failed, and is run again: ${error.message.slice(0, 2000)}`)
            return clients[name]!(args)
          })
          const outcome = printed.map((line) => JSON.parse(line) as Outcome)
          expect(outcome).toHaveLength(parts)
          const all = outcomes[number]!
          all.set(name, [...(all.get(name) ?? []), outcome])
          console.log(round, size, parallel, name, ...printed)
        }
      }
    }
  } finally {
    admin.close()
    await broker.stop()
  }
  report(names, outcomes)
  if (parts > 1) reportParts(outcomes)
})

/** By line and client: of each round, the outcome of each part. */
type Outcomes = readonly ReadonlyMap<string, readonly Outcome[][]>[]

function named({ size, parallel }: Line): string {
  return `${size}, ${parallel === 1 ? 'one at a time' : `${parallel} at once`}`
}

function cpuOf(all: ReadonlyMap<string, readonly Outcome[][]>, name: string, part: number): number {
  return median(all.get(name)!.map((outcome) => outcome[part]!.cpuMs))
}

function report(names: readonly string[], outcomes: Outcomes): void {
  const rows = lines.map((line, number) => {
    const all = outcomes[number]!
    const records = line.size * line.transactions
    const rate = (name: string) => records / median(all.get(name)!.map(([first]) => first!.ms))
    const cpu = (name: string) => cpuOf(all, name, 0) / line.transactions
    return [
      named(line),
      ...names.map((name) => whole(rate(name) * 1000)),
      ratio(rate('to-kafka') / rate('Java')),
      ...names.map((name) => ratio(cpu(name))),
      ratio(cpu('to-kafka') / cpu('Java')),
    ]
  })
  print({
    title: 'Transactions on a real broker',
    columns: [
      'records of a transaction',
      ...names.map((name) => `${name}, records/s`),
      'to-kafka / Java',
      ...names.map((name) => `${name}, CPU ms a transaction`),
      'to-kafka / Java',
    ],
    rows,
    not: `replicas (one broker), a network. Records of 100 bytes to 3 partitions, all settings as they come; the
median of ${rounds} rounds, in turns. librdkafka is called from Python. Broker and client share the processors.`,
  })
}

/** How processor time goes on in the same processes. */
function reportParts(outcomes: Outcomes): void {
  const rows = lines.flatMap((line, number) => {
    const all = outcomes[number]!
    const cpu = (name: string, part: number) => cpuOf(all, name, part) / line.transactions
    return Array.from({ length: parts }, (_, part) => [
      `${named(line)}: after ${line.transactions * (part + 0.25)}`,
      ratio(cpu('to-kafka', part)),
      ratio(cpu('Java', part)),
      ratio(cpu('to-kafka', part) / cpu('Java', part)),
    ])
  })
  print({
    title: 'Later transactions of the same processes',
    columns: ['', 'to-kafka, CPU ms a transaction', 'Java', 'to-kafka / Java'],
    rows,
    not: `as above; the median of ${rounds} rounds. Each line is for the transactions that follow so many.`,
  })
}
