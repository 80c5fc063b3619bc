// Reads topics back with other tools: Kafka's consumer, its console consumer and kcat, each once
// over all topics. Their outputs are converted to the same form, by partition in log order, so that
// one comparison serves all. (log-dump.ts reads the broker's files.)

import { randomUUID } from 'node:crypto'
import { runJava, runProgram } from './java-program.ts'

const readLimitMs = 180_000

export interface LoggedRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [key: string, value: string | null])[]
}

/** By topic, by partition, in log order. */
export type TopicLogs = ReadonlyMap<string, readonly (readonly LoggedRecord[])[]>

/**
 * Everything in these topics, read by Kafka's own consumer (java/RingReader.java), with bytes as
 * UTF-8.
 */
export async function readWithConsumer(
  bootstrapServers: string,
  topics: readonly string[],
): Promise<TopicLogs> {
  const logs = new Logs(topics)
  const onLine = (line: string) => {
    const { topic, partition, ...record } = JSON.parse(line) as JavaRecord & Place
    logs.add(topic, partition, recordOf(record))
  }
  await runJava('RingReader', [bootstrapServers, ...topics], { onLine, limitMs: readLimitMs })
  return logs.byTopic
}

/** The first `count` records of these topics, read by Kafka's console consumer. */
export async function readWithConsoleConsumer(
  bootstrapServers: string,
  topics: readonly string[],
  count: number,
): Promise<TopicLogs> {
  const logs = new Logs(topics)
  const args = ['--bootstrap-server', bootstrapServers, '--include', topics.map(literal).join('|')]
  args.push('--from-beginning', '--max-messages', String(count), '--timeout-ms', '30000')
  args.push('--formatter', 'TopicFormatter', '--formatter-property', `null.literal=${consoleNull}`)
  for (const part of ['timestamp', 'partition', 'offset', 'headers', 'key']) {
    args.push('--formatter-property', `print.${part}=true`)
  }
  const onLine = (line: string) => addConsoleLine(logs, line)
  const tool = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
  await runJava(tool, args, { onLine, limitMs: readLimitMs })
  return logs.byTopic
}

/** Everything in these topics, read by kcat. Call {@link kcatAnswers} first. */
export async function readWithKcat(
  bootstrapServers: string,
  topics: readonly string[],
): Promise<TopicLogs> {
  const group = ['-G', `to-kafka-${randomUUID()}`, '-X', 'auto.offset.reset=earliest']
  return kcatReads(['-b', bootstrapServers, ...group, '-e', '-q', '-J', ...topics], topics)
}

/**
 * Everything in one topic, read by kcat without a group: only committed records, if there are
 * transactions.
 */
export async function readTopicWithKcat(
  bootstrapServers: string,
  topic: string,
): Promise<readonly (readonly LoggedRecord[])[]> {
  const args = ['-C', '-b', bootstrapServers, '-t', topic, '-o', 'beginning', '-e', '-q', '-J']
  return (await kcatReads(args, [topic])).get(topic) ?? []
}

async function kcatReads(args: readonly string[], topics: readonly string[]): Promise<TopicLogs> {
  const logs = new Logs(topics)
  const onLine = (line: string) => {
    const { topic, partition, offset, ts, key, payload, headers } = JSON.parse(line) as KcatRecord
    const record = { offset, timestamp: ts, key, value: payload, headers: pairs(headers ?? []) }
    logs.add(topic, partition, record)
  }
  await runProgram('kcat', args, { onLine, limitMs: readLimitMs })
  return logs.byTopic
}

/** Whether kcat is installed. */
export async function kcatAnswers(): Promise<boolean> {
  return runProgram('kcat', ['-V']).then(
    () => true,
    () => false,
  )
}

class Logs {
  readonly byTopic: Map<string, LoggedRecord[][]>

  constructor(topics: readonly string[]) {
    this.byTopic = new Map(topics.map((topic) => [topic, []]))
  }

  add(topic: string, partition: number, record: LoggedRecord): void {
    const partitions = this.byTopic.get(topic)
    if (partitions === undefined) throw new Error(`a record of ${topic}, which was not asked for`)
    while (partitions.length <= partition) partitions.push([])
    partitions[partition]?.push(record)
  }
}

interface Place {
  readonly topic: string
  readonly partition: number
}

/** In the format of java/RecordJson.java: bytes in base64. */
export interface JavaRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

interface KcatRecord extends Place {
  readonly offset: number
  readonly ts: number
  readonly key: string | null
  readonly payload: string | null
  readonly headers?: readonly (string | null)[]
}

function recordOf({ offset, timestamp, key, value, headers }: JavaRecord): LoggedRecord {
  const named = headers.map(([name, content]) => [text(name) as string, text(content)] as const)
  return { offset, timestamp, key: text(key), value: text(value), headers: named }
}

function text(base64: string | null): string | null {
  return base64 === null ? null : Buffer.from(base64, 'base64').toString()
}

const consoleNull = '<null>'

// topic TAB CreateTime:… TAB Partition:… TAB Offset:… TAB headers TAB key TAB value
function addConsoleLine(logs: Logs, line: string): void {
  const [topic = '', time = '', partition = '', offset = '', headers = '', key = ''] = line.split(
    '\t',
    6,
  )
  const before = [topic, time, partition, offset, headers, key].join('\t').length
  const value = line.slice(before + 1)
  logs.add(topic, Number(afterColon(partition)), {
    offset: Number(afterColon(offset)),
    timestamp: Number(afterColon(time)),
    key: key === consoleNull ? null : key,
    value: value === consoleNull ? null : value,
    headers: headers === 'NO_HEADERS' ? [] : headers.split(',').map(headerOf),
  })
}

function headerOf(printed: string): readonly [string, string | null] {
  const name = printed.slice(0, printed.indexOf(':'))
  const value = afterColon(printed)
  return [name, value === consoleNull ? null : value]
}

function afterColon(printed: string): string {
  return printed.slice(printed.indexOf(':') + 1)
}

function pairs(flat: readonly (string | null)[]): (readonly [string, string | null])[] {
  return flat.flatMap((name, i) =>
    i % 2 === 0 ? [[name ?? '', flat[i + 1] ?? null] as const] : [],
  )
}

function literal(topic: string): string {
  return topic.replace(/[.]/g, '\\.')
}
