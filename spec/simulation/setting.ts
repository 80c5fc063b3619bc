import type { ProducerRecord } from '../../lib/model.ts'
import type { SimulatedCluster } from '../../lib/testing/simulated-cluster.ts'
import type { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import type { Findings } from './findings.ts'
import type { Journeys } from './journeys.ts'
import type { Library } from './library.ts'
import type { Scenario } from './scenario.ts'

// What all parts of a run share.

/** The topic of a run's records, except for those that go astray. */
export const topic = 't'

/** One number for each partition of a run, whatever its topic. */
export function placeNumber(of: string, partition: number): number {
  return of === 'late' ? partition + 1000 : partition
}

export interface Setting {
  readonly scenario: Scenario
  readonly library: Library
  readonly clock: VirtualClock
  readonly cluster: SimulatedCluster
  readonly journeys: Journeys
  readonly findings: Findings
}

/** The id of a record that the run has made. */
export function identify(record: ProducerRecord): string {
  return (record.value as { id: string }).id
}
