// Kafka's DumpLogSegments on the files of a broker: whether every batch in them is valid, and what
// each contains. One run for all topics.

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runJava } from './java-program.ts'

const readLimitMs = 180_000

/** One batch as DumpLogSegments found it in the log. */
export interface LoggedBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly count: number
  readonly baseSequence: number
  readonly lastSequence: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly transactional: boolean
  /** How a transaction of this producer ended, if the batch is a marker. */
  readonly marker: 'COMMIT' | 'ABORT' | null
  readonly bytes: number
  readonly compression: string
  readonly valid: boolean
}

export interface LogDump {
  /** By topic, by partition, in log order. */
  readonly batches: ReadonlyMap<string, readonly (readonly LoggedBatch[])[]>
  /** The number of records that the deep iteration read, over all topics. */
  readonly records: number
  /** Lines with complaints of the tool; none if the logs are valid. */
  readonly complaints: readonly string[]
}

/** Runs a tool of Kafka; returns its standard error. */
export type ToolRun = (
  mainClass: string,
  args: readonly string[],
  run: { readonly onLine: (line: string) => void; readonly limitMs: number },
) => Promise<string>

/** DumpLogSegments --deep-iteration on every segment of these topics, by default in its own JVM. */
export async function dumpLogSegments(
  dataFolder: string,
  topics: readonly string[],
  runTool: ToolRun = runJava,
): Promise<LogDump> {
  const dump = new Dump(topics)
  const files = await segments(dataFolder, topics)
  const args = ['--deep-iteration', '--files', files.join(',')]
  const onLine = (line: string) => dump.add(line)
  const run = { onLine, limitMs: readLimitMs }
  const printed = await runTool('org.apache.kafka.tools.DumpLogSegments', args, run)
  if (printed.trim() !== '') dump.complaints.push(printed)
  return dump
}

class Dump implements LogDump {
  readonly batches: Map<string, LoggedBatch[][]>
  readonly complaints: string[] = []
  records = 0
  #partition: LoggedBatch[] = []

  constructor(topics: readonly string[]) {
    this.batches = new Map(topics.map((topic) => [topic, []]))
  }

  add(line: string): void {
    if (line.startsWith('| offset: ')) this.#addRecord(line)
    else if (line.startsWith('baseOffset: ')) this.#addBatch(line)
    else if (line.startsWith('Dumping ')) this.#open(line)
    else if (!line.startsWith('Log starting offset: ') && line !== '') this.complaints.push(line)
  }

  #open(line: string): void {
    const [, topic, partition] = line.match(/([^/]+)-(\d+)\/\d+\.log$/) ?? []
    const partitions = this.batches.get(topic ?? '')
    if (partitions === undefined) throw new Error(`not a segment of a topic asked for: ${line}`)
    while (partitions.length <= Number(partition)) partitions.push([])
    this.#partition = partitions[Number(partition)] as LoggedBatch[]
  }

  #addRecord(line: string): void {
    this.records++
    const marker = line.match(/ endTxnMarker: (COMMIT|ABORT) /)?.[1] as 'COMMIT' | undefined
    if (marker === undefined) return
    this.#partition.push({ ...(this.#partition.pop() as LoggedBatch), marker })
  }

  #addBatch(line: string): void {
    const field = (name: string) => line.match(new RegExp(` ${name}: (\\S+)`))?.[1] ?? ''
    const batch = {
      baseOffset: Number(line.match(/^baseOffset: (\d+)/)?.[1]),
      lastOffset: Number(field('lastOffset')),
      count: Number(field('count')),
      baseSequence: Number(field('baseSequence')),
      lastSequence: Number(field('lastSequence')),
      producerId: Number(field('producerId')),
      producerEpoch: Number(field('producerEpoch')),
      transactional: field('isTransactional') === 'true',
      marker: null,
      bytes: Number(field('size')),
      compression: field('compresscodec'),
      valid: field('isvalid') === 'true',
    }
    if (!batch.valid) this.complaints.push(line)
    this.#partition.push(batch)
  }
}

async function segments(dataFolder: string, topics: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const folder of await readdir(dataFolder)) {
    if (!topics.includes(folder.replace(/-\d+$/, ''))) continue
    const names = (await readdir(join(dataFolder, folder))).sort()
    const logs = names.filter((name) => name.endsWith('.log'))
    found.push(...logs.map((name) => join(dataFolder, folder, name)))
  }
  return found
}
