// What clients other than Kafka's read with read_committed from topics that our transactions have
// written: librdkafka (through confluent-kafka from PyPI), aiokafka, kafka-python, franz-go, sarama and Kafka Streams.
// This is not part of `npm test`, because it installs them: `npm run test:readers`, with Python 3
// and Go; it reports what is missing. KAFKA_VERSION=3.9.1: TV1.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KafkaProducer } from 'to-kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type JavaRun, runJava, runProgram } from './java-program.ts'
import { KafkaAdmin } from './kafka-admin.ts'
import { type KafkaBroker, startKafkaBroker } from './kafka-broker.ts'
import { projectClasspath } from './kafka-jars.ts'
import { brokerVersion, isBefore } from './kafka-release.ts'
import { aloud, ringIsSkipped } from './kafka-ring.ts'

const skipped = process.env['READERS'] === undefined || (await ringIsSkipped()) !== null
const packages = [
  'confluent-kafka==2.16.1',
  'aiokafka==0.14.0',
  'cramjam==2.14.0',
  'kafka-python==3.0.12',
  'lz4==4.4.5',
  'python-snappy==0.7.3',
  'zstandard==0.25.0',
]
const inGo = ['franz-go', 'sarama'] as const
const readers = ['librdkafka', 'aiokafka', 'kafka-python', ...inGo, 'kafka-streams'] as const
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'].filter(
  (codec) => codec !== 'zstd' || 'createZstdCompress' in process.getBuiltinModule('node:zlib'),
)
const folder = fileURLToPath(new URL('readers', import.meta.url))
const limitMs = 120_000
/** Downloads its dependencies, and compiles it. */
const buildLimitMs = 600_000

