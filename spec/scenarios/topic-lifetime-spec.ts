import { describe, expect, it } from 'vitest'
import { passTime } from '../support/pass-time.ts'
import { VirtualStage } from './virtual-stage.ts'

// How long a topic is known: as long as anything needs it, and not much longer. In virtual time,
// for minutes and hours.

const minute = 60_000
const record = { topic: 't', value: 'x' }
const patient = { 'linger.ms': 0, 'delivery.timeout.ms': 30 * minute }
const fulfilled = { status: 'fulfilled' }

/** The topics in each Metadata request. */
function askedFor({ cluster }: VirtualStage): string[] {
  return cluster.requests.flatMap(({ api, body }) => {
    if (api !== 'Metadata') return []
    const { topics } = body as { topics: readonly { name: string }[] | null }
    return [(topics ?? []).map(({ name }) => name).join()]
  })
}

describe('a topic with an unsettled batch', () => {
  it('is requested until its leader is back, however long that takes', () => {
    const stage = new VirtualStage({ brokers: 3 })
    const producer = stage.producer(patient)
    stage.deliverOn(producer, [record])
    stage.clock.runUntil(1000)
    const leader = stage.cluster.leaderOf('t', 0)
    stage.cluster.stopBroker(leader, { failover: false })
    const results = stage.deliverOn(producer, [record])
    stage.clock.runUntil(12 * minute)
    expect([results, askedFor(stage).at(-1)]).toEqual([[], 't'])

    stage.cluster.startBroker(leader)
    stage.clock.runUntil(13 * minute)
    expect(results).toMatchObject([{ ...fulfilled, metadata: { offset: 1 } }])
  })

  it('is requested while its brokers refuse the batch', () => {
    const stage = new VirtualStage()
    const refusal = stage.cluster.on('Produce').reply('NOT_ENOUGH_REPLICAS')
    const results = stage.deliver([record], patient)
    stage.clock.runUntil(11 * minute)
    refusal.cancel()
    stage.clock.runUntil(12 * minute)
    expect(results).toMatchObject([fulfilled])
  })

  it('is still known after the batch has lingered for longer than metadata.max.idle.ms', () => {
    const stage = new VirtualStage()
    const results = stage.deliverOn(
      stage.producer({ ...patient, 'linger.ms': 15 * minute, 'request.timeout.ms': 1000 }),
      [record],
    )
    stage.clock.runUntil(14 * minute)
    expect(results).toEqual([])
    stage.clock.runUntil(16 * minute)
    expect(results).toMatchObject([fulfilled])
  })
})

describe('a topic that is waited for', () => {
  it('is requested by partitionsFor until it exists, also after metadata.max.idle.ms', async () => {
    const stage = new VirtualStage()
    const producer = stage.producer({ 'metadata.max.idle.ms': 5000 })
    const answer = producer.partitionsFor('late')
    await passTime(stage.clock, 20_000)
    stage.cluster.createTopic('late')
    await passTime(stage.clock, 30_000)
    expect(await answer).toMatchObject([{ topic: 'late', partition: 0 }])
  })

  it('is requested while records wait for it, and is forgotten after they have failed', () => {
    const stage = new VirtualStage()
    const producer = stage.producer({
      'max.block.ms': 10 * minute,
      'metadata.max.idle.ms': 5000,
      'metadata.max.age.ms': 5000,
    })
    const results = stage.deliverOn(producer, [{ topic: 'late', value: 'x' }])
    stage.clock.runUntil(9 * minute)
    expect(askedFor(stage).at(-1)).toBe('late')
    stage.clock.runUntil(11 * minute)
    expect(results).toMatchObject([{ error: { code: 'METADATA_TIMEOUT' } }])

    const busy = () => stage.deliverOn(producer, [record])
    for (let ms = 11 * minute; ms < 12 * minute; ms += 1000) {
      busy()
      stage.clock.runUntil(ms)
    }
    expect(askedFor(stage).at(-1)).toBe('t')
  })
})

