import { describe, expect, it } from 'vitest'
import { RequestLog } from '../../lib/testing/request-log.ts'
import type { MockRequest } from '../../lib/testing/served-apis.ts'

const request = (correlationId: number) => ({ correlationId }) as MockRequest

describe('RequestLog', () => {
  it('remembers the newest requests, within its bound', () => {
    const log = new RequestLog(8)
    for (let id = 0; id < 1000; id++) {
      log.add(request(id), 10)
      expect(log.requests.length).toBeLessThanOrEqual(8)
      expect(log.requests.at(-1)!.correlationId).toBe(id)
    }
    const ids = log.requests.map(({ correlationId }) => correlationId)
    expect(ids).toEqual(ids.map((_, index) => ids[0]! + index))
    expect(ids.length).toBeGreaterThanOrEqual(6)
  })

  it('remembers at most 64 MiB', () => {
    const log = new RequestLog(1000)
    for (let id = 0; id < 100; id++) log.add(request(id), 16 * 1024 * 1024)
    expect(log.requests.length).toBeLessThanOrEqual(4)
    expect(log.requests.length).toBeGreaterThanOrEqual(3)
  })

  it('does not change an array that it has returned when it forgets', () => {
    const log = new RequestLog(4)
    for (let id = 0; id < 4; id++) log.add(request(id), 1)
    const before = log.requests
    for (let id = 4; id < 8; id++) log.add(request(id), 1)
    expect(before[0]!.correlationId).toBe(0)
  })
})
