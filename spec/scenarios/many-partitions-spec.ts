import { type KafkaProducer, paced, toKafka } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { decodeBatch, type ProduceLike } from '../support/batches-sent.ts'
import { passTime } from '../support/pass-time.ts'
import { listen } from '../support/scenario.ts'
import { VirtualStage } from './virtual-stage.ts'

// A paced source that writes a little to many partitions in each burst. In virtual time a burst has
// 1024 items, because nothing takes time, and all bursts come before the first answer. The order in
// which the broker gets records shows when they were sent, with as many requests in flight as the
// source has bursts.

const partitions = 200
const perBurst = 1024
const total = 34 * perBurst

/** The contents of a Produce request. */
interface Sent {
  readonly batches: number
  /** Numbers of records; -1 for one from `send()`. */
  readonly records: readonly number[]
}

/** The requests for `total` numbered records; `pulled` is called before each record. */
async function run(
  pulled: (index: number, producer: KafkaProducer) => void = () => {},
): Promise<Sent[]> {
  const stage = new VirtualStage({ topics: { t: { partitions } }, brokers: 1 })
  const producer = stage.producer({
    'linger.ms': 0,
    'enable.idempotence': false,
    'max.in.flight.requests.per.connection': 1000,
  })
  // So that there is a connection when the source begins.
  void producer.send({ topic: 't', partition: 0, value: 'first' })
  await passTime(stage.clock, 1000)
  const sent: Sent[] = []
  stage.cluster.on('Produce').call(({ body }) => {
    const batches = (body as ProduceLike).topicData.flatMap(({ partitionData }) => partitionData)
    const records = decodeBatch(body).trim().split(' ').map(Number)
    sent.push({ batches: batches.length, records })
  })
  function* numbered() {
    for (let index = 0; index < total; index += 1) {
      pulled(index, producer)
      yield { topic: 't', partition: index % partitions, value: `${index} ` }
    }
  }
  const delivered = listen(paced(numbered(), producer).pipe(toKafka(producer)))
  await passTime(stage.clock, 1000)
  expect(await delivered.ended).toBeNull()
  expect(delivered.values).toHaveLength(total)
  const closed = producer.close()
  await passTime(stage.clock, 1000)
  await closed
  return sent
}

/** The last number that was sent before, or with, the first request that satisfies `is`. */
function reachedBy(sent: readonly Sent[], is: (request: Sent) => boolean): number {
  const at = sent.findIndex(is)
  return Math.max(...sent.slice(0, at + 1).flatMap(({ records }) => records))
}

describe('a paced source over many partitions', () => {
  it('sends each partition only once in many bursts, so that batches fill', async () => {
    const sent = await run()
    const batches = sent.reduce((sum, request) => sum + request.batches, 0)
    // A burst has five records for each partition.
    expect(total / batches).toBeGreaterThan(40)
    expect(sent.length).toBeGreaterThan(30)
  })

  it('does not keep a record of another sender waiting', async () => {
    const at = 20 * perBurst
    const sent = await run((index, producer) => {
      if (index === at) void producer.send({ topic: 't', partition: 199, value: '-1 ' })
    })
    const reached = reachedBy(sent, ({ records }) => records.includes(-1))
    expect(reached).toBeLessThanOrEqual(at + 2 * perBurst)
  })

  it('does not keep a flush waiting', async () => {
    const at = 20 * perBurst
    const sent = await run((index, producer) => {
      if (index === at) void producer.flush()
    })
    let missing = at
    const reached = reachedBy(sent, ({ records }) => {
      missing -= records.filter((index) => index < at).length
      return missing === 0
    })
    expect(reached).toBeLessThanOrEqual(at + 2 * perBurst)
  })
})
