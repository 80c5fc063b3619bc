// The cluster that the spec file of a ring works on: its own broker, or the user's at
// KAFKA_BOOTSTRAP_SERVERS. Topics have a prefix that no other run has, and are all created at once.
// What cannot be done here is reported, and is a failure with REQUIRE_KAFKA=1.

import { randomUUID } from 'node:crypto'
import { until } from './broker-probe.ts'
import { KafkaAdmin, type NewTopic } from './kafka-admin.ts'
import { startKafkaBroker } from './kafka-broker.ts'
import { kafkaClasspath, kafkaMissing, kafkaRequired } from './kafka-jars.ts'
import {
  kcatAnswers,
  readWithConsoleConsumer,
  readWithConsumer,
  readWithKcat,
  type TopicLogs,
} from './kafka-tools.ts'
import { dumpLogSegments, type LogDump } from './log-dump.ts'

const arriveLimitMs = 30_000

export interface KafkaRing {
  readonly bootstrapServers: string
  /** The name of a case's topic on this cluster. */
  topic(name: string): string
  /** Creates one more topic, whose leaders may refuse it for a short time. */
  makeUnsettled(topic: NewTopic): Promise<void>
  /**
   * What each tool read, by the cases' own names. First waits until the logs contain `count`
   * records in total, because with acks=0 there is no other sign.
   */
  readBack(names: readonly string[], count: number): Promise<ReadBack>
  stop(): Promise<void>
}

export interface ReadBack {
  readonly consumer: TopicLogs
  readonly consoleConsumer: TopicLogs
  /** Null if kcat is not installed. */
  readonly kcat: TopicLogs | null
  /** Null if the broker's files are not on this machine. */
  readonly dump: LogDump | null
}

/** Why the ring cannot run here; null if it can. Throws instead with REQUIRE_KAFKA=1. */
export async function ringIsSkipped(): Promise<string | null> {
  await kafkaClasspath()
  const missing = await kafkaMissing()
  if (missing !== null) aloud(`the real-Kafka ring is SKIPPED: ${missing}`)
  return missing
}

/** Whether the broker's files can be read here, which is not possible for a cluster of the user. */
export const logsAreHere = process.env['KAFKA_BOOTSTRAP_SERVERS'] === undefined

/** Whether kcat is installed; if not, reports it, or throws with REQUIRE_KAFKA=1. */
export async function kcatIsHere(): Promise<boolean> {
  const here = await kcatAnswers()
  if (!here && kafkaRequired()) throw new Error('REQUIRE_KAFKA=1, but kcat is not installed')
  if (!here) aloud('kcat is not installed: reading back with it is SKIPPED')
  return here
}

/** Starts or connects to the cluster and creates these topics, named by case. */
export async function openRing(topics: readonly NewTopic[]): Promise<KafkaRing> {
  const foreign = process.env['KAFKA_BOOTSTRAP_SERVERS']
  const broker = foreign === undefined ? await startKafkaBroker() : null
  const bootstrapServers = foreign ?? (broker?.bootstrapServers as string)
  if (broker === null) aloud('KAFKA_BOOTSTRAP_SERVERS is set: DumpLogSegments is SKIPPED')
  const prefix = `to-kafka-${randomUUID().slice(0, 8)}-`
  const topic = (name: string) => prefix + name
  const admin = await KafkaAdmin.start(bootstrapServers)
  const made: string[] = []
  const named = (one: NewTopic) => {
    made.push(topic(one.name))
    return { ...one, name: topic(one.name) }
  }
  const stop = async () => {
    if (broker === null) await admin.delete(made).catch(() => {})
    await admin.close()
    await broker?.stop()
  }
  try {
    await admin.create(topics.map(named))
  } catch (error) {
    await stop()
    throw error
  }
  const readBack = async (names: readonly string[], count: number) => {
    const asked = names.map(topic)
    await allThere(admin, asked, count)
    return readAll(bootstrapServers, asked, count, broker?.dataFolder ?? null, prefix)
  }
  const makeUnsettled = (one: NewTopic) => admin.createUnsettled([named(one)])
  return { bootstrapServers, topic, makeUnsettled, readBack, stop }
}

async function allThere(admin: KafkaAdmin, topics: string[], count: number): Promise<void> {
  let there = 0
  const complete = async () => {
    there = Object.values(await admin.endOffsets(topics))
      .flat()
      .reduce((sum, end) => sum + end, 0)
    return there >= count
  }
  await until(complete, arriveLimitMs, () => `the logs hold ${there} records of ${count}`)
}

async function readAll(
  bootstrapServers: string,
  topics: readonly string[],
  count: number,
  dataFolder: string | null,
  prefix: string,
): Promise<ReadBack> {
  // One after the other, because each tool keeps one core busy, and the broker the other.
  const consumer = await readWithConsumer(bootstrapServers, topics)
  const consoleConsumer = await readWithConsoleConsumer(bootstrapServers, topics, count)
  const kcat = (await kcatAnswers()) ? await readWithKcat(bootstrapServers, topics) : null
  const dump = dataFolder === null ? null : await dumpLogSegments(dataFolder, topics)
  return {
    consumer: unprefixed(consumer, prefix),
    consoleConsumer: unprefixed(consoleConsumer, prefix),
    kcat: kcat && unprefixed(kcat, prefix),
    dump: dump && {
      batches: unprefixed(dump.batches, prefix),
      records: dump.records,
      complaints: dump.complaints,
    },
  }
}

function unprefixed<T>(byTopic: ReadonlyMap<string, T>, prefix: string): Map<string, T> {
  return new Map([...byTopic].map(([topic, value]) => [topic.slice(prefix.length), value]))
}

// Directly to the terminal, because a test runner may not print the output of a passing spec.
export function aloud(sentence: string): void {
  process.stderr.write(`\n  ${sentence}\n\n`)
}
