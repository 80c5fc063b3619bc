import type { ProducerRecord, RecordMetadata } from '../../lib/model.ts'
import type {
  Partitioner,
  PartitionerRecord,
  TopicInfo,
} from '../../lib/partitioners/partitioner.ts'
import { codecs } from '../../lib/records/compression.ts'
import type { Compressor, Runtime } from '../../lib/runtime.ts'
import { bootstrapOf } from './bootstrap.ts'
import { type ConfigPlan, isSerene } from './scenario.ts'
import { identify, placeNumber, type Setting, topic } from './setting.ts'
import { WireOrder } from './wire-order.ts'
import { tapped, type WireBatch } from './wiretap.ts'

// The parts of a run's producers: the scenario's configuration, with interceptors, a serializer and a
// partitioner that observe the records, and a runtime whose wire is tapped.

/** A round trip of 2 ms, for each request that may be ahead. */
const marginMs = 12

/** One producer of a run. */
export interface Client {
  readonly runtime: Runtime
  readonly config: object
  /** Its first answer about the cluster has come. */
  isInformed: boolean
}

/** An interceptor is told a record's result. */
export type Told = (metadata: RecordMetadata, error: Error | null) => void

export class Clients {
  #setting: Setting
  #told: Told

  constructor(setting: Setting, told: Told) {
    this.#setting = setting
    this.#told = told
  }

