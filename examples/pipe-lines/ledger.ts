// What the cluster has acknowledged, partition by partition, in the order of acknowledgement: enough to prove by
// reading back that every line is there once, in order, byte for byte, and nothing else. It keeps a digest and a few
// numbers for each partition, and one bit for each line.

import { createHash, type Hash } from 'node:crypto'
import type { RecordMetadata } from 'to-kafka'

/** A line as a record. `line` is its number, from 1; it comes back with the metadata. */
export interface LineRecord {
  readonly topic: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array
  readonly line: number
}

/** Offsets from `from` up to, but not including, `to`; all of them are ours. */
export interface Run {
  readonly from: number
  to: number
}

export class PartitionLedger {
  readonly digest = new LineDigest()
  /** One, unless another program writes to the topic at the same time. */
  readonly runs: Run[] = []
  records = 0
  firstLine = 0
  lastLine = 0
  /** The first line that was acknowledged after a later one, if there is one. */
  misplaced: number | null = null

  add(offset: number, line: number, value: Uint8Array): void {
    const run = this.runs.at(-1)
    if (run?.to === offset) run.to += 1
    else this.runs.push({ from: offset, to: offset + 1 })
    if (this.records === 0) this.firstLine = line
    else if (line <= this.lastLine) this.misplaced ??= line
    this.lastLine = line
    this.records += 1
    this.digest.add(value)
  }
}

export class Ledger {
  /** By partition; undefined for a partition without lines. */
  readonly partitions: (PartitionLedger | undefined)[] = []
  records = 0
  /** A digest of the lines, including keys. */
  bytes = 0
  #seen = new Uint8Array(1024)
  /** Lines that were acknowledged twice. */
  repeated = 0

  add({ partition, offset, record }: RecordMetadata<LineRecord>): void {
    const { line, key, value } = record
    this.records += 1
    this.bytes += value.byteLength + (key?.byteLength ?? 0)
    this.#mark(line)
    let ledger = this.partitions[partition]
    if (ledger === undefined) {
      ledger = new PartitionLedger()
      this.partitions[partition] = ledger
    }
    ledger.add(offset, line, value)
  }

  #mark(line: number): void {
    const index = line >> 3
    const bit = 1 << (line & 7)
    if (index >= this.#seen.length) {
      const larger = new Uint8Array(Math.max(index + 1, this.#seen.length * 2))
      larger.set(this.#seen)
      this.#seen = larger
    }
    if ((this.#seen[index]! & bit) !== 0) this.repeated += 1
    this.#seen[index]! |= bit
  }
}

/** A digest of lines in order. Lines are collected first, because each call of the hash costs more than that. */
export class LineDigest {
  readonly #hash: Hash = createHash('sha256')
  readonly #gathered = Buffer.allocUnsafe(64 * 1024)
  #length = 0

  add(line: Uint8Array): void {
    if (this.#length + line.byteLength + 4 > this.#gathered.length) this.#flush()
    this.#length = this.#gathered.writeUInt32BE(line.byteLength, this.#length)
    if (line.byteLength + 4 > this.#gathered.length) {
      this.#flush()
      this.#hash.update(line)
      return
    }
    this.#gathered.set(line, this.#length)
    this.#length += line.byteLength
  }

  /** Must be called once, at the end. */
  toString(): string {
    this.#flush()
    return this.#hash.digest('hex')
  }

  #flush(): void {
    this.#hash.update(this.#gathered.subarray(0, this.#length))
    this.#length = 0
  }
}