describe('a topic that is deleted', () => {
  it('holds no memory: its records wait outside of buffer.memory, and other topics continue', () => {
    const stage = new VirtualStage({ topics: { gone: {}, well: {} } })
    const producer = stage.producer({
      'linger.ms': 0,
      'buffer.memory': 200_000,
      'max.block.ms': 5000,
      'delivery.timeout.ms': 20_000,
      'request.timeout.ms': 1000,
      'metadata.max.age.ms': 1000,
    })
    const all = ['gone', 'well'].map((topic) => ({ topic, value: 'x'.repeat(1000) }))
    stage.deliverOn(producer, all)
    stage.clock.runUntil(500)
    stage.cluster.deleteTopic('gone')
    const results = Array.from({ length: 600 }, (_, index) => {
      stage.clock.runUntil(500 + index * 20)
      return all.map((one) => stage.deliverOn(producer, [one]))
    })
    stage.clock.runUntil(minute)
    const [gone, well] = [0, 1].map((of) => results.flatMap((one) => one[of]!))
    expect(well).toHaveLength(600)
    expect(well!.filter(({ status }) => status === 'rejected')).toEqual([])
    const codes = gone!.map((result) => result.status === 'rejected' && result.error.code)
    expect(new Set(codes)).toEqual(new Set(['DELIVERY_TIMEOUT', 'METADATA_TIMEOUT']))
    // What was in batches when the deletion was noticed, and no more.
    expect(codes.filter((code) => code === 'DELIVERY_TIMEOUT').length).toBeLessThan(60)
  })

  it('takes records again when it is recreated, and each is written once', () => {
    const stage = new VirtualStage()
    const producer = stage.producer({ 'linger.ms': 0, 'metadata.max.age.ms': 1000 })
    stage.deliverOn(producer, [record])
    stage.clock.runUntil(500)
    stage.cluster.deleteTopic('t')
    const results = [1, 2, 3].map((second) => {
      stage.clock.runUntil(second * 1000)
      return stage.deliverOn(producer, [{ ...record, value: `${second}` }])
    })
    stage.cluster.createTopic('t')
    stage.clock.runUntil(10_000)
    expect(results.flat()).toMatchObject([0, 1, 2].map((offset) => ({ metadata: { offset } })))
  })
})

describe('a topic that was forgotten', () => {
  it.each([
    ['none', 0],
    ['one', 1],
  ])('takes the next record as a new one, not as a repeat, with %s in between', (_, between) => {
    const stage = new VirtualStage({ topics: { t: {}, u: {} } })
    const producer = stage.producer({ 'linger.ms': 0, 'metadata.max.age.ms': 20_000 })
    stage.deliverOn(producer, [record])
    for (let ms = 10_000; ms < 20 * minute; ms += 10_000) {
      stage.clock.runUntil(ms)
      if (between > 0) stage.deliverOn(producer, [{ topic: 'u', value: 'busy' }])
    }
    // A batch of one record again, under the same producer id: number 0 would be a repeat of the
    // first batch.
    const results = [1, 2, 3].map((second) => {
      stage.clock.runUntil(20 * minute + second * 1000)
      return stage.deliverOn(producer, [record])
    })
    stage.clock.runUntil(21 * minute)
    expect(results.flat()).toMatchObject([1, 2, 3].map((offset) => ({ metadata: { offset } })))
    expect(stage.cluster.violations).toEqual([])
  })
})

describe('a quiet hour', () => {
  it('in which one broker is restarted and another leaves removes no known broker', () => {
    const stage = new VirtualStage({ brokers: 3, topics: { t: { partitions: 3 } } })
    const [first] = stage.cluster.bootstrapServers.split(',')
    const producer = stage.producer({
      'bootstrap.servers': first!,
      'connections.max.idle.ms': -1,
      'linger.ms': 0,
    } as never)
    const everywhere = [0, 1, 2].map((partition) => ({ ...record, partition }))
    stage.deliverOn(producer, everywhere)
    stage.clock.runUntil(10 * minute)
    stage.cluster.stopBroker(2)
    stage.cluster.startBroker(2)
    stage.cluster.stopBroker(1) // whose address is the one bootstrap server
    stage.clock.runUntil(60 * minute)

    const results = stage.deliverOn(producer, everywhere)
    stage.clock.runUntil(61 * minute)
    expect(results).toMatchObject([fulfilled, fulfilled, fulfilled])
  })
})
