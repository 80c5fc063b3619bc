import { byName, counter, type Definition, meter, spread } from './definition.ts'
import { Sensor, type Windows } from './sensor.ts'

// Requests and answers: of one broker, or of all together, under the same names.

/** Requests to brokers, and their answers. */
export class Traffic {
  /** The bytes of each request. */
  readonly requests: Sensor
  /** The bytes of each answer. */
  readonly answers: Sensor
  /** Milliseconds until each Produce request was answered. */
  readonly latency: Sensor

  constructor(windows: Windows) {
    this.requests = new Sensor(windows)
    this.answers = new Sensor(windows)
    this.latency = new Sensor(windows)
  }
}

/** The metrics of a broker; the producer has the same, over all its brokers. */
export const trafficMetrics: readonly Definition<Traffic>[] = byName([
  ...counter('request', 'Requests handed to a connection', (of: Traffic) => of.requests),
  ...spread('request-size', 'Bytes of a request', (of: Traffic) => of.requests),
  ...meter('outgoing-byte', 'Bytes of requests', (of: Traffic) => of.requests),
  ...counter('response', 'Answers', (of: Traffic) => of.answers),
  ...meter('incoming-byte', 'Bytes of answers', (of: Traffic) => of.answers),
  ...spread(
    'request-latency',
    'Milliseconds from a Produce request to its answer',
    (of: Traffic) => of.latency,
  ),
])
