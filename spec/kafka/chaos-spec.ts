// Chaos on a real Kafka: three brokers and a controller in its own JVM, replication 3,
// min.insync.replicas 2. A stream of numbered records runs through `toKafka`, idempotent and with
// five requests in flight, while leaders are killed, paused and moved, and two of three brokers
// stop and return. The short run is part of the specs; `npm run test:chaos` is the same with more
// rounds (chaos-run.ts lists the options). It is skipped, with a notice, if Kafka cannot run.

import { beforeAll, describe, expect, it } from 'vitest'
import { type ChaosReport, chaosOptions, chaosRun } from './chaos-run.ts'
import { ringIsSkipped } from './kafka-ring.ts'

const skipped = (await ringIsSkipped()) !== null
const options = chaosOptions()

describe.skipIf(skipped)('a stream through chaos on a real Kafka cluster', () => {
  let report: ChaosReport
  beforeAll(
    async () => {
      report = await chaosRun(options)
    },
    300_000 + options.rounds * 300_000,
  )

  it('completes, and gives every record one result', () => {
    const { stream } = report
    expect(stream.failure).toBeNull()
    expect(stream.sent).toBeGreaterThanOrEqual(options.recordsMin)
    expect(stream.acknowledged).toBe(stream.sent)
    expect(stream.repeated).toEqual([])
  })

  it('emits the results of a partition in the order in which its records were sent', () => {
    const disordered = report.stream.order.map((numbers) =>
      numbers.findIndex((number, index) => index > 0 && number < numbers[index - 1]!),
    )
    expect(disordered.filter((index) => index >= 0)).toEqual([])
  })

  it('is in the log once, in the order sent, each record at the offset in its metadata', () => {
    expect(report.findings.wrong.slice(0, 10)).toEqual([])
    expect(report.findings.records).toBe(report.stream.sent)
  })

  it('was disturbed: connections were lost, requests timed out, batches were refused and sent again', () => {
    const { tap } = report
    const refusals = [...tap.answers.keys()].filter((name) => name !== 'NONE')
    expect(refusals).toContain('NOT_LEADER_OR_FOLLOWER')
    expect(refusals.filter((name) => name.startsWith('NOT_ENOUGH_REPLICAS'))).not.toEqual([])
    expect(tap.lost).toBeGreaterThan(0)
    expect(tap.refused).toBeGreaterThan(0)
    expect(tap.abandoned).toBeGreaterThan(0)
    expect(tap.repeats).toBeGreaterThan(0)
    expect(tap.inFlightMax).toBeGreaterThan(1)
    expect(tap.inFlightMax).toBeLessThanOrEqual(5)
  })
})