  /** The parts of one producer, whose order on the wire is checked separately. */
  make(): Client {
    const order = new WireOrder((detail) => this.#setting.findings.violate('wire order', detail))
    const { compressMs } = this.#setting.scenario.config
    const compressor = compressMs === undefined ? undefined : this.#compressor(compressMs)
    const runtime = tapped(
      { ...this.#setting.cluster.runtime(this.#setting.clock), ...(compressor && { compressor }) },
      {
        sent: (batches, inFlight) =>
          this.#sent(
            batches.map((batch) => this.#placed(batch)),
            inFlight,
            order,
          ),
        known: (batch, code) => this.#known(this.#placed(batch), code, order),
        hinted: () => this.#setting.findings.count('leaderHint'),
        informed: () => {
          client.isInformed = true
        },
      },
    )
    const client = { runtime, config: this.#config(order), isInformed: false }
    return client
  }

  /** Its partition gets the number that it has among those of all topics. */
  #placed(batch: WireBatch): WireBatch {
    const { plan } = this.#setting.journeys.of(batch.ids[0]!)
    return { ...batch, partition: placeNumber(plan.topic ?? topic, batch.partition) }
  }

  /** Another thread, in virtual time: nothing may write what it reads until it is done. */
  #compressor(ms: number): Compressor {
    return {
      bytesMin: 150,
      compress: (codec, bytes, level, done) => {
        this.#setting.findings.count('threads')
        const before = Buffer.from(bytes)
        this.#setting.clock.at(this.#setting.clock.now() + ms, () => {
          if (!before.equals(bytes))
            this.#setting.findings.violate(
              'no buffer is written while it is read',
              `${ms} ms later`,
            )
          done(codecs[codec].compress(before, level))
        })
      },
    }
  }

  #config(order: WireOrder) {
    const { config } = this.#setting.scenario
    return {
      'bootstrap.servers': bootstrapOf(
        this.#setting.cluster.bootstrapServers,
        this.#setting.scenario.isAtHome,
      ),
      'linger.ms': config.lingerMs,
      'batch.size': config.batchSize,
      'buffer.memory': config.bufferMemory,
      'max.in.flight.requests.per.connection': config.maxInFlight,
      acks: config.acks,
      'enable.idempotence': config.idempotent,
      retries: config.retries,
      'request.timeout.ms': config.requestTimeoutMs,
      'delivery.timeout.ms': config.deliveryTimeoutMs,
      'max.block.ms': config.maxBlockMs,
      'max.request.size': config.maxRequestSize,
      'metadata.max.age.ms': config.metadataMaxAgeMs,
      'compression.type': compressionOf(config),
      'partitioner.class': this.#partitioner(config),
      'partitioner.ignore.keys': config.ignoreKeys ?? false,
      'partitioner.availability.timeout.ms': config.availabilityTimeoutMs ?? 0,
      // Told of every result, including those without a listener.
      'interceptor.classes': [
        {
          onSend: (record: ProducerRecord) => {
            this.#setting.journeys.entered(identify(record))
            return record
          },
          onAcknowledgement: (metadata: RecordMetadata, error: Error | null) => {
            const place = placeNumber(metadata.topic, metadata.partition)
            order.settled(place, identify(metadata.record))
            this.#told(metadata, error)
          },
        },
      ],
      'value.serializer': (value: unknown) =>
        this.#serialize(value as { id: string; text: string; ms: number }),
    }
  }

  #partitioner({ partitioner }: ConfigPlan): Partitioner<never> | null {
    if (partitioner === undefined) return null
    if (partitioner === 'roundRobin') return this.#setting.library.roundRobin() as never
    if (partitioner !== 'size') return this.#setting.library[partitioner] as never
    const asked = new Set<object>()
    return ({ record }: PartitionerRecord, { partitionCount }: TopicInfo) => {
      const id = identify(record)
      if (asked.has(record))
        this.#setting.findings.violate('a partitioner is asked once', `again for ${id}`)
      asked.add(record)
      return this.#setting.journeys.of(id).plan.bytes % partitionCount
    }
  }

  #serialize({ id, text, ms }: { id: string; text: string; ms: number }): string | Promise<string> {
    if (ms === 0) return text
    this.#setting.journeys.serializing(id, true)
    return new Promise((resolve) =>
      this.#setting.clock.at(this.#setting.clock.now() + ms, () => {
        this.#setting.journeys.serializing(id, false)
        resolve(text)
      }),
    )
  }

  #sent(batches: readonly WireBatch[], inFlight: number, order: WireOrder): void {
    const { maxInFlight, batchSize, acks, compression } = this.#setting.scenario.config
    // With compression, a batch is filled by its estimated size, and not beyond that.
    const plainMax = compression === 'none' ? batchSize : 8 * batchSize
    if (inFlight > maxInFlight)
      this.#setting.findings.violate('in flight is bounded', `${inFlight} of ${maxInFlight}`)
    if (inFlight === 5) this.#setting.findings.count('fiveInFlight')
    for (const batch of batches) {
      this.#setting.journeys.sent(batch)
      this.#setting.findings.note(
        `${batch.partition}/${batch.epoch}/${batch.sequence}/${batch.ids.join()}`,
      )
      if (order.hasSeen(batch)) this.#setting.findings.count('retry')
      else this.#checkLinger(batch, order)
      if (batch.epoch > 0) this.#setting.findings.count('epochBump')
      if (acks !== '0') order.sent(batch)
      if (batch.plainBytes > plainMax && batch.ids.length > 1) {
        this.#setting.findings.violate(
          'batch.size limits a batch',
          `${batch.plainBytes} bytes, ${batch.ids.length} records`,
        )
      }
    }
  }

  /**
   * If nothing goes wrong and the partition has had an answer before, a record waits hardly longer than its
   * linger.
   */
  #checkLinger(batch: WireBatch, order: WireOrder): void {
    const { lingerMs, bufferMemory, compressMs, metadataMaxAgeMs } = this.#setting.scenario.config
    if (!isSerene(this.#setting.scenario) || bufferMemory < 1_000_000 || compressMs !== undefined)
      return
    const { enteredAt, plan } = this.#setting.journeys.of(batch.ids[0]!)
    const given = enteredAt!
    if (plan.serializeMs > 0 || given < order.warmSince(batch.partition)) return
    const waited = this.#setting.clock.now() - given
    // After a pause the record may have to wait for metadata that are not too old.
    const refreshMs = metadataMaxAgeMs < 1000 ? 300 : 0
    if (waited > lingerMs + marginMs + refreshMs) {
      this.#setting.findings.violate(
        'linger limits the wait',
        `${batch.ids[0]} waited ${waited} of ${lingerMs} ms`,
      )
    }
  }

  #known(batch: WireBatch, code: number | null, order: WireOrder): void {
    if (code === null) this.#setting.findings.count('disconnect')
    if (code === 10 && batch.ids.length > 1) this.#setting.findings.count('split')
    this.#setting.findings.note(`${batch.ids[0]}=${code}`)
    order.known(batch, code, this.#setting.clock.now())
  }
}

/** Replaces what this Node lacks. */
function compressionOf({ compression }: ConfigPlan): ConfigPlan['compression'] {
  return codecs[compression].compressNeeds() === null ? compression : 'gzip'
}
