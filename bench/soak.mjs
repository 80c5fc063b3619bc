// npm run bench:soak: whether memory stays flat while a source emits ten times what the broker takes. See README.md.
// Exits with 1 if it does not, or if a record is lost.
//   SOAK_RATE=20000 node bench/soak.mjs     in real time: 10 minutes

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { filter, map, Observable } from 'rxjs'
import { KafkaProducer, paced, toKafka, toKafkaSettled } from '../build/lib/index.js'
import { engineOf } from '../build/lib/producer/assembly.js'

const mib = 2 ** 20
/** The records a second that the broker takes; the source could emit ten times that. */
const rate = Number(process.env.SOAK_RATE ?? 100_000)
/** The records of ten minutes, for a broker that takes 20,000 a second. */
const records = Number(process.env.SOAK_RECORDS ?? 10 * 60 * 20_000)
/** How long an unpaced source pushes, in seconds, if nothing ends it. */
const pushSeconds = 30
const bufferMemory = 32 * mib
const maxWaiting = 10_000
/** The constants: by how much the process may grow in addition to buffer.memory. */
const constants = { paced: 64 * mib, pushed: 320 * mib }

const words = 'order customer payment status shipped address total currency item price '.repeat(16)
const record = (index) => ({
  topic: 'soak',
  value: words.slice(index % 64, (index % 64) + 1013) + String(index).padStart(11, '0'),
})

/** The rate of the source alone, in records a second. */
function sourceRate() {
  const begun = performance.now()
  let bytes = 0
  for (let index = 0; index < 1_000_000; index += 1) bytes += record(index).value.length
  if (bytes !== 1_000_000 * 1024) throw new Error('a value is not 1 KiB')
  return 1e9 / (performance.now() - begun)
}

/** A source that pushes ten times what the broker takes, or what the processor allows, without waiting. */
function pushing(seconds) {
  return new Observable((out) => {
    const begun = performance.now()
    let index = 0
    const push = () => {
      const elapsed = performance.now() - begun
      if (elapsed > seconds * 1000) return out.complete()
      const due = Math.min((elapsed * 10 * rate) / 1000, index + 5000)
      while (index < due && !out.closed) out.next(record(index++))
      if (!out.closed) setImmediate(push)
    }
    push()
  })
}

const counted = { given: 0, acknowledged: 0, rejected: 0 }
const codes = new Map()
/** Records that are known to be at the broker, of all streams. */
let landed = 0

/** Runs one stream to its end, and measures memory every second. */
async function soak(name, bootstrapServers, open) {
  Object.assign(counted, { given: 0, acknowledged: 0, rejected: 0 })
  codes.clear()
  for (let round = 0; round < 5; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    globalThis.gc?.() // left by the stream before
  }
  const producer = new KafkaProducer(
    {
      'bootstrap.servers': bootstrapServers,
      'batch.size': 131_072,
      'buffer.memory': bufferMemory,
    },
    { maxWaiting },
  )
  // Connections, metadata and the producer's id are ready before the source begins.
  await producer.send(record(0))
  landed += 1
  const engine = engineOf(producer)
  const before = process.memoryUsage().rss
  const samples = []
  const begun = performance.now()
  const look = () => {
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
    const { heldBytes: held, outstanding } = engine
    const seconds = (performance.now() - begun) / 1000
    samples.push({ seconds, rss, heapUsed, external, arrayBuffers, held, outstanding, ...counted })
  }
  const timer = setInterval(look, 1000)
  const ended = await new Promise((resolve) => {
    open(producer).subscribe({ error: resolve, complete: () => resolve(null) })
  })
  clearInterval(timer)
  if (samples.length === 0) look()
  const seconds = (performance.now() - begun) / 1000
  await producer.close()
  report(name, { samples, before, seconds, ended })
  return { samples, before, seconds, ended }
}

const columns = ['rss', 'heapUsed', 'external', 'arrayBuffers', 'held']
const inMib = (bytes) => (bytes / mib).toFixed(1)

function report(name, { samples, before, seconds, ended }) {
  console.log(`\n### ${name}\n`)
  console.log(`| s | ${columns.join(' | ')} | outstanding | acknowledged |`)
  console.log(`|---:|${'---:|'.repeat(columns.length + 2)}`)
  const step = Math.max(1, Math.ceil(samples.length / 12))
  for (const [index, sample] of samples.entries()) {
    if (index % step !== 0 && index !== samples.length - 1) continue
    const cells = columns.map((column) => inMib(sample[column]))
    const { outstanding, acknowledged } = sample
    console.log(
      `| ${sample.seconds.toFixed(0)} | ${cells.join(' | ')} | ${outstanding} | ${acknowledged} |`,
    )
  }
  const half = samples.slice(Math.floor(samples.length / 2))
  for (const which of ['min', 'max']) {
    const cells = columns.map((column) => inMib(Math[which](...half.map((one) => one[column]))))
    console.log(`| ${which} of the second half | ${cells.join(' | ')} | | |`)
  }
  const perSecond = Math.round(counted.acknowledged / seconds)
  const { given, acknowledged, rejected } = counted
  console.log(
    `\n${given} given, ${acknowledged} acknowledged, ${rejected} rejected ${JSON.stringify(Object.fromEntries(codes))} ` +
      `in ${seconds.toFixed(1)} s (${perSecond} acknowledged a second); RSS before: ${inMib(before)} MiB; ` +
      `ended with ${ended === null ? 'complete' : `${ended.name} ${ended.code}`}`,
  )
}

