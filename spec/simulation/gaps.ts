import type { History, StreamHistory } from './history.ts'
import type { Journey } from './journeys.ts'
import type { Property } from './oracle.ts'
import { placeOf } from './placement.ts'
import { isAstray, type Scenario } from './scenario.ts'
import { placeNumber, topic } from './setting.ts'

// A stream with its own producer stops at the first record that fails: what is in a partition's log is all
// that was given for it, up to some record. Rules like those of oracle.ts.

export const gapProperties: Readonly<Record<string, Property>> = {
  *"a stream's own producer leaves no gap in a partition"(history, scenario) {
    if (!keepsOrder(scenario)) return
    const landed = new Set(history.log.map(({ id }) => id))
    for (const stream of history.streams) {
      if (stream.plan.kind !== 'owned') continue
      /** Of each partition the first record that is not there. */
      const missing = new Map<number, Journey>()
      for (const journey of givenBy(stream, history)) {
        const place = placed(journey, scenario)
        if (place === null) continue
        const before = missing.get(place)
        if (!landed.has(journey.id)) {
          if (before === undefined && stops(journey)) missing.set(place, journey)
        } else if (before !== undefined && !isLost(stream, history))
          yield `${journey.id} is in ${place} and ${before.id} is not: ${String(before.error)}`
      }
    }
  },
}

/** Otherwise a later batch may be written while the one before it is refused. */
function keepsOrder({ config: { idempotent, maxInFlight, acks } }: Scenario): boolean {
  return idempotent || (maxInFlight === 1 && acks !== '0')
}

/** Its journeys, in the order of its input. */
function givenBy(stream: StreamHistory, { journeys }: History): readonly Journey[] {
  return journeys.filter((journey) => journey.stream === stream)
}

/** Where it is, or would be; null where nobody has decided that. */
function placed({ plan, partition, error }: Journey, scenario: Scenario): number | null {
  if (isAstray(plan)) return null
  const known = placeOf(plan, scenario.config, scenario.partitions) ?? partition
  if (known !== null) return known
  const { partition: failedIn = -1 } = (error ?? {}) as { readonly partition?: number }
  const place = scenario.partitions === 1 ? 0 : failedIn
  return place < 0 ? null : placeNumber(plan.topic ?? topic, place)
}

/** After an unsubscription, accepted records are delivered as far as they can be, one or another. */
function stops({ stream, error }: Journey): boolean {
  if (stream.end !== 'unsubscribed' || stream.plan.end === 'discard') return true
  return (error as { readonly code?: string } | null)?.code === 'DISCARDED'
}

/** The broker had forgotten the producer, and accepted a batch behind one that it had not. */
function isLost(stream: StreamHistory, history: History): boolean {
  return givenBy(stream, history).some(
    ({ error }) => (error as { readonly code?: string } | null)?.code === 'SEQUENCE_LOST',
  )
}
