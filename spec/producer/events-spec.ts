import diagnostics from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import { DeliveryError } from '../../lib/errors/delivery-error.ts'
import { EventSource, type ProducerEvent } from '../../lib/producer/events.ts'

const lost: ProducerEvent = {
  type: 'undelivered',
  error: new DeliveryError('CLOSED', { persisted: 'no' }),
}
const skipped: ProducerEvent = {
  type: 'interceptorFailed',
  error: new Error('no'),
  interceptor: {},
}

describe('EventSource', () => {
  it('tells its own listeners, and completes', () => {
    const source = new EventSource('me')
    const heard: unknown[] = []
    source.publish(lost)
    source.events$.subscribe({
      next: (event) => heard.push(event),
      complete: () => heard.push('|'),
    })
    source.publish(lost)
    source.publish(skipped)
    source.complete()
    source.publish(lost)
    expect(heard).toEqual([lost, skipped, '|'])
  })

  it('tells the diagnostics channel of each kind, with the client id', () => {
    const heard: unknown[] = []
    const hear = (message: unknown, name: string | symbol) => heard.push([name, message])
    const names = ['to-kafka:undelivered', 'to-kafka:interceptor-failed']
    for (const name of names) diagnostics.subscribe(name, hear)
    const source = new EventSource('me')
    source.publish(lost)
    source.publish(skipped)
    for (const name of names) diagnostics.unsubscribe(name, hear)
    source.publish(lost)
    expect(heard).toEqual([
      ['to-kafka:undelivered', { ...lost, clientId: 'me' }],
      ['to-kafka:interceptor-failed', { ...skipped, clientId: 'me' }],
    ])
  })

  it('hands out no way to publish', () => {
    expect('next' in new EventSource('me').events$).toBe(false)
  })
})
