// What every record costs without the pipeline: the batch encoder, the checksum, the codecs.

import { BatchWriter } from '../build/lib/records/batch-writer.js'
import { crc32c } from '../build/lib/records/checksum.js'
import { codecs } from '../build/lib/records/compression.js'
import { measure, print, ratio, whole } from './measure.mjs'
import { make, values } from './records.mjs'

const records = 1_000_000
const buffer = Buffer.allocUnsafeSlow(131_072)
const value = values(100)

function encode() {
  let writer = new BatchWriter(buffer)
  for (let index = 0; index < records; index += 1) {
    if (writer.append(1, null, value(index), null)) continue
    writer = new BatchWriter(buffer)
    writer.append(1, null, value(index), null)
  }
}

/** A full batch, and how many of them all records need. */
function fullBatch() {
  const writer = new BatchWriter(buffer)
  while (writer.append(1, null, value(writer.count), null));
  return { payload: writer.payload, times: Math.ceil(records / writer.count) }
}

/** Runs `work` on a full batch, as often as a share of all records needs. */
function withBatches(name, work, part = 1) {
  const open = () => {
    const { payload, times } = fullBatch()
    return () => {
      for (let time = 0; time < times * part; time += 1) work(payload)
    }
  }
  return { name, records: records * part, open }
}

const names = ['snappy', 'gzip', 'lz4', 'zstd'].filter((name) => codecs[name]?.compress)
const usable = names.filter((name) => {
  try {
    return codecs[name].compress(fullBatch().payload).length > 0
  } catch {
    return false // this Node does not have zstd
  }
})

const [floor, ...rest] = await measure([
  { name: 'records made', records, open: () => () => make(records, (i) => ({ value: value(i) })) },
  { name: 'batch encoder', records, open: () => encode },
  withBatches('checksum', (payload) => crc32c(payload, 0, payload.length)),
  ...usable.map((name) => withBatches(name, (payload) => codecs[name].compress(payload), 0.1)),
])

print({
  title: 'Parts: encoder, checksum, codecs',
  columns: ['line', 'CPU ns a record', '× records made'],
  rows: [floor, ...rest].map(({ name, cpu }) => [name, whole(cpu), ratio(cpu / floor.cpu)]),
  not: `finding the batch, growing buffers, threads (gzip and zstd leave the main thread in a producer).
Batches of 128 KiB with records of 100 bytes; the encoder's line has the making of them in it.`,
})
