// The effects of many topics, partitions, flushes, streams and records at once: each case prepares something, and
// returns what is measured. `library` is the measured build; brokers and clock are those of this checkout.

import { Subject } from 'rxjs'
import { counter, deliver, give, inMemory, overTcp, stuck } from './stretches-parts.mjs'

/** The number of records of some 12 bytes that a `buffer.memory` of 32 MiB holds. */
const inBuffer = 1_200_000
const inWaiting = 200_000
const patient = { 'max.block.ms': 3_600_000 }
const little = { ...patient, 'buffer.memory': 100_000, 'batch.size': 16_384 }

const many = { brokers: 300, topics: 5000, partitions: 10 }
const wide = { brokers: 100, partitions: 50_000 }
const eachTopic = Array.from({ length: 5000 }, (_, index) => ({
  topic: `topic-${index}`,
  value: 'x',
}))
const eachPartition = (count) =>
  Array.from({ length: count }, (_, partition) => ({ topic: 'topic-0', partition, value: 'x' }))

function aRecordForEachTopic(library) {
  return overTcp(library, many, {}, (producer) => () => deliver(library, producer, eachTopic))
}

function metadataAnew(library) {
  return overTcp(library, many, { 'metadata.max.age.ms': 1500 }, async (producer) => {
    await deliver(library, producer, eachTopic)
    return async () => {
      for (const until = performance.now() + 5000; performance.now() < until; ) {
        await producer.send(eachTopic[0])
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  })
}

function aRecordForEachPartition(library) {
  const records = eachPartition(50_000)
  return overTcp(library, wide, {}, (producer) => () => deliver(library, producer, records))
}

function leaderHints(library) {
  const records = eachPartition(1000)
  return overTcp(library, wide, {}, async (producer, tell) => {
    await deliver(library, producer, records)
    await tell('move', { count: 1000 })
    return () => deliver(library, producer, records)
  })
}

function flushes(library) {
  return overTcp(library, { partitions: 300 }, {}, async (producer, tell) => {
    const all = [producer.send({ topic: 'topic-0', partition: 0, value: 'x' })]
    await all[0]
    await tell('pause')
    return async () => {
      await give(10_000, (index) => {
        all.push(producer.send({ topic: 'topic-0', partition: index % 300, value: 'x' }))
        all.push(producer.flush())
      })
      await tell('resume')
      await Promise.all(all)
    }
  })
}

/** A buffer full of single sends. */
async function filled(parts) {
  const producer = await stuck(parts)
  const results = counter()
  await give(inBuffer, () => producer.send({ topic: 'topic', value: 'v' }).catch(results.one))
  return { producer, failed: () => results.reached(inBuffer) }
}

function bufferExpires(library) {
  return inMemory(library, {}, async (parts) => {
    const { failed } = await filled(parts)
    return () => {
      parts.clock.jump(125_000)
      return failed()
    }
  })
}

function bufferCloses(library) {
  return inMemory(library, {}, async (parts) => {
    const { producer, failed } = await filled(parts)
    return async () => {
      await producer.close({ timeout: 0 })
      await failed()
    }
  })
}

/** A stream with its own producer: records after the failed one are listed in its error. */
function bufferRefused(library) {
  return inMemory(library, {}, async ({ settings, runtime, cluster }) => {
    const source = new Subject()
    const first = counter()
    const failed = new Promise((resolve) => {
      const observer = { next: first.one, error: resolve }
      source.pipe(library.toKafka(settings, { runtime })).subscribe(observer)
    })
    source.next({ topic: 'topic', value: 'x' })
    await first.reached(1)
    cluster.pauseBroker(1)
    await give(inBuffer, () => source.next({ topic: 'topic', value: 'v' }))
    cluster.on('Produce').reply('TOPIC_AUTHORIZATION_FAILED')
    return () => {
      cluster.resumeBroker(1)
      return failed
    }
  })
}

/** Streams of a shared producer with one record each; `wait` creates a producer in which records wait. */
const leaving = (topic, config, wait) => (library) =>
  inMemory(library, config, async (parts) => {
    const producer = await wait(parts)
    if (topic === 'topic')
      await give(8000, () => void producer.send({ topic, value: 'x' }).catch(() => {}))
    const all = []
    await give(8000, () => {
      const source = new Subject()
      all.push(source.pipe(library.toKafka(producer)).subscribe())
      source.next({ topic, value: 'x' })
    })
    return () => {
      for (const one of all) one.unsubscribe()
      return new Promise((resolve) => setTimeout(resolve, 20))
    }
  })

/** One stream of a shared producer in which all records wait. */
const waitingStream = (topic, config, wait, end) => (library) =>
  inMemory(library, config, async (parts) => {
    const producer = await wait(parts)
    const source = new Subject()
    const results = counter()
    const observer = { next: results.one, error() {} }
    const stream = source.pipe(library.toKafkaSettled(producer)).subscribe(observer)
    await give(inWaiting, () => source.next({ topic, value: 'v' }))
    return () =>
      end({ ...parts, producer, stream, failed: () => results.reached(inWaiting - 20_000) })
  })

const asTopicIsAbsent = ({ make }) => make()
const unsubscribed = ({ stream }) => {
  stream.unsubscribe()
  return new Promise((resolve) => setTimeout(resolve, 20))
}
const expired = ({ clock, failed }) => {
  clock.jump(3_700_000)
  return failed()
}
const closed = async ({ producer, failed }) => {
  await producer.close({ timeout: 0 })
  await failed()
}
const promises = { ...patient, 'value.serializer': () => new Promise(() => {}) }
const intercepted = { ...patient, 'interceptor.classes': [{ onAcknowledgement() {} }] }

export const cases = {
  '5,000 topics × 10 partitions, 300 brokers: a record for each topic': aRecordForEachTopic,
  'the same, and metadata are fetched anew three times': metadataAnew,
  '50,000 partitions, 100 brokers: a record for each': aRecordForEachPartition,
  'the same: 1,000 have moved, and brokers say where to': leaderHints,
  '10,000 flushes wait for a broker, a record before each': flushes,
  '8,000 streams that wait for a topic leave': leaving('absent', patient, asTopicIsAbsent),
  '8,000 streams that wait for memory leave': leaving('topic', little, stuck),
  '1,200,000 records in a full buffer expire': bufferExpires,
  '… `close({ timeout: 0 })`': bufferCloses,
  '… the first is refused, in `toKafka(config)`': bufferRefused,
  '200,000 that wait for a topic: unsubscribed': waitingStream(
    'absent',
    patient,
    asTopicIsAbsent,
    unsubscribed,
  ),
  '… with an interceptor': waitingStream('absent', intercepted, asTopicIsAbsent, unsubscribed),
  '200,000 that wait for memory: unsubscribed': waitingStream('topic', little, stuck, unsubscribed),
  '200,000 that wait for a promise: unsubscribed': waitingStream(
    'topic',
    promises,
    asTopicIsAbsent,
    unsubscribed,
  ),
  '200,000 that wait for a topic expire': waitingStream(
    'absent',
    patient,
    asTopicIsAbsent,
    expired,
  ),
  '200,000 that wait for a topic, `close({ timeout: 0 })`': waitingStream(
    'absent',
    patient,
    asTopicIsAbsent,
    closed,
  ),
  '200,000 that wait for memory expire': waitingStream('topic', little, stuck, expired),
  '200,000 that wait for memory, `close({ timeout: 0 })`': waitingStream(
    'topic',
    little,
    stuck,
    closed,
  ),
}
