// Exactly once through chaos on a real Kafka, as a long run: `npm run test:chaos:exactly-once`,
// which is not part of `npm test` (once-options.ts lists the options). once-check-spec.ts has what
// the check finds.

import { beforeAll, describe, expect, it } from 'vitest'
import { ringIsSkipped } from './kafka-ring.ts'
import { type OnceReport, onceOptions } from './once-options.ts'
import { onceRun } from './once-run.ts'

const skipped = process.env['CHAOS_EXACTLY_ONCE'] === undefined || (await ringIsSkipped()) !== null

describe.skipIf(skipped)('consume, transform, produce through chaos', () => {
  const options = onceOptions()
  let report: OnceReport
  beforeAll(async () => {
    report = await onceRun(options)
  }, 3_600_000)

  it('gives each message its output once, and outputs and offsets match whenever everything is stopped', () => {
    expect(report.wrong.slice(0, 10)).toEqual([])
    expect(report.outputs).toBe(options.messages)
    expect(report.checks).toBeGreaterThan(1)
  })

  it('was disturbed: workers and brokers were killed, and a second worker joined', () => {
    expect(report.kills).toBeGreaterThanOrEqual(Math.floor(options.messages / 5_000))
    expect(report.joins).toBeGreaterThan(0)
    expect(report.brokersKilled).toBeGreaterThan(0)
  })
})
