// npm run bench: what a record costs, step by step, in one process and one run. See README.md.

import { count, lastValueFrom, map } from 'rxjs'
import { KafkaProducer, paced, toKafka } from 'to-kafka'
import { MockCluster } from 'to-kafka/testing'
import { BatchWriter } from '../dist/records/batch-writer.js'
import { crc32c } from '../dist/records/checksum.js'
import { codecs } from '../dist/records/compression.js'

const records = 1_000_000
const words = 'order customer payment status shipped address total currency item price '.repeat(2)
const value = (index) =>
  words.slice(index % 40, (index % 40) + 89) + String(index).padStart(11, '0')

/** Nanoseconds of processor time, all threads, a record: the best of three. */
async function measure(work, per = records) {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round += 1) {
    const begun = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(begun)
    best = Math.min(best, ((user + system) * 1000) / per)
  }
  return best
}

function made() {
  let length = 0
  for (let index = 0; index < records; index += 1)
    length += { topic: 't', value: value(index) }.value.length
  return length
}

const buffer = Buffer.allocUnsafeSlow(131_072)

function encoded() {
  let writer = new BatchWriter(buffer)
  for (let index = 0; index < records; index += 1) {
    if (writer.append(1, null, value(index), null)) continue
    writer = new BatchWriter(buffer)
    writer.append(1, null, value(index), null)
  }
}

/** A full batch, and how often it takes to have had all records. */
function fullBatch() {
  const writer = new BatchWriter(buffer)
  while (writer.append(1, null, value(writer.count), null));
  return { payload: writer.payload, times: Math.ceil(records / writer.count) }
}

function throughCodec(name) {
  const { payload, times } = fullBatch()
  for (let time = 0; time < times / 10; time += 1) codecs[name].compress(payload)
}

function checked() {
  const { payload, times } = fullBatch()
  for (let time = 0; time < times; time += 1) crc32c(payload, 0, payload.length)
}

async function endToEnd(compression) {
  const cluster = await MockCluster.start({ topics: { bench: { partitions: 12 } }, requestsMax: 0 })
  const producer = new KafkaProducer({
    'bootstrap.servers': cluster.bootstrapServers,
    'batch.size': 131_072,
    'compression.type': compression,
  })
  function* source() {
    for (let index = 0; index < records; index += 1) yield index
  }
  const results$ = paced(source(), producer).pipe(
    map((index) => ({ topic: 'bench', value: value(index) })),
    toKafka(producer),
    count(),
  )
  const acknowledged = await lastValueFrom(results$)
  if (acknowledged !== records) throw new Error(`${acknowledged} of ${records} were acknowledged`)
  await producer.close()
  await cluster.close()
}

const floor = await measure(made)
const lines = [
  ['records made', floor],
  ['batch encoder', await measure(encoded)],
  ['checksum', await measure(checked)],
  ['snappy', await measure(() => throughCodec('snappy'), records / 10)],
  ['gzip', await measure(() => throughCodec('gzip'), records / 10)],
  ['end to end, none', await measure(() => endToEnd('none'))],
  ['end to end, snappy', await measure(() => endToEnd('snappy'))],
]

console.log(
  `${records} records of 100 bytes, Node ${process.version}; nanoseconds of processor time a record`,
)
for (const [name, nanoseconds] of lines) {
  const ratio = (nanoseconds / floor).toFixed(2)
  console.log(
    `${name.padEnd(20)} ${nanoseconds.toFixed(0).padStart(7)} ns  ${ratio.padStart(6)} × records made`,
  )
}
