// The proof: reads back what the ledger lists as acknowledged, with a reader that shares no code with the producer,
// and compares.

import type { TopicReader } from 'to-kafka/testing'
import { type Ledger, LineDigest, type PartitionLedger } from './ledger.ts'

/** What was read from one partition. */
export interface PartitionProof {
  readonly partition: number
  readonly ledger: PartitionLedger
  readonly records: number
  readonly sha256: string
  /** What is wrong; null if every line is there, once, in order, byte for byte. */
  readonly flaw: string | null
}

export interface Proof {
  readonly partitions: readonly PartitionProof[]
  readonly records: number
  readonly batches: number
  /** The size of the batches in the log, compressed, including headers. */
  readonly logBytes: number
  /** Their uncompressed size. */
  readonly uncompressedBytes: number
  /** What is wrong, as sentences. Empty if nothing is. */
  readonly flaws: readonly string[]
}

interface Total {
  batches: number
  logBytes: number
  uncompressedBytes: number
}

/** Reads back what `ledger` lists; `linesSent` is how many lines there should be. */
export async function readBack(
  reader: TopicReader,
  ledger: Ledger,
  linesSent: number,
): Promise<Proof> {
  const partitions: PartitionProof[] = []
  const total = { batches: 0, logBytes: 0, uncompressedBytes: 0 }
  for (const [partition, entry] of ledger.partitions.entries()) {
    if (entry !== undefined) partitions.push(await readPartition(reader, partition, entry, total))
  }
  const flaws = partitions.flatMap(({ partition, flaw }) =>
    flaw === null ? [] : [`partition ${partition}: ${flaw}`],
  )
  if (ledger.repeated > 0) flaws.push(`${ledger.repeated} lines were acknowledged twice`)
  if (ledger.records !== linesSent) {
    flaws.push(`${linesSent} lines were sent, ${ledger.records} acknowledged`)
  }
  const records = partitions.reduce((sum, proof) => sum + proof.records, 0)
  return { partitions, records, ...total, flaws }
}

async function readPartition(
  reader: TopicReader,
  partition: number,
  ledger: PartitionLedger,
  total: Total,
): Promise<PartitionProof> {
  const digest = new LineDigest()
  let records = 0
  for (const run of ledger.runs) {
    for await (const batch of reader.batches(partition, run)) {
      total.batches += 1
      total.logBytes += batch.byteLength
      total.uncompressedBytes += batch.uncompressedBytes
      records += batch.records.length
      for (const { value } of batch.records) digest.add(value ?? Buffer.alloc(0))
    }
  }
  const sha256 = digest.toString()
  const flaw = flawOf(ledger, records, sha256)
  return { partition, ledger, records, sha256, flaw }
}

function flawOf(ledger: PartitionLedger, records: number, sha256: string): string | null {
  if (ledger.misplaced !== null) return `line ${ledger.misplaced} comes after a later line`
  if (records !== ledger.records) return `${ledger.records} acknowledged, ${records} in the log`
  if (sha256 !== ledger.digest.toString()) return 'the log has other bytes, or another order'
  return null
}