describe.skipIf(skipped)("other clients' consumers", () => {
  let broker: KafkaBroker
  let python: string | null = null
  const programs = new Map<string, string | null>()
  let home: string
  const open: KafkaProducer[] = []
  const truth = new Map<string, readonly string[]>()

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'readers-'))
    python = await installed(home)
    for (const name of inGo) programs.set(name, await built(home, name))
    broker = await startKafkaBroker()
    const admin = await KafkaAdmin.start(broker.bootstrapServers)
    await admin.create(codecs.map((name) => ({ name, partitions: 3 })))
    await admin.close()
    for (const codec of codecs) {
      truth.set(codec, await consoleConsumer(codec, await write(codec)))
    }
  }, 900_000)

  afterAll(async () => {
    await Promise.all(open.map((one) => one.close({ timeout: 0 })))
    await broker?.stop()
    await rm(home, { recursive: true, force: true })
  })

  /**
   * Transactions that are committed, aborted and, in partition 2 only, open, one after the other.
   * Returns the number of records that can be read: those that are committed, and not after the
   * open one.
   */
  async function write(codec: string): Promise<number> {
    const config = {
      'bootstrap.servers': broker.bootstrapServers,
      'compression.type': codec as 'gzip',
    }
    const shared = new KafkaProducer({ ...config, 'transactional.id': `writer-${codec}` })
    const other = new KafkaProducer({
      ...config,
      'transactional.id': `open-${codec}`,
      'transaction.timeout.ms': 900_000, // it stays open as long as a reader runs
    })
    open.push(shared, other)
    const send = (count: number, name: string, aborted: boolean) =>
      shared.transaction(async (tx) => {
        const records = Array.from({ length: count }, (_, index) =>
          tx.send({ topic: codec, key: `${index}`, value: `${name}-${index}-${'x'.repeat(50)}` }),
        )
        const last = tx.send({ topic: codec, partition: 2, value: `${name}-last` })
        const all = await Promise.all([...records, last])
        if (aborted) throw new Error('aborted')
        return all
      })
    let readable = 0
    for (let round = 0; round < 20; round += 1) {
      readable += (await send(50, `committed-${round}`, false)).length
      await send(30, `aborted-${round}`, true).catch(() => {})
    }
    let isSent = () => {}
    const sent = new Promise<void>((resolve) => {
      isSent = resolve
    })
    void other
      .transaction(async (tx) => {
        await tx.send({ topic: codec, partition: 2, value: 'open' })
        isSent()
        await new Promise(() => {})
      })
      .catch(() => {})
    await sent
    const behind = await send(10, 'behind-the-open-one', false)
    return readable + behind.filter(({ partition }) => partition !== 2).length
  }

  /** Waits until there is this number; it never gives up before, however slow the machine is. */
  async function consoleConsumer(topic: string, count: number): Promise<readonly string[]> {
    const lines: string[] = []
    const tool = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
    const args = ['--bootstrap-server', broker.bootstrapServers, '--topic', topic]
    args.push('--from-beginning', '--isolation-level', 'read_committed')
    args.push('--max-messages', `${count}`, '--timeout-ms', `${limitMs / 2}`)
    for (const name of ['partition', 'offset'])
      args.push('--formatter-property', `print.${name}=true`)
    const onLine = (line: string) => {
      const [, partition, offset, value] = /^Partition:(\d+)\tOffset:(\d+)\t(.*)$/.exec(line) ?? []
      lines.push(`${partition} ${offset} ${value}`)
    }
    await runJava(tool, args, { onLine, limitMs })
    return lines.sort()
  }

  async function readBy(reader: string, topic: string): Promise<readonly string[] | null> {
    const lines: string[] = []
    const run = { onLine: (line: string) => lines.push(line), limitMs }
    const where = [broker.bootstrapServers, topic]
    const program = programs.get(reader)
    if (program !== undefined) {
      if (program === null) return null
      await runProgram(program, where, run)
    } else if (reader === 'kafka-streams') {
      await runStreams(where, run)
    } else {
      if (python === null) return null
      await runProgram(python, [join(folder, `read-${reader}.py`), ...where], run)
    }
    return lines.sort()
  }

  /** Kafka Streams, compiled in the folder of its state. */
  async function runStreams(where: readonly string[], run: JavaRun): Promise<void> {
    const project = join(folder, 'kafka-streams')
    const jars = await projectClasspath(join(project, 'pom.xml'))
    const classes = join(home, 'streams')
    const source = join(project, 'StreamsReader.java')
    await runProgram('javac', ['-nowarn', '-cp', jars, '-d', classes, source], { limitMs })
    const classpath = Promise.resolve(`${classes}:${jars}`)
    await runJava('StreamsReader', [...where, join(home, 'streams-state')], { ...run, classpath })
  }

  const all = readers.flatMap((reader) => codecs.map((codec) => [reader, codec] as const))
  it.each(all)(
    '%s sees in a topic with %s what Kafka’s consumer sees',
    { timeout: limitMs },
    async (reader, codec) => {
      const seen = await readBy(reader, codec)
      if (seen === null) {
        aloud(`${reader} is not here: Python 3 with venv, or Go, is missing`)
        return
      }
      const expected = truth.get(codec)!
      expect(expected.filter((line) => /aborted|open$/.test(line))).toEqual([])
      expect(expected.length).toBeGreaterThan(1_000)
      expect(seen).toEqual(expected)
      const protocol = isBefore(brokerVersion ?? '9', '4.0') ? 'TV1' : 'TV2'
      aloud(`${reader}, ${codec}, ${protocol}: ${seen.length} records, as Kafka's consumer`)
    },
  )
})

/** A reader that is written in Go; null if Go is missing. */
async function built(home: string, name: string): Promise<string | null> {
  if (!(await answers('go', ['version']))) return null
  const program = join(home, name)
  const args = ['-C', join(folder, name), 'build', '-o', program, '.']
  await runProgram('go', args, { limitMs: buildLimitMs })
  return program
}

/** A Python with these packages, in its own folder; null without Python. */
async function installed(home: string): Promise<string | null> {
  if (!(await answers('python3', ['-m', 'venv', join(home, 'venv')]))) return null
  const python = join(home, 'venv/bin/python')
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]
  await runProgram(python, args, { limitMs })
  return python
}

function answers(command: string, args: readonly string[]): Promise<boolean> {
  return runProgram(command, args, { limitMs }).then(
    () => true,
    () => false,
  )
}
