import { average, byName, type Definition, meter } from './definition.ts'
import { Sensor, type Windows } from './sensor.ts'

// What went to one topic. Made when the first batch of the topic is sent, and kept.

/** The sensors of one topic. */
export class TopicSensors {
  /** Records of each batch. */
  readonly records: Sensor
  /** Bytes of each batch. */
  readonly bytes: Sensor
  /** What compression left of each batch. */
  readonly compression: Sensor
  /** Records of each batch that was to be sent again. */
  readonly retries: Sensor
  /** Records of each batch that was given up. */
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
