import { type ToKafkaOptions, toKafka, toKafkaSettled, watermark } from 'to-kafka'
import { SimulatedCluster } from 'to-kafka/testing'
import { describe } from 'vitest'
import type { Bench } from '../support/marbles.ts'
import { releaseLaws } from '../support/operator-laws.ts'

// What a source holds (a cursor, a lock, a connection) is released when the source has ended, not
// when the last record is acknowledged.

const item = { topic: 't', value: 'v', partition: 0, offset: 7 }

function delivering({ clock }: Bench, more: ToKafkaOptions = {}) {
  const cluster = new SimulatedCluster({ topics: { t: {} } })
  const config = { 'bootstrap.servers': cluster.bootstrapServers, 'linger.ms': 5 }
  return [config, { runtime: cluster.runtime(clock), ...more }] as const
}

describe.each<ToKafkaOptions>([{}, { order: 'input' }])('with %o', (more) => {
  describe('toKafka', () => {
    releaseLaws((bench) => ({ item, operator: toKafka<typeof item>(...delivering(bench, more)) }))
  })

  describe('toKafkaSettled', () => {
    releaseLaws((bench) => ({
      item,
      operator: toKafkaSettled<typeof item>(...delivering(bench, more)),
    }))
  })

  describe('watermark', () => {
    releaseLaws((bench) => ({
      item,
      operator: watermark((one: typeof item) => one, toKafka(...delivering(bench, more))),
    }))
  })
})
