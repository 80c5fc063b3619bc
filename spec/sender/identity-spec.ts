import { describe, expect, it } from 'vitest'
import { ConnectionError } from '../../lib/errors/connection-error.ts'
import type { KafkaError } from '../../lib/errors/kafka-error.ts'
import { IdentityKeeper } from '../../lib/sender/identity.ts'
import { FakeClock } from '../support/fake-runtime.ts'
import { ScriptedDispatch } from '../support/scripted-dispatch.ts'

function keeper() {
  const clock = new FakeClock()
  const dispatch = new ScriptedDispatch()
  const events = { again: 0, refused: [] as KafkaError[] }
  const identity = new IdentityKeeper(
    { dispatch, clock, random: () => 0.5, backoff: (failures) => 100 * (failures + 1) },
    {
      again: () => {
        events.again += 1
      },
      refused: (error) => events.refused.push(error),
    },
  )
  return { clock, dispatch, events, identity }
}

describe('IdentityKeeper', () => {
  it('sends one request, however many callers need the identity', () => {
    const { dispatch, events, identity } = keeper()
    identity.acquire()
    identity.acquire()
    expect(dispatch.identities).toHaveLength(1)
    expect(identity.current).toBeNull()

    dispatch.giveIdentity(7, 2)
    expect(identity.current).toEqual({ producerId: 7n, producerEpoch: 2 })
    expect(events.again).toBe(1)
    identity.acquire()
    expect(dispatch.identities).toHaveLength(0)
  })

  it.each([
    [-1, 0],
    [7, -1],
  ])(
    'does not accept the id %i with the epoch %i, and asks again one backoff later',
    (id, epoch) => {
      const { clock, dispatch, events, identity } = keeper()
      identity.acquire()
      dispatch.giveIdentity(id, epoch)
      expect(identity.current).toBeNull()
      expect(events).toEqual({ again: 0, refused: [] })

      identity.acquire()
      expect(dispatch.identities).toHaveLength(0)
      clock.advance(100)
      expect(events.again).toBe(1)
      identity.acquire()
      dispatch.giveIdentity(7, 0)
      expect(identity.current).toEqual({ producerId: 7n, producerEpoch: 0 })
    },
  )

  it('keeps one object for one identity', () => {
    const { dispatch, identity } = keeper()
    identity.acquire()
    dispatch.giveIdentity()
    const before = identity.current
    expect(identity.current).toBe(before)
    identity.bump()
    expect(identity.current).not.toBe(before)
    expect(identity.current).toEqual({ producerId: 7n, producerEpoch: 1 })
  })

  it('has none after the last epoch, and requests another', () => {
    const { dispatch, identity } = keeper()
    identity.acquire()
    dispatch.giveIdentity(7, 32767)
    identity.bump()
    expect(identity.current).toBeNull()
    identity.bump()
    identity.acquire()
    dispatch.giveIdentity(8, 0)
    expect(identity.current).toEqual({ producerId: 8n, producerEpoch: 0 })
  })

  it('waits for a backoff after a failure, longer after each, and starts again after a success', () => {
    const { clock, dispatch, events, identity } = keeper()
    identity.acquire()
    for (const wait of [100, 200]) {
      dispatch.loseIdentity()
      identity.acquire()
      clock.advance(wait - 1)
      expect(dispatch.identities).toHaveLength(0)
      clock.advance(1)
      expect(events.again).toBe(wait / 100)
      expect(dispatch.identities).toHaveLength(0) // nobody has said that he still wants it
      identity.acquire()
    }
    dispatch.giveIdentity(7, 32767)
    identity.bump()
    identity.acquire()
    dispatch.loseIdentity()
    clock.advance(100)
    expect(events.again).toBe(4)
  })

  it('reports a permanent failure', () => {
    const { clock, dispatch, events, identity } = keeper()
    identity.acquire()
    dispatch.loseIdentity(new ConnectionError('CLOSED', 'closed'))
    identity.acquire()
    dispatch.refuseIdentity('CLUSTER_AUTHORIZATION_FAILED')
    expect(events.refused.map(({ code }) => code)).toEqual([
      'CLOSED',
      'CLUSTER_AUTHORIZATION_FAILED',
    ])
    expect(clock.pending).toBe(0)
  })

  it('does nothing after it is stopped', () => {
    const { clock, dispatch, events, identity } = keeper()
    identity.acquire()
    identity.stop()
    dispatch.loseIdentity()
    identity.acquire()
    expect(dispatch.identities).toHaveLength(0)
    expect(events.refused).toEqual([])
    expect(clock.pending).toBe(0)
  })
})
