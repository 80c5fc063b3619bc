import { KafkaProducer, type ProducerConfig } from 'to-kafka'
import { SimulatedCluster, VirtualClock } from 'to-kafka/testing'
import { describe, expect, it } from 'vitest'
import { passTime } from '../support/pass-time.ts'

function stage(config: Partial<ProducerConfig> = {}) {
  const clock = new VirtualClock()
  const cluster = new SimulatedCluster({ brokers: 2, topics: { t: { partitions: 3 } } })
  const producer = new KafkaProducer(
    { 'bootstrap.servers': cluster.bootstrapServers, 'linger.ms': 0, ...config },
    { runtime: cluster.runtime(clock) },
  )
  const run = (ms = 5000) => passTime(clock, ms)
  const ask = (topic: string) => {
    const begun = clock.now()
    const asked = { answer: undefined as unknown, after: -1 }
    const told = (answer: unknown) => Object.assign(asked, { answer, after: clock.now() - begun })
    void producer.partitionsFor(topic).then(told, told)
    return asked
  }
  const metadataRequests = () => cluster.requests.filter(({ api }) => api === 'Metadata').length
  return { clock, cluster, producer, run, ask, metadataRequests }
}

describe('partitionsFor', () => {
  it('requests an unknown topic, returns partitions in order with leaders, and is inactive afterwards', async () => {
    const { clock, cluster, run, ask } = stage()
    const asked = ask('t')
    await run(1000)
    expect(asked.answer).toEqual(
      [0, 1, 2].map((partition) => ({
        topic: 't',
        partition,
        leader: cluster.leaderOf('t', partition),
      })),
    )
    await run(1_000_000)
    expect(clock.pending).toBe(0)
  })

  it('returns known partitions at once', async () => {
    const { run, ask, metadataRequests } = stage()
    ask('t')
    await run(1000)
    const before = metadataRequests()
    const again = ask('t')
    await run(0)
    expect(again).toMatchObject({ after: 0, answer: [{}, {}, {}] })
    expect(metadataRequests()).toBe(before)
  })

  it('has null for a partition without a leader', async () => {
    const { cluster, run, ask } = stage()
    cluster.moveLeader('t', 1, -1)
    const asked = ask('t')
    await run(1000)
    expect(asked.answer).toMatchObject([{}, { leader: null }, {}])
  })

  it('gives up after max.block.ms, as a record does', async () => {
    const { run, ask } = stage({ 'max.block.ms': 300 })
    const asked = ask('unknown')
    await run()
    expect(asked.after).toBe(300)
    expect(asked.answer).toMatchObject({
      name: 'DeliveryError',
      code: 'METADATA_TIMEOUT',
      topic: 'unknown',
      limitMs: 300,
      persisted: 'no',
    })
  })

  it('finds a topic that is created meanwhile', async () => {
    const { cluster, run, ask } = stage()
    const asked = ask('later')
    await run(500)
    expect(asked.after).toBe(-1)
    cluster.createTopic('later')
    await run(5000)
    expect(asked.answer).toMatchObject([{ topic: 'later', partition: 0 }])
  })

  it('does not wait at all with max.block.ms=0', async () => {
    const { run, ask } = stage({ 'max.block.ms': 0 })
    const asked = ask('t')
    await run(0)
    expect(asked).toMatchObject({ after: 0, answer: { code: 'METADATA_TIMEOUT' } })
  })

  it.each(['', '..', 'a b', 'x'.repeat(250)])('refuses %j at once', async (topic) => {
    const { run, ask, cluster } = stage()
    const asked = ask(topic)
    await run(0)
    expect(asked).toMatchObject({ after: 0, answer: { code: 'INVALID_TOPIC_EXCEPTION' } })
    await run(1000)
    expect(cluster.requests).toEqual([])
  })

  it('is refused by a broker without waiting for max.block.ms', async () => {
    const { cluster, run, ask } = stage()
    cluster.on('Metadata').reply('TOPIC_AUTHORIZATION_FAILED')
    const asked = ask('t')
    await run(1000)
    expect(asked.answer).toMatchObject({ code: 'TOPIC_AUTHORIZATION_FAILED', topic: 't' })
  })

  it('keeps close() waiting, and is ended by its timeout', async () => {
    const { clock, producer, run, ask } = stage()
    const asked = ask('unknown')
    let closed = false
    void producer.close({ timeout: 100 }).then(() => {
      closed = true
    })
    await run(99)
    expect(closed).toBe(false)
    await run(50)
    expect(closed).toBe(true)
    expect(asked).toMatchObject({ after: 100, answer: { code: 'CLOSED' } })
    expect(clock.pending).toBe(0)
  })

  it('fails at once after close()', async () => {
    const { producer, run, ask } = stage()
    void producer.close()
    const asked = ask('t')
    await run(0)
    expect(asked).toMatchObject({ after: 0, answer: { code: 'CLOSED' } })
  })
})
