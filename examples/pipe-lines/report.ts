// The output of the program: a line of progress on a terminal, and the summary at the end.

import { interval, type Subscription } from 'rxjs'
import type { Proof } from './proof.ts'

/** The counts while lines stream through. */
export interface Tally {
  read: number
  acknowledged: number
  bytes: number
}

/** Rewrites one line of the terminal five times a second; does nothing without a terminal. */
export function showProgress(tally: Tally): Subscription | undefined {
  const { stderr } = process
  if (!stderr.isTTY) return undefined
  const begun = performance.now()
  const progress = interval(200).subscribe(() => {
    const seconds = (performance.now() - begun) / 1000
    const { acknowledged, read, bytes } = tally
    const rate = count(acknowledged / seconds)
    const text = `${count(acknowledged)} of ${count(read)} lines acknowledged, ${size(bytes)}, ${rate}/s`
    stderr.write(`\r\x1b[K${text}`)
  })
  progress.add(() => stderr.write('\r\x1b[K'))
  return progress
}

export interface Facts {
  readonly source: string
  readonly destination: string
  readonly partitions: number
  readonly compression: string
  readonly records: number
  readonly bytes: number
  readonly seconds: number
  readonly peakMemoryBytes: number
}

/** How many partitions are printed one by one. */
const rowsMax = 12

export function summary(facts: Facts, proof: Proof): string {
  const { records, bytes, seconds } = facts
  const { batches, logBytes, uncompressedBytes, partitions } = proof
  const rows = [
    ['records', `${count(records)}, each acknowledged once`],
    ['bytes', `${size(bytes)} of lines, ${size(logBytes)} in the log`],
    ['batches', count(batches)],
    ['records per batch', ratio(records, batches)],
    [
      'compression ratio',
      `${ratio(uncompressedBytes, logBytes)} to 1 (${facts.compression}, whole batches)`,
    ],
    ['partitions used', `${partitions.length} of ${facts.partitions}`],
    ['throughput', `${count(records / seconds)} records/s, ${size(bytes / seconds)}/s`],
    ['time', `${seconds.toFixed(2)} s`],
    ['peak memory', size(facts.peakMemoryBytes)],
  ] as const
  const table = rows.map(([name, value]) => `  ${name.padEnd(20)}${value}`)
  return [`${facts.source} → ${facts.destination}`, '', ...table, '', ...verdict(proof)].join('\n')
}

function verdict({ partitions, records, flaws }: Proof): string[] {
  if (flaws.length > 0) return ['read back: NOT what was sent', ...flaws.map((flaw) => `  ${flaw}`)]
  const rows = partitions.slice(0, rowsMax).map(({ partition, ledger, sha256, records: found }) => {
    const lines = `lines ${count(ledger.firstLine)} … ${count(ledger.lastLine)}`
    const digest = `sha256 ${sha256.slice(0, 12)}…`
    return `  partition ${String(partition).padEnd(4)}${count(found).padStart(10)} records, ${lines}, ${digest}`
  })
  const more = partitions.length - rows.length
  return [
    `read back: ${count(records)} records, byte for byte, in each partition in the order of the lines`,
    ...rows,
    ...(more > 0 ? [`  and ${more} partitions more`] : []),
  ]
}

function count(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : '0'
}

function ratio(value: number, by: number): string {
  return by === 0 ? '–' : (value / by).toFixed(value / by < 10 ? 2 : 0)
}

function size(bytes: number): string {
  if (!Number.isFinite(bytes)) return '0 B'
  if (bytes < 10_000) return `${Math.round(bytes)} B`
  if (bytes < 10_000_000) return `${(bytes / 1000).toFixed(0)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