let failed = false
function check(holds, sentence) {
  console.log(`${holds ? 'ok' : 'NOT SO'}: ${sentence}`)
  failed ||= !holds
}

/** `drift`: by how much the floor of the heap may seem to rise, because it is read only once a second. */
function checkFlat({ samples, before }, constant, drift) {
  const most = Math.max(...samples.map(({ rss }) => rss)) - before
  const limit = bufferMemory + constant
  check(
    most <= limit,
    `RSS grew by ${inMib(most)} MiB at most; the limit is buffer.memory + ${inMib(constant)} MiB`,
  )
  const held = Math.max(...samples.map((one) => one.held))
  check(
    held <= bufferMemory,
    `batches held ${inMib(held)} MiB at most, of buffer.memory ${inMib(bufferMemory)} MiB`,
  )
  const half = samples.slice(Math.floor(samples.length / 2))
  const quarters = [half.slice(0, half.length / 2), half.slice(half.length / 2)]
  const [third, fourth] = quarters.map((part) => Math.min(...part.map(({ heapUsed }) => heapUsed)))
  check(
    fourth <= third + drift,
    `the floor of the heap rose by ${inMib(fourth - third)} MiB from the third quarter to the fourth`,
  )
}

const broker = fork(fileURLToPath(new URL('soak-broker.mjs', import.meta.url)), [String(rate)])
const told = () => new Promise((resolve) => broker.once('message', resolve))
const { bootstrapServers } = await told()

const alone = sourceRate()
console.log(
  `Node ${process.version}; ${records} records of 1 KiB, 12 partitions; the broker takes ${rate} a second, ` +
    `the source alone gives ${Math.round(alone)} a second`,
)
check(alone >= 10 * rate, 'the source is ten times faster than the broker')

const acknowledged = () => {
  counted.acknowledged += 1
}
const given = map((one) => {
  counted.given += 1
  return one
})
{
  function* source() {
    for (let index = 0; index < records; index += 1) yield record(index)
  }
  const run = await soak('paced, toKafka', bootstrapServers, (producer) =>
    paced(source(), producer).pipe(given, toKafka(producer), filter(acknowledged)),
  )
  landed += counted.acknowledged
  check(run.ended === null && counted.acknowledged === records, 'every record was acknowledged')
  checkFlat(run, constants.paced, 16 * mib)
}

{
  const run = await soak('a plain Observable, toKafka', bootstrapServers, (producer) =>
    pushing(pushSeconds).pipe(given, toKafka(producer), filter(acknowledged)),
  )
  const { code, counts = { acknowledged: 0, unsent: 0, unknown: 0 } } = run.ended ?? {}
  landed += counted.acknowledged + counts.unknown
  check(
    code === 'BUFFER_EXHAUSTED',
    `it ended with BUFFER_EXHAUSTED after ${run.seconds.toFixed(1)} s`,
  )
  check(
    counts.acknowledged + counts.unsent + counts.unknown === counted.given,
    `each record has its place: ${JSON.stringify(counts)} of ${counted.given}`,
  )
}

{
  const settled = filter((result) => {
    if (result.status === 'fulfilled') counted.acknowledged += 1
    else {
      counted.rejected += 1
      codes.set(result.error.code, (codes.get(result.error.code) ?? 0) + 1)
    }
    return false
  })
  const run = await soak('a plain Observable, toKafkaSettled', bootstrapServers, (producer) =>
    pushing(pushSeconds).pipe(given, toKafkaSettled(producer), settled),
  )
  landed += counted.acknowledged
  const { given: all, acknowledged: acked, rejected } = counted
  check(run.ended === null && acked + rejected === all, 'every record has its one result')
  check([...codes.keys()].join() === 'BUFFER_EXHAUSTED', 'what was rejected was BUFFER_EXHAUSTED')
  checkFlat(run, constants.pushed, 64 * mib)
}

const answer = told()
broker.send('how many')
const { taken, violations } = await answer
check(taken === landed, `the broker has ${taken} records, ${landed} are known to be there`)
check(violations.length === 0, 'the broker found nothing wrong')
broker.disconnect()
process.exitCode = failed ? 1 : 0
