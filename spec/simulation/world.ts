import { type Observable, Subject, type Subscription } from 'rxjs'
import type { Topology } from '../../lib/cluster/topology.ts'
import type { DeliveryError } from '../../lib/errors/delivery-error.ts'
import type { ProducerRecord, RecordMetadata } from '../../lib/model.ts'
import type { KafkaProducer } from '../../lib/producer/kafka-producer.ts'
import { codecs } from '../../lib/records/compression.ts'
import type { Compressor, Runtime } from '../../lib/runtime.ts'
import { SimulatedCluster } from '../../lib/testing/simulated-cluster.ts'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import { type Counter, type History, StreamHistory } from './history.ts'
import type { Library } from './library.ts'
import { properties } from './oracle.ts'
import {
  type FaultPlan,
  healedAt,
  isSerene,
  type RecordPlan,
  type Scenario,
  type StreamPlan,
} from './scenario.ts'
import { TapeWeather } from './tape-weather.ts'
import { WireOrder } from './wire-order.ts'
import { idOf, tapped, type WireBatch } from './wiretap.ts'

// One run: the whole client, unchanged, against the broker model in virtual time. A safety phase in
// which the faults of the scenario happen, then the faults end and everything has to come to its end.

const topic = 't'

/** What a run may take of virtual time after the faults have ended, beside what the config allows. */
const slackMs = 8000

/** A round trip of 2 ms, for each request that may be ahead. */
const marginMs = 12

export async function run(scenario: Scenario, library: Library): Promise<History> {
  const world = new World(scenario, library)
  await world.run()
  const history = world.history()
  for (const [property, check] of Object.entries(properties)) {
    for (const detail of check(history, scenario)) history.violations.push({ property, detail })
  }
  return history
}

class World {
  #scenario: Scenario
  #library: Library
  // Time passes between two looks at the clock: what asks twice may get two answers.
  #clock = new VirtualClock({ creepMs: 0.0001 })
  #weather: TapeWeather
  #cluster: SimulatedCluster
  #runtime: Runtime
  #producer: KafkaProducer
  #streams: StreamHistory[] = []
  #violations: { property: string; detail: string }[] = []
  #counters: Partial<Record<Counter, number>> = {}
  #trace = 0
  #microtasks: number
  #flushing = 0
  #topology: Topology | null = null
  /** When records were given whose serializer is synchronous. */
  #givenAt = new Map<string, number>()
  #closed = false

