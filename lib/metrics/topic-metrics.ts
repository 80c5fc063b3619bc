import { average, byName, type Definition, meter } from './definition.ts'
import { Sensor, type Windows } from './sensor.ts'

// The metrics of one topic. Created when its first batch is sent, and kept.

/** The sensors of one topic. */
export class TopicSensors {
  /** The records of each batch. */
  readonly records: Sensor
  /** The bytes of each batch. */
  readonly bytes: Sensor
  /** The compression ratio of each batch. */
  readonly compression: Sensor
  /** The records of each retried batch. */
  readonly retries: Sensor
  /** The records of each failed batch. */
  readonly errors: Sensor

  constructor(windows: Windows) {
    this.records = new Sensor(windows)
    this.bytes = new Sensor(windows)
    this.compression = new Sensor(windows)
    this.retries = new Sensor(windows)
    this.errors = new Sensor(windows)
  }
}

/** The metrics of a topic. */
export const topicMetrics: readonly Definition<TopicSensors>[] = byName([
  ...meter(
    'record-send',
    'Records handed to a connection, at each attempt',
    (of: TopicSensors) => of.records,
  ),
  ...meter('byte', 'Bytes of batches, at each attempt', (of: TopicSensors) => of.bytes),
  average(
    'compression-rate',
    'What compression leaves of the records of a batch: 1 for all of it',
    (of: TopicSensors) => of.compression,
  ),
  ...meter('record-retry', 'Records to be sent again', (of: TopicSensors) => of.retries),
  ...meter('record-error', 'Records given up in their batch', (of: TopicSensors) => of.errors),
])
