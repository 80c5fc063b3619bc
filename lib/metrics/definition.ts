import type { Sensor } from './sensor.ts'

// A metric's name, description, and how it is read from the sensors. Metrics come in families: a sensor
// gives a rate and a total, or an average and a maximum, under names with different endings.

/** A metric of anything with these sensors: a producer, a topic, a broker. */
export interface Definition<S> {
  readonly name: string
  readonly description: string
  readonly value: (sensors: S, now: number) => number
}

type Pick<S> = (sensors: S) => Sensor

/** The sum of the values: `-rate` per second, and `-total`. */
export function meter<S>(name: string, what: string, of: Pick<S>): Definition<S>[] {
  return [
    {
      name: `${name}-rate`,
      description: `${what}, a second`,
      value: (sensors, now) => of(sensors).rate(now),
    },
    { name: `${name}-total`, description: what, value: (sensors) => of(sensors).total },
  ]
}

/** The number of events: `-rate` per second, and `-total`. */
export function counter<S>(name: string, what: string, of: Pick<S>): Definition<S>[] {
  return [
    {
      name: `${name}-rate`,
      description: `${what}, a second`,
      value: (sensors, now) => of(sensors).frequency(now),
    },
    { name: `${name}-total`, description: what, value: (sensors) => of(sensors).events },
  ]
}

/** The values: `-avg` and `-max`. */
export function spread<S>(name: string, what: string, of: Pick<S>): Definition<S>[] {
  return [
    average(`${name}-avg`, `${what}: the average`, of),
    {
      name: `${name}-max`,
      description: `${what}: the largest`,
      value: (sensors, now) => of(sensors).max(now),
    },
  ]
}

export function average<S>(name: string, description: string, of: Pick<S>): Definition<S> {
  return { name, description, value: (sensors, now) => of(sensors).avg(now) }
}

/** Values in milliseconds, their total in nanoseconds. */
export function nanoseconds<S>(name: string, description: string, of: Pick<S>): Definition<S> {
  return { name, description, value: (sensors) => of(sensors).total * 1_000_000 }
}

export function gauge<S>(
  name: string,
  description: string,
  value: (sensors: S, now: number) => number,
): Definition<S> {
  return { name, description, value }
}

export function byName<S>(definitions: readonly Definition<S>[]): readonly Definition<S>[] {
  return [...definitions].sort((one, other) => (one.name < other.name ? -1 : 1))
}
