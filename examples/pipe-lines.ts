// Streams the lines of a file, or of standard input, into Kafka, and proves by reading them back that all of them are
// there, once and in order.
//
//   npm start                     a sample: Alice's Adventures in Wonderland
//   npm start -- FILE             that file
//   … | npm start -- -            standard input
//
//   KAFKA_BOOTSTRAP_SERVERS       your own cluster; without it, one is started inside this program
//   KAFKA_TOPIC                   the topic, which has to exist there; `pipe-lines` without it
//   KAFKA_KEYED=1                 the first word of a line is its key, and keeps to one partition
//
// Ctrl-C stops reading, delivers what was read and exits with 130; a second one exits at once.

import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lastValueFrom, map, type Observable, Subject, takeUntil, tap } from 'rxjs'
import { KafkaProducer, paced, toKafka } from 'to-kafka'
import { MockCluster, TopicReader } from 'to-kafka/testing'
import { Ledger, type LineRecord } from './pipe-lines/ledger.ts'
import { lines } from './pipe-lines/lines.ts'
import { readBack } from './pipe-lines/proof.ts'
import { showProgress, summary, type Tally } from './pipe-lines/report.ts'

const config = {
  'compression.type': 'snappy',
  // As much as snappy compresses at once: full batches compress best, and a file fills them.
  'batch.size': 32 * 1024,
} as const
/** The largest record of the default `max.request.size`. */
const lineBytesMax = 1024 * 1024

async function main(): Promise<number> {
  const input = await openInput(process.argv[2])
  const interruption = watchForInterruption()
  const cluster = await connect()
  try {
    const reader = await openReader(cluster)
    try {
      const { ledger, tally, seconds } = await deliver(input.chunks, cluster, interruption.signal$)
      interruption.delivered()
      if (tally.read === 0) {
        console.log(`${input.name} has no lines: nothing was sent`)
        return interruption.code
      }
      const proof = await readBack(reader, ledger, tally.read)
      const destination = `${cluster.topic} on ${cluster.name}`
      const facts = {
        source: interruption.code === 0 ? input.name : `${input.name} (interrupted)`,
        destination,
        partitions: reader.partitions,
        compression: config['compression.type'],
        records: ledger.records,
        bytes: ledger.bytes,
        seconds,
        peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      }
      console.log(summary(facts, proof))
      return proof.flaws.length > 0 ? 1 : interruption.code
    } finally {
      reader.close()
    }
  } finally {
    await cluster.close()
  }
}

/** Reads the topic back at the end; at the beginning it checks that the topic exists. */
function openReader({ bootstrapServers, topic }: { bootstrapServers: string; topic: string }) {
  return TopicReader.open(bootstrapServers, topic).catch((error: Error & { code?: string }) => {
    if (error.code !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
    throw new Error(`${error.message}: create it, or name another in KAFKA_TOPIC`)
  })
}

/** The pipeline: chunks to lines, lines to records, records to Kafka. */
async function deliver(
  chunks: AsyncIterable<Uint8Array>,
  { bootstrapServers, topic }: { readonly bootstrapServers: string; readonly topic: string },
  interrupted$: Observable<unknown>,
) {
  const producer = new KafkaProducer({ ...config, 'bootstrap.servers': bootstrapServers })
  const ledger = new Ledger()
  const tally: Tally = { read: 0, acknowledged: 0, bytes: 0 }
  const progress = showProgress(tally)
  const keyOf = process.env['KAFKA_KEYED'] === '1' ? firstWord : () => null
  const begun = performance.now()
  try {
    const delivered$ = paced(chunks, producer).pipe(
      lines(lineBytesMax),
      takeUntil(interrupted$),
      map((value, index): LineRecord => ({ topic, key: keyOf(value), value, line: index + 1 })),
      tap(({ line }) => {
        tally.read = line
      }),
      toKafka(producer),
      tap((metadata) => {
        ledger.add(metadata)
        tally.acknowledged = ledger.records
        tally.bytes = ledger.bytes
      }),
    )
    await lastValueFrom(delivered$, { defaultValue: null }).catch((error: Error) => {
      throw new Error(`${error.message}; ${ledger.records} lines were acknowledged`)
    })
    return { ledger, tally, seconds: (performance.now() - begun) / 1000 }
  } finally {
    progress?.unsubscribe()
    await producer.close()
  }
}

/** The bytes before the first space; null if there is no word. */
function firstWord(line: Buffer): Uint8Array | null {
  const space = line.indexOf(0x20)
  const word = space < 0 ? line : line.subarray(0, space)
  return word.length === 0 ? null : word
}

/** Standard input, the file, or the sample; opened at once, so that a missing file is reported immediately. */
async function openInput(argument: string | undefined) {
  if (argument === '-') return { name: 'standard input', chunks: process.stdin }
  const sample = fileURLToPath(new URL('../../examples/alice.txt', import.meta.url))
  // npm runs scripts in the folder of the package, and INIT_CWD is where it was called.
  const calledFrom = process.env['npm_lifecycle_event'] === 'start' ? process.env['INIT_CWD'] : '.'
  const path = argument === undefined ? sample : resolve(calledFrom ?? '.', argument)
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'there is no such file' : error.message
    throw new Error(`cannot read ${argument}: ${why}`)
  })
  if ((await file.stat()).isDirectory()) throw new Error(`cannot read ${argument}: it is a folder`)
  return { name: basename(path), chunks: createReadStream(path, { fd: file }) }
}

/** The cluster in the environment, or one inside this program. */
async function connect() {
  const { KAFKA_BOOTSTRAP_SERVERS: servers, KAFKA_TOPIC: topic = 'pipe-lines' } = process.env
  if (servers) return { name: servers, topic, bootstrapServers: servers, close: async () => {} }
  const topics = { [topic]: { partitions: 12 } }
  // It keeps the records, compressed, but only the last few requests.
  const cluster = await MockCluster.start({ brokers: 3, topics, requestsMax: 16 })
  const { bootstrapServers } = cluster
  const name = 'the embedded mock cluster (3 brokers)'
  return { name, topic, bootstrapServers, close: () => cluster.close() }
}

/** npm and the terminal may both pass on one Ctrl-C: a second signal this soon is the same one. */
const sameSignalMs = 300

/** The first SIGINT or SIGTERM ends the stream, the second one the program; the exit code tells which. */
function watchForInterruption() {
  const signal$ = new Subject<void>()
  let code = 0
  let first = 0
  let isDelivered = false
  const interrupt = (exitCode: number) => {
    if (isDelivered) process.exit(exitCode)
    if (code !== 0) {
      if (performance.now() - first > sameSignalMs) process.exit(exitCode)
      return
    }
    code = exitCode
    first = performance.now()
    if (process.stderr.isTTY) console.error('\ndelivering what was read; again to end at once')
    signal$.next()
  }
  process.on('SIGINT', () => interrupt(130))
  process.on('SIGTERM', () => interrupt(143))
  return {
    signal$,
    get code() {
      return code
    },
    delivered: () => {
      isDelivered = code === 0
    },
  }
}

main().then(
  (code) => {
    process.exitCode = code
    process.stdin.destroy()
  },
  (error: Error) => {
    console.error(`pipe-lines: ${error.message}`)
    process.exit(1)
  },
)
