import type { TransactionStep } from '../observer.ts'
import {
  average,
  byName,
  counter,
  type Definition,
  gauge,
  meter,
  nanoseconds,
  spread,
} from './definition.ts'
import { Sensor, type Windows } from './sensor.ts'
import { Traffic, trafficMetrics } from './traffic.ts'

// The metrics of a whole producer, and how each is read.

/** Values that are read at the moment of a snapshot, not counted. */
export interface Gauges {
  /** `buffer.memory`. */
  readonly bufferBytes: number
  /** Its free bytes. */
  availableBytes(): number
  /** Records that wait for it. */
  waitingRecords(): number
}

/** The sensors of a producer. */
export class ClientSensors {
  readonly gauges: Gauges
  readonly traffic: Traffic
  /** The bytes of each sent batch. */
  readonly batches: Sensor
  /** The compression ratio of each sent batch. */
  readonly compression: Sensor
  /** Milliseconds since the creation of each sent batch. */
  readonly queueTime: Sensor
  /** The bytes of the largest record in each sent batch. */
  readonly largest: Sensor
  /** The records of each Produce request. */
  readonly records: Sensor
  readonly retries: Sensor
  readonly errors: Sensor
  readonly splits: Sensor
  /** Milliseconds that brokers throttled this client, for each answer. */
  readonly throttling: Sensor
  /** The bytes of each request and each answer. */
  readonly io: Sensor
  readonly connected: Sensor
  readonly disconnected: Sensor
  /** Milliseconds that each record waited for buffer.memory, if it did. */
  readonly memoryWait: Sensor
  readonly exhausted: Sensor
  readonly metadataWait: Sensor
  readonly flushes: Sensor
  /** Milliseconds of each step. */
  readonly transactions: Readonly<Record<TransactionStep, Sensor>>
  connections = 0
  inFlight = 0
  /** Monotonic: when metadata was last refreshed; NaN before the first time. */
  refreshedAt = Number.NaN

  constructor(windows: Windows, gauges: Gauges) {
    const sensor = () => new Sensor(windows)
    this.gauges = gauges
    this.traffic = new Traffic(windows)
    this.batches = sensor()
    this.compression = sensor()
    this.queueTime = sensor()
    this.largest = sensor()
    this.records = sensor()
    this.retries = sensor()
    this.errors = sensor()
    this.splits = sensor()
    this.throttling = sensor()
    this.io = sensor()
    this.connected = sensor()
    this.disconnected = sensor()
    this.memoryWait = sensor()
    this.exhausted = sensor()
    this.metadataWait = sensor()
    this.flushes = sensor()
    this.transactions = {
      initialized: sensor(),
      begun: sensor(),
      offsetsSent: sensor(),
      committed: sensor(),
      aborted: sensor(),
      unknown: sensor(),
    }
  }
}

type Of = ClientSensors

const sending: readonly Definition<Of>[] = [
  ...meter(
    'record-send',
    'Records handed to a connection, at each attempt',
    (of: Of) => of.records,
  ),
  average('records-per-request-avg', 'Records of a Produce request', (of: Of) => of.records),
  ...meter('record-retry', 'Records to be sent again', (of: Of) => of.retries),
  ...meter(
    'record-error',
    'Records that failed, but for those that were withdrawn or never were valid',
    (of: Of) => of.errors,
  ),
  ...spread(
    'record-size',
    'Bytes of the largest record of a batch, uncompressed',
    (of: Of) => of.largest,
  ),
  ...spread('batch-size', 'Bytes of a batch as it is sent', (of: Of) => of.batches),
  ...counter(
    'batch-split',
    'Batches that were too large and went on in parts',
    (of: Of) => of.splits,
  ),
  average(
    'compression-rate-avg',
    'What compression leaves of the records of a batch: 1 for all of it',
    (of: Of) => of.compression,
  ),
  ...spread(
    'record-queue-time',
    'Milliseconds from the first record of a batch until it is sent',
    (of: Of) => of.queueTime,
  ),
  ...spread(
    'produce-throttle-time',
    'Milliseconds that an answer asks to hold back',
    (of: Of) => of.throttling,
  ),
  nanoseconds('flush-time-ns-total', 'Nanoseconds spent in flush()', (of: Of) => of.flushes),
]

const transactions: readonly Definition<Of>[] = [
  spent('init', 'until an identity was given', 'initialized'),
  spent('begin', 'from the wish for a transaction until its turn', 'begun'),
  spent('send-offsets', 'until the offsets of a transaction were taken', 'offsetsSent'),
  spent('commit', 'until a commit was answered', 'committed'),
  spent('abort', 'until an abort was answered', 'aborted'),
]

function spent(name: string, what: string, step: TransactionStep): Definition<Of> {
  return nanoseconds(
    `txn-${name}-time-ns-total`,
    `Nanoseconds ${what}`,
    (of: Of) => of.transactions[step],
  )
}

const waiting: readonly Definition<Of>[] = [
  gauge('waiting-threads', 'Records that wait for buffer.memory', (of) =>
    of.gauges.waitingRecords(),
  ),
  gauge('buffer-total-bytes', 'Bytes of buffer.memory', (of) => of.gauges.bufferBytes),
  gauge('buffer-available-bytes', 'Bytes of buffer.memory that nothing holds', (of) =>
    of.gauges.availableBytes(),
  ),
  gauge(
    'bufferpool-wait-ratio',
    'Records that wait for buffer.memory, on the average of time',
    (of, now) => of.memoryWait.rate(now) / 1000,
  ),
  nanoseconds(
    'bufferpool-wait-time-ns-total',
    'Nanoseconds that records waited for buffer.memory',
    (of: Of) => of.memoryWait,
  ),
  ...counter(
    'buffer-exhausted',
    'Records refused for want of buffer.memory',
    (of: Of) => of.exhausted,
  ),
  nanoseconds(
    'metadata-wait-time-ns-total',
    'Nanoseconds that records waited for metadata',
    (of: Of) => of.metadataWait,
  ),
]

const network: readonly Definition<Of>[] = [
  ...trafficMetrics.map(({ name, description, value }) =>
    gauge(name, description, (of: Of, now) => value(of.traffic, now)),
  ),
  ...counter('network-io', 'Requests and answers', (of: Of) => of.io),
  gauge('requests-in-flight', 'Requests without an answer yet', (of) => of.inFlight),
  gauge('connection-count', 'Connections, those being made included', (of) => of.connections),
  ...counter('connection-creation', 'Connections that became usable', (of: Of) => of.connected),
  ...counter(
    'connection-close',
    'Connections that ended, usable or not',
    (of: Of) => of.disconnected,
  ),
  gauge(
    'metadata-age',
    'Seconds since metadata were refreshed',
    (of, now) => (now - of.refreshedAt) / 1000,
  ),
]

/** The metrics of a producer. */
export const clientMetrics: readonly Definition<ClientSensors>[] = byName([
  ...sending,
  ...transactions,
  ...waiting,
  ...network,
])
