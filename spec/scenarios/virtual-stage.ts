// The common set-up of all scenarios in virtual time: a simulated cluster, a clock that only the
// spec advances, and the times at which requests reach the brokers.

import { from } from 'rxjs'
import {
  KafkaProducer,
  type ProducerConfig,
  type ProducerRecord,
  type SendResult,
  toKafkaSettled,
} from 'to-kafka'
import {
  type ApiName,
  SimulatedCluster,
  type SimulatedClusterOptions,
  VirtualClock,
} from 'to-kafka/testing'

import { kafkaVersion } from '../support/kafka-version.ts'

type Config = Omit<ProducerConfig, 'bootstrap.servers'>

export class VirtualStage {
  readonly clock: VirtualClock
  readonly cluster: SimulatedCluster

  constructor(options: SimulatedClusterOptions = {}, clock = new VirtualClock()) {
    this.clock = clock
    this.cluster = new SimulatedCluster({ ...kafkaVersion, topics: { t: {} }, ...options })
  }

  get runtime() {
    return this.cluster.runtime(this.clock)
  }

  /** A stream of these records; its results arrive as time passes. */
  deliver(records: readonly ProducerRecord[], config: Config = {}): SendResult[] {
    const results: SendResult[] = []
    const all = { 'bootstrap.servers': this.cluster.bootstrapServers, ...config }
    from(records)
      .pipe(toKafkaSettled(all as ProducerConfig<never, never>, { runtime: this.runtime }))
      .subscribe((result) => results.push(result))
    return results
  }

  producer(config: Config = {}): KafkaProducer {
    const all = { 'bootstrap.servers': this.cluster.bootstrapServers, ...config }
    return new KafkaProducer(all, { runtime: this.runtime })
  }

  /** The same on a producer that stays open. */
  deliverOn(producer: KafkaProducer, records: readonly ProducerRecord[]): SendResult[] {
    const results: SendResult[] = []
    from(records)
      .pipe(toKafkaSettled(producer as KafkaProducer<never, never>))
      .subscribe((result) => results.push(result))
    return results
  }

  /** The times of requests of this API from now on, in virtual milliseconds. */
  arrivals(api: ApiName): number[] {
    const moments: number[] = []
    this.cluster.on(api).call(() => moments.push(this.clock.now()))
    return moments
  }
}

/** The pauses between these times. */
export function gaps(moments: readonly number[]): number[] {
  return moments.slice(1).map((moment, index) => moment - moments[index]!)
}
