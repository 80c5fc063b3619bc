// Apache's own decoder on our bytes: each log is validated as in a broker (sizes, checksum, every
// record), all of them in one run of java/BatchDecoder.java.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runJava } from './java-program.ts'

/** A batch as Java decoded it. */
export interface JavaBatch {
  readonly magic: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly partitionLeaderEpoch: number
  readonly compression: string
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  readonly maxTimestamp: number
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly transactional: boolean
  readonly sizeInBytes: number
  readonly records: readonly JavaDecodedRecord[]
}

export interface JavaDecodedRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
}

/**
 * Returns the batches of each log, which is a file's path or the bytes themselves (one batch, or
 * several in a row); or an Error with Java's message if Java refuses them. Needs Java: call
 * kafkaMissing() first.
 */
export async function decodeWithJava(
  logs: readonly (string | Uint8Array)[],
): Promise<(JavaBatch[] | Error)[]> {
  const folder = await mkdtemp(join(tmpdir(), 'to-kafka-batches-'))
  try {
    const paths = await Promise.all(logs.map((log, index) => pathOf(log, join(folder, `${index}`))))
    const decoded: (JavaBatch[] | Error)[] = logs.map(() => [])
    await runJava('BatchDecoder', paths, { onLine: (line) => add(decoded, line) })
    return decoded
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function pathOf(log: string | Uint8Array, path: string): Promise<string> {
  if (typeof log === 'string') return log
  await writeFile(path, log)
  return path
}

type PrintedBytes = string | null
type PrintedRecord = Omit<JavaDecodedRecord, 'key' | 'value' | 'headers'> & {
  readonly key: PrintedBytes
  readonly value: PrintedBytes
  readonly headers: readonly (readonly [key: string, value: PrintedBytes])[]
}
type PrintedBatch = Omit<JavaBatch, 'records' | 'producerId'> & {
  readonly producerId: string
  readonly records: readonly PrintedRecord[]
}
type Printed = { readonly file: number } & (PrintedBatch | { readonly error: string })

function add(decoded: (JavaBatch[] | Error)[], line: string): void {
  const { file, ...printed } = JSON.parse(line) as Printed
  const batches = decoded[file]
  if ('error' in printed) decoded[file] = new Error(printed.error)
  else if (Array.isArray(batches)) batches.push(batchOf(printed as PrintedBatch))
}

function batchOf(batch: PrintedBatch): JavaBatch {
  return { ...batch, producerId: BigInt(batch.producerId), records: batch.records.map(recordOf) }
}

function recordOf({ key, value, headers, ...place }: PrintedRecord): JavaDecodedRecord {
  const named = headers.map(([name, content]) => ({
    key: Buffer.from(name, 'base64').toString(),
    value: bytesOf(content),
  }))
  return { ...place, key: bytesOf(key), value: bytesOf(value), headers: named }
}

function bytesOf(base64: PrintedBytes): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, 'base64')
}
