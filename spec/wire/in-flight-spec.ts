import { describe, expect, it } from 'vitest'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { InFlight, type InFlightRequest } from '../../lib/wire/in-flight.ts'

const request = (serial: number, expectsAnswer = true): InFlightRequest => ({
  api: Produce,
  version: 9,
  correlationId: serial,
  expectsAnswer,
  handler: { answered() {}, failed() {} },
  sentAt: serial,
  throttledBefore: 0,
  serial,
})

const filled = () => {
  const inFlight = new InFlight()
  for (const [serial, expectsAnswer] of [
    [1, false],
    [2, true],
    [3, false],
    [4, true],
  ] as const) {
    inFlight.push(request(serial, expectsAnswer))
  }
  return inFlight
}

describe('InFlight', () => {
  it('expects answers in the order of requests, skipping those without an answer', () => {
    const inFlight = filled()
    expect(inFlight.next?.serial).toBe(2)
    inFlight.answered()
    expect(inFlight.next?.serial).toBe(4)
    inFlight.answered()
    expect(inFlight.next).toBeUndefined()
    expect(inFlight.length).toBe(2)
  })

  it('knows the oldest of both kinds', () => {
    const inFlight = filled()
    expect(inFlight.oldest?.serial).toBe(1)
    expect(inFlight.written()?.serial).toBe(1)
    expect(inFlight.oldest?.serial).toBe(2)
    inFlight.answered()
    expect(inFlight.oldest?.serial).toBe(3)
  })

  it('returns all remaining requests in the order of sending, once', () => {
    const inFlight = filled()
    expect(inFlight.drain().map(({ serial }) => serial)).toEqual([1, 2, 3, 4])
    expect(inFlight.drain()).toEqual([])
    expect(inFlight.length).toBe(0)
    expect(inFlight.oldest).toBeUndefined()
    expect(inFlight.written()).toBeUndefined()
  })
})
