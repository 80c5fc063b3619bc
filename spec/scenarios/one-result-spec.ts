// With any input and any fault: exactly one result for each input, and never that of another input.
// Real sockets, so few runs; the simulation has thousands.

import fc from 'fast-check'
import { from } from 'rxjs'
import { type DeliveryError, type ProducerRecord, toKafka, toKafkaSettled } from 'to-kafka'
import { expect, it } from 'vitest'
import { configFor, listen, startCluster } from '../support/scenario.ts'

interface Input extends ProducerRecord {
  readonly id: number
}

const kinds = ['plain', 'keyed', 'tombstone', 'unserializable', 'noTopic', 'badPartition'] as const

function input(kind: (typeof kinds)[number], id: number): Input {
  const record = { id, topic: id % 3 === 0 ? 'u' : 't', value: `${id}` }
  switch (kind) {
    case 'keyed':
      return { ...record, key: `k${id % 5}` }
    case 'tombstone':
      return { ...record, key: `k${id % 5}`, value: null }
    case 'unserializable':
      return { ...record, value: { id } }
    case 'noTopic':
      return { ...record, topic: '' }
    case 'badPartition':
      return { ...record, partition: -1 }
    default:
      return record
  }
}

const faults = fc.array(
  fc.record({
    nth: fc.integer({ min: 1, max: 6 }),
    what: fc.constantFrom(
      'closeBeforeAppend',
      'closeAfterAppend',
      'NOT_LEADER_OR_FOLLOWER',
      'NOT_ENOUGH_REPLICAS',
      'INVALID_RECORD',
    ),
  }),
  { maxLength: 4 },
)

async function clusterWith(script: readonly { nth: number; what: string }[]) {
  const topics = { t: { partitions: 3 }, u: { partitions: 2 } }
  const cluster = await startCluster({ brokers: 2, topics })
  for (const { nth, what } of script) {
    const fault = cluster.on('Produce', { nth })
    if (what === 'closeBeforeAppend') fault.closeBeforeAppend()
    else if (what === 'closeAfterAppend') fault.closeAfterAppend()
    else fault.reply(what as 'INVALID_RECORD')
  }
  return cluster
}

const inputs = fc.array(fc.constantFrom(...kinds), { maxLength: 60 }).map((all) => all.map(input))

it('toKafkaSettled emits one result for each input, with the same object, in input order within a partition', async () => {
  await fc.assert(
    fc.asyncProperty(inputs, faults, async (given, script) => {
      const cluster = await clusterWith(script)
      const config = configFor(cluster, { 'batch.size': 200 })
      const delivered = listen(from(given).pipe(toKafkaSettled(config)))
      expect(await delivered.ended).toBeNull()
      const told = delivered.values.map((one) =>
        one.status === 'fulfilled' ? one.metadata.record : one.record,
      )
      expect(new Set(told)).toEqual(new Set(given))
      expect(told).toHaveLength(given.length)
      const log = await Promise.all(['t', 'u'].map((topic) => cluster.records(topic)))
      const last = new Map<string, number>()
      for (const one of delivered.values) {
        if (one.status === 'rejected') continue
        const { topic, partition, offset, record } = one.metadata
        const place = `${topic}-${partition}`
        expect(record.id).toBeGreaterThan(last.get(place) ?? -1)
        last.set(place, record.id)
        const stored = log[topic === 't' ? 0 : 1]!.find(
          (candidate) => candidate.partition === partition && candidate.offset === offset,
        )
        expect(stored!.valueText).toBe(record.value)
      }
      expect(cluster.violations).toEqual([])
    }),
    { numRuns: 25 },
  )
})

it('toKafka emits a result for each input until it ends, or lists the input in its error', async () => {
  await fc.assert(
    fc.asyncProperty(inputs, faults, async (given, script) => {
      const cluster = await clusterWith(script)
      const config = configFor(cluster, { 'batch.size': 200 })
      const delivered = listen(from(given).pipe(toKafka(config)))
      const error = (await delivered.ended) as DeliveryError<Input> | null
      const acked = delivered.values.map(({ record }) => record)
      const lost = [...(error?.unsent ?? []), ...(error?.unknown ?? [])].map(({ record }) => record)
      expect(new Set([...acked, ...lost])).toEqual(new Set(given))
      expect(acked.length + lost.length).toBe(given.length)
      const unsent = error?.unsent.map(({ record }) => record.id) ?? []
      expect(unsent).toEqual([...unsent].sort((a, b) => a - b))
      expect(error?.counts.acknowledged ?? acked.length).toBe(acked.length)
      const stored = new Set<string | null>()
      for (const topic of ['t', 'u']) {
        for (const { valueText } of await cluster.records(topic)) stored.add(valueText)
      }
      for (const { record } of error?.unsent ?? []) {
        if (typeof record.value === 'string') expect(stored.has(record.value)).toBe(false)
      }
    }),
    { numRuns: 25 },
  )
})
