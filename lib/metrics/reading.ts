import type { Definition } from './definition.ts'
import type { Metric } from './metric.ts'

// Metrics as they are returned: computed once, for a snapshot, or at each read.

/** Sensors with the tags of their metrics. */
export interface Tagged<S> {
  readonly sensors: S
  readonly tags: Readonly<Record<string, string>>
}

/** Computes a value. */
export type Reading = () => Metric['value']

/** The metrics of these owners as they are now: by definition, then by owner. */
export function metricsOf<S>(
  group: string,
  definitions: readonly Definition<S>[],
  owners: readonly Tagged<S>[],
  now: number,
): Metric[] {
  return definitions.flatMap(({ name, description, value }) =>
    owners.map(({ sensors, tags }) => ({
      name,
      group,
      description,
      tags,
      value: value(sensors, now),
    })),
  )
}

/** The metrics of one owner, computed at each read. */
export function liveMetrics<S>(
  group: string,
  definitions: readonly Definition<S>[],
  { sensors, tags }: Tagged<S>,
  clock: { now(): number },
): Metric[] {
  return definitions.map(({ name, description, value }) =>
    live({ name, group, description, tags }, () => value(sensors, clock.now())),
  )
}

/** A metric that is computed at each read. */
export function live(named: Omit<Metric, 'value'>, value: Reading): Metric {
  return Object.freeze({
    ...named,
    get value() {
      return value()
    },
  })
}

/** A metric as it is now. */
export function still(metric: Metric): Metric {
  return { ...metric }
}