  constructor(scenario: Scenario, library: Library) {
    this.#scenario = scenario
    this.#library = library
    this.#weather = new TapeWeather(scenario.tape)
    const { config, brokers, partitions, streams } = scenario
    this.#cluster = new SimulatedCluster({
      brokers,
      weather: this.#weather,
      random: randomFrom(scenario.tape),
      topics: { [topic]: { partitions, maxMessageBytes: config.maxMessageBytes } },
    })
    this.#runtime = this.#cluster.runtime(this.#clock)
    const { config: shared, runtime } = this.#client()
    this.#producer = new library.KafkaProducer(shared, { runtime }) as never
    const isAsync = streams.some(({ records }) =>
      records.some(({ serializeMs }) => serializeMs > 0),
    )
    // Promises settle between two steps of the clock: a serializer's chain is a few microtasks long.
    this.#microtasks = isAsync ? 8 : streams.some(({ kind }) => kind === 'send') ? 2 : 0
    if (isAsync) this.#count('asyncSerializer')
  }

  async run(): Promise<void> {
    this.#count('runs')
    for (const fault of this.#scenario.faults) this.#plan(fault)
    for (const [index, stream] of this.#scenario.streams.entries()) this.#open(stream, `s${index}`)
    this.#planSession()
    await this.#runUntil(healedAt)
    this.#heal()
    const { deliveryTimeoutMs, maxBlockMs, requestTimeoutMs } = this.#scenario.config
    const patience = deliveryTimeoutMs + maxBlockMs
    await this.#runUntil(healedAt + patience + 2 * requestTimeoutMs + slackMs)
    // A paced source gives its next record when the gate opens, and that has its own time again.
    for (const stream of this.#streams) {
      for (let left = stream.planned; left > 0 && stream.end === null; left -= 1) {
        await this.#runUntil(this.#clock.now() + patience)
      }
    }
    await this.#finish()
  }

  history(): History {
    const log = this.#cluster.records(topic).map(({ partition, offset, value }) => ({
      id: idOf(value!),
      partition,
      offset,
    }))
    if (new Set(log.map(({ id }) => id)).size < log.length) this.#count('duplicateInLog')
    this.#counters.networkFaults = this.#weather.faults
    this.#counters.zombie = this.#cluster.zombies
    return {
      streams: this.#streams,
      log,
      violations: this.#violations,
      counters: this.#counters,
      trace: (this.#trace >>> 0).toString(16),
    }
  }

  /** What one producer is made of: its order on the wire is watched by itself. */
  #client() {
    const order = new WireOrder((detail) => this.#violate('wire order', detail))
    const { compressMs } = this.#scenario.config
    const compressor = compressMs === undefined ? undefined : this.#compressor(compressMs)
    const runtime = tapped(
      { ...this.#runtime, ...(compressor && { compressor }) },
      {
        sent: (batches, inFlight) => this.#sent(batches, inFlight, order),
        known: (batch, code) => this.#known(batch, code, order),
        hinted: () => this.#count('leaderHint'),
      },
    )
    return { runtime, config: this.#config(order) }
  }

  /** Another thread, in virtual time: what it reads, nobody may write until it is done. */
  #compressor(ms: number): Compressor {
    return {
      bytesMin: 150,
      compress: (codec, bytes, level, done) => {
        this.#count('threads')
        const before = Buffer.from(bytes)
        this.#clock.at(this.#clock.now() + ms, () => {
          if (!before.equals(bytes)) this.#violate('nobody writes what is read', `${ms} ms later`)
          done(codecs[codec].compress(before, level))
        })
      },
    }
  }

  #config(order: WireOrder) {
    const { config } = this.#scenario
    return {
      'bootstrap.servers': this.#cluster.bootstrapServers,
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
      'compression.type': config.compression,
      'partitioner.availability.timeout.ms': config.availabilityTimeoutMs ?? 0,
      // Told of every result, also of those that nobody listens to any more.
      'interceptor.classes': [
        {
          onAcknowledgement: ({ partition, record }: RecordMetadata) =>
            order.settled(partition, identify(record)),
        },
      ],
      'value.serializer': (value: unknown) =>
        this.#serialize(value as { text: string; ms: number }),
    }
  }

  #serialize({ text, ms }: { text: string; ms: number }): string | Promise<string> {
    if (ms === 0) return text
    return new Promise((resolve) => this.#clock.at(this.#clock.now() + ms, () => resolve(text)))
  }

  #open(plan: StreamPlan, name: string): void {
    const history = new StreamHistory(name, plan.kind, plan.records.length)
    this.#streams.push(history)
    const records = [...plan.records].sort((one, other) => one.at - other.at)
    this.#count('records', records.length)
    if (plan.kind === 'send') this.#openSends(records, history)
    else if (plan.kind === 'paced') this.#openPaced(plan, records, history)
    else this.#openStream(plan, records, history)
  }

  #openSends(records: readonly RecordPlan[], history: StreamHistory): void {
    let left = records.length
    records.forEach((plan, index) => {
      this.#clock.at(plan.at, () => {
        const record = this.#record(plan, history, index)
        this.#producer
          .send(record)
          .then(
            (metadata) => this.#acknowledged(history, metadata),
            (error) => this.#failed(history, error, false),
          )
          .then(() => {
            left -= 1
            if (left === 0) history.end = 'completed'
          })
      })
    })
  }

  #openPaced(plan: StreamPlan, records: readonly RecordPlan[], history: StreamHistory): void {
    const { paced, toKafkaSettled } = this.#library
    const make = (record: RecordPlan, index: number) => this.#record(record, history, index)
    function* made() {
      for (const [index, record] of records.entries()) yield make(record, index)
    }
    this.#clock.at(records[0]!.at, () => {
      const producer = this.#producer as never
      const subscription = paced(made(), producer)
        .pipe(toKafkaSettled(producer))
        .subscribe(this.#observer(history))
      this.#clock.at(records[0]!.at + plan.endAt, () => this.#cut(plan, subscription, history))
    })
  }

  #observer(history: StreamHistory) {
    return {
      next: (result: unknown) => this.#result(history, result),
      complete: () => {
        history.end = 'completed'
      },
      error: (error: unknown) => this.#streamFailed(history, error),
    }
  }

  /** Unsubscribes, where the plan says so. */
  #cut(plan: StreamPlan, subscription: Subscription, history: StreamHistory): void {
    const isCut = plan.end === 'unsubscribe' || plan.end === 'discard'
    if (!isCut || history.end !== null) return
    this.#count('abandonedStream')
    subscription.unsubscribe()
    history.end = 'unsubscribed'
  }

  #openStream(plan: StreamPlan, records: readonly RecordPlan[], history: StreamHistory): void {
    const source = new Subject<ProducerRecord>()
    const subscription = this.#operated(plan, source).subscribe(this.#observer(history))
    records.forEach((record, index) => {
      this.#clock.at(record.at, () => {
        if (history.end === null && source.observed)
          source.next(this.#record(record, history, index))
      })
    })
    const last = records.at(-1)!.at
    const isCut = plan.end === 'unsubscribe' || plan.end === 'discard'
    this.#clock.at(isCut ? plan.endAt : last + plan.endAt, () =>
      this.#end(plan, source, subscription, history),
    )
  }

  #operated(plan: StreamPlan, source: Subject<ProducerRecord>): Observable<unknown> {
    const { toKafka, toKafkaSettled } = this.#library
    const isOwned = plan.kind === 'owned' || plan.kind === 'ownedSettled'
    const settled = plan.kind === 'settled' || plan.kind === 'ownedSettled'
    const operator = (settled ? toKafkaSettled : toKafka) as typeof toKafkaSettled
    if (!isOwned) return source.pipe(operator(this.#producer as never))
    const onUnsubscribe = plan.end === 'discard' ? 'discard' : 'deliver'
    const { config, runtime } = this.#client()
    return source.pipe(operator(config as never, { runtime, onUnsubscribe }))
  }

  #end(
    plan: StreamPlan,
    source: Subject<ProducerRecord>,
    subscription: Subscription,
    history: StreamHistory,
  ): void {
    if (history.end !== null) return
    if (plan.end === 'complete') source.complete()
    else if (plan.end === 'error') source.error(new Error('the source failed'))
    else this.#cut(plan, subscription, history)
  }

  #record(
    { partition, bytes, serializeMs }: RecordPlan,
    history: StreamHistory,
    index: number,
  ): ProducerRecord {
    const id = `${history.name}:${index}`
    history.given(id)
    if (serializeMs === 0) this.#givenAt.set(id, this.#clock.now())
    const text = `${id};${'x'.repeat(bytes)}`
    return { topic, partition, value: { text, ms: serializeMs, id } }
  }

  #result(history: StreamHistory, result: unknown): void {
    const settled = result as { status?: string; metadata: RecordMetadata; error: DeliveryError }
    if (settled.status === undefined) this.#acknowledged(history, result as RecordMetadata)
    else if (settled.status === 'fulfilled') this.#acknowledged(history, settled.metadata)
    else this.#failed(history, settled.error, false)
  }

  #acknowledged(history: StreamHistory, { partition, offset, record }: RecordMetadata): void {
    const id = identify(record)
    history.result(id, { kind: 'acknowledged', partition, offset })
  }

  #failed(history: StreamHistory, error: DeliveryError, listed: boolean): void {
    const { code, persisted, record } = error
    if (code === 'DELIVERY_TIMEOUT') this.#count('expiry')
    if (code === 'BUFFER_EXHAUSTED') this.#count('fullBuffer')
    if (code === 'METADATA_TIMEOUT') this.#count('metadataTimeout')
    if (persisted === 'possibly') this.#count('possiblyPersisted')
    const id = identify(record as ProducerRecord)
    history.result(id, { kind: 'failed', code, persisted, listed })
  }

  #streamFailed(history: StreamHistory, error: unknown): void {
    this.#count('failedStream')
    history.error = error
    history.end = 'failed'
    const { unsent = [], unknown = [] } = error as DeliveryError
    for (const { error: cause } of [...unsent, ...unknown])
      this.#failed(history, cause as DeliveryError, true)
  }

  #planSession(): void {
    const { flushAt, close } = this.#scenario
    if (flushAt !== null) this.#clock.at(flushAt, () => this.#flush())
    if (close === null) return
    this.#clock.at(close.at, () => {
      this.#count('earlyClose')
      this.#close(close.timeout < 0 ? {} : { timeout: close.timeout })
    })
  }

  #flush(): void {
    this.#count('flush')
    this.#flushing += 1
    const given = this.#streams.flatMap((stream) =>
      stream.kind.startsWith('owned') ? [] : stream.inputs.map((input) => ({ stream, input })),
    )
    void this.#producer.flush().then(() => {
      this.#flushing -= 1
      for (const { stream, input } of given) {
        // What a failing stream holds back for its error has its result, but it is not out yet.
        const isOut =
          input.results.length > 0 ||
          stream.end !== null ||
          stream.kind === 'fail' ||
          stream.kind === 'send'
        if (!isOut) this.#violate('flush waits for every result', `${input.id} has none`)
      }
    })
  }

  #close(options: { timeout?: number }): void {
    void this.#producer.close(options).then(() => {
      this.#closed = true
    })
  }

  #plan(fault: FaultPlan): void {
    const cluster = this.#cluster
    this.#count('brokerFaults')
    switch (fault.kind) {
      case 'move':
        this.#clock.at(fault.at, () => cluster.moveLeader(topic, fault.partition, fault.broker))
        return
      case 'stop':
        this.#clock.at(fault.at, () =>
          cluster.stopBroker(fault.broker, { failover: fault.failover }),
        )
        this.#clock.at(fault.at + fault.ms, () => cluster.startBroker(fault.broker))
        return
      case 'pause':
        this.#clock.at(fault.at, () => cluster.pauseBroker(fault.broker))
        this.#clock.at(fault.at + fault.ms, () => cluster.resumeBroker(fault.broker))
        return
      case 'stale':
        this.#clock.at(fault.at, () => {
          cluster.freezeView(fault.broker)
          cluster.moveLeader(topic, fault.partition, fault.to)
        })
        this.#clock.at(fault.at + fault.ms, () => cluster.thawView(fault.broker))
        return
      case 'identity':
        cluster
          .on('InitProducerId', { nth: 1, times: fault.times })
          .reply(fault.error, { appended: false })
        return
      case 'slowIdentity':
        cluster.on('InitProducerId', { nth: 1 }).delay(fault.ms)
        return
      case 'reply':
        cluster
          .on('Produce', { nth: fault.nth, times: fault.times })
          .reply(fault.error, { appended: fault.appended })
        return
      case 'hang':
        cluster.on('Produce', { nth: fault.nth }).hang({ appended: fault.nth % 2 === 0 })
        return
      case 'cutBefore':
        cluster.on('Produce', { nth: fault.nth }).closeBeforeAppend()
        return
      case 'cutAfter':
        cluster.on('Produce', { nth: fault.nth }).closeAfterAppend()
        return
      case 'delay':
        cluster.on('Produce', { nth: fault.nth }).delay(fault.ms)
        return
      case 'throttle':
        cluster.on('Produce', { nth: fault.nth }).throttle(fault.ms)
    }
  }

  /** The weather turns calm, and every broker works again, but one where the scenario says so. */
  #heal(): void {
    const { brokers, brokenForever } = this.#scenario
    this.#weather.calm()
    this.#cluster.clearFaults()
    for (let broker = 1; broker <= brokers; broker += 1) {
      this.#cluster.thawView(broker)
      this.#cluster.resumeBroker(broker)
      this.#cluster.startBroker(broker)
    }
    if (brokenForever) this.#cluster.stopBroker(brokers, { failover: false })
    else this.#giveLeaders()
  }

  #giveLeaders(): void {
    const { partitions } = this.#scenario
    for (let partition = 0; partition < partitions; partition += 1) {
      if (this.#cluster.leaderOf(topic, partition) === -1)
        this.#cluster.moveLeader(topic, partition, 1)
    }
  }

  async #finish(): Promise<void> {
    if (this.#flushing > 0) this.#violate('every flush ends', `${this.#flushing} have not`)
    if (this.#scenario.close === null) this.#close({})
    await this.#runUntil(this.#clock.now() + slackMs)
    if (!this.#closed) this.#violate('close ends', 'it has not')
    const { heldBytes: held, waitingBatches } = this.#library.engineOf(this.#producer as never)
    if (waitingBatches !== 0)
      this.#violate('no batch waits for ever', `${waitingBatches} are counted as waiting`)
    if (held !== 0) this.#violate('memory comes back', `${held} bytes are still held`)
    if (this.#clock.pending > 0) this.#violate('nothing is left', `${this.#clock.pending} timers`)
    if (this.#cluster.connections > 0)
      this.#violate('nothing is left', `${this.#cluster.connections} connections`)
    for (const violation of this.#cluster.violations)
      this.#violate('the protocol is kept', violation)
  }

  async #runUntil(until: number): Promise<void> {
    const { bufferMemory } = this.#scenario.config
    const engine = this.#library.engineOf(this.#producer as never)
    for (let steps = 0; this.#clock.step(until); steps += 1) {
      for (let turn = 0; turn < this.#microtasks; turn += 1) await null
      this.#watchTopology(engine.cluster.topology)
      if (engine.heldBytes > bufferMemory) {
        this.#violate('memory is bounded', `${engine.heldBytes} of ${bufferMemory} bytes are held`)
      }
      if (steps > 200_000) throw new Error(`time stands still at ${this.#clock.now()}`)
    }
    for (let turn = 0; turn < 8; turn += 1) await null
    this.#clock.runUntil(until)
  }

  /** Counts when the bootstrap servers are asked again although brokers were known. */
  #watchTopology(topology: Topology): void {
    if (topology === this.#topology) return
    const before = this.#topology
    this.#topology = topology
    if (topology.hasBootstrap && before?.hasBootstrap === false) this.#count('rebootstrap')
    const seen = before?.topics.get(topic)?.partitions ?? []
    for (const [index, { leaderEpoch }] of (
      topology.topics.get(topic)?.partitions ?? []
    ).entries()) {
      const known = seen[index]?.leaderEpoch ?? -1
      if (leaderEpoch < known) {
        this.#violate('leaders never go back', `${index} from epoch ${known} to ${leaderEpoch}`)
      }
    }
  }

  #sent(batches: readonly WireBatch[], inFlight: number, order: WireOrder): void {
    const { maxInFlight, batchSize, acks, compression } = this.#scenario.config
    // Compressed, a batch is filled by what it is thought to come to: not by more than that.
    const plainMax = compression === 'none' ? batchSize : 8 * batchSize
    if (inFlight > maxInFlight)
      this.#violate('in flight is bounded', `${inFlight} of ${maxInFlight}`)
    if (inFlight === 5) this.#count('fiveInFlight')
    for (const batch of batches) {
      this.#note(`${batch.partition}/${batch.epoch}/${batch.sequence}/${batch.ids.join()}`)
      if (order.hasSeen(batch)) this.#count('retry')
      else this.#checkLinger(batch, order)
      if (batch.epoch > 0) this.#count('epochBump')
      if (acks !== '0') order.sent(batch)
      if (batch.plainBytes > plainMax && batch.ids.length > 1) {
        this.#violate(
          'batch.size bounds a batch',
          `${batch.plainBytes} bytes, ${batch.ids.length} records`,
        )
      }
    }
  }

  /** Where nothing goes wrong and the partition has had an answer before, a record waits for its linger and hardly more. */
  #checkLinger(batch: WireBatch, order: WireOrder): void {
    const { lingerMs, bufferMemory, compressMs } = this.#scenario.config
    if (!isSerene(this.#scenario) || bufferMemory < 1_000_000 || compressMs !== undefined) return
    const given = this.#givenAt.get(batch.ids[0]!)
    if (given === undefined || given < order.warmSince(batch.partition)) return
    const waited = this.#clock.now() - given
    if (waited > lingerMs + marginMs) {
      this.#violate('linger bounds the wait', `${batch.ids[0]} waited ${waited} of ${lingerMs} ms`)
    }
  }

  #known(batch: WireBatch, code: number | null, order: WireOrder): void {
    if (code === null) this.#count('disconnect')
    if (code === 10 && batch.ids.length > 1) this.#count('split')
    this.#note(`${batch.ids[0]}=${code}`)
    order.known(batch, code, this.#clock.now())
  }

  #violate(property: string, detail: string): void {
    this.#violations.push({ property, detail })
  }

  #count(counter: Counter, by = 1): void {
    this.#counters[counter] = (this.#counters[counter] ?? 0) + by
  }

  #note(event: string): void {
    const line = `${this.#clock.now()} ${event}`
    for (let index = 0; index < line.length; index += 1) {
      this.#trace = (Math.imul(this.#trace, 31) + line.charCodeAt(index)) | 0
    }
  }
}

function identify(record: ProducerRecord): string {
  return (record.value as { id: string }).id
}

/** Chance that is the scenario's own, so that a run is a function of it. */
function randomFrom(tape: readonly number[]): () => number {
  let state = tape.reduce((sum, one) => (Math.imul(sum, 31) + one) | 0, 0x9e3779b9)
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 0) / 2 ** 32
  }
}
