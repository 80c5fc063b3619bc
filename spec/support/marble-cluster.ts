// The whole client in marbles: a simulated cluster with the time of a TestScheduler. Each direction
// to a broker takes a frame. So the first record of a producer has its result after 12 frames (a
// connection for metadata, one to the leader, a producer id), and a later one after two.

import { map } from 'rxjs'
import { type RunHelpers, TestScheduler } from 'rxjs/testing'
import type { ProducerConfig, ProducerOptions, RecordMetadata, SendResult } from 'to-kafka'
import { SimulatedCluster } from 'to-kafka/testing'
import { expect } from 'vitest'

export interface Letter {
  readonly topic: string
  readonly value: string
}

export interface MarbleParts {
  readonly cluster: SimulatedCluster
  readonly config: ProducerConfig
  readonly options: ProducerOptions
  readonly now: () => number
}

export function marbleCluster(spec: (helpers: RunHelpers, parts: MarbleParts) => void): void {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
  scheduler.run((helpers) => {
    const cluster = new SimulatedCluster({ topics: { t: {} } })
    // By another name than that of the leader, which is connected to by itself.
    const bootstrap = cluster.bootstrapServers.replaceAll('127.0.0.1', 'bootstrap')
    const config = { 'bootstrap.servers': bootstrap, 'linger.ms': 0 }
    const options = { runtime: cluster.runtime(scheduler) }
    spec(helpers, { cluster, config, options, now: () => scheduler.now() })
  })
}

/** Letters to records for `t`; `x` to an invalid record. */
export const letters = map((value: string): Letter => ({ topic: value === 'x' ? '' : 't', value }))

/** Metadata back to letters. */
export const acked = map(({ record }: RecordMetadata<Letter>) => record.value)

/** Results back to letters, rejected ones with their code. */
export const settled = map((result: SendResult<Letter>) =>
  result.status === 'fulfilled'
    ? result.metadata.record.value
    : `${result.record.value}:${result.error.code}`,
)
