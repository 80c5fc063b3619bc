import diagnostics from 'node:diagnostics_channel'
import { config, finalize, Subscriber } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { DeliveryError } from '../../lib/errors/delivery-error.ts'
import { EventSource, type ProducerEvent } from '../../lib/producer/events.ts'
import { until } from '../support/scenario.ts'
import { thrownIn, unhandledErrors } from '../support/unhandled.ts'

const lost: ProducerEvent = {
  type: 'undelivered',
  error: new DeliveryError('CLOSED', { persisted: 'no' }),
}
const skipped: ProducerEvent = {
  type: 'interceptorFailed',
  error: new Error('no'),
  interceptor: 'an object',
  position: 0,
}

describe('EventSource', () => {
  it('emits to its own listeners, and completes', () => {
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

  it('publishes on the diagnostics channel of each kind, with the client id', () => {
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

  it('gives users no way to publish', () => {
    expect('next' in new EventSource('me').events$).toBe(false)
  })

  it('knows whether a kind of event has a listener', () => {
    const source = new EventSource('me')
    const hear = () => {}
    expect(source.hears('undelivered')).toBe(false)
    diagnostics.subscribe('to-kafka:undelivered', hear)
    expect([source.hears('undelivered'), source.hears('throttled')]).toEqual([true, false])
    expect(source.isListening).toBe(true)
    diagnostics.unsubscribe('to-kafka:undelivered', hear)
    expect(source.isListening).toBe(false)
    const listener = source.events$.subscribe()
    expect([source.hears('throttled'), source.isListening]).toEqual([true, true])
    listener.unsubscribe()
    expect(source.isListening).toBe(false)
  })

  it('does not publish on a channel without a subscriber', () => {
    const publish = vi.spyOn(diagnostics.Channel.prototype, 'publish')
    const source = new EventSource('me')
    source.publish(lost)
    source.trace({ type: 'connecting', node: 1, address: 'h:1' })
    expect(publish).not.toHaveBeenCalled()
    publish.mockRestore()
  })

  it('survives a listener that throws, and one that lets exceptions through', async () => {
    const unhandled: unknown[] = []
    config.onUnhandledError = (error) => unhandled.push(error)
    const [no, never] = [new Error('no'), new Error('never')]
    class Raw extends Subscriber<ProducerEvent> {
      protected override _next(): void {
        throw never
      }
    }
    const source = new EventSource('me')
    const heard: unknown[] = []
    source.events$.subscribe(() => {
      throw no
    })
    source.events$.subscribe((event) => heard.push(event))
    source.events$.subscribe(new Raw())
    source.publish(lost)
    source.publish(lost)
    expect(heard).toEqual([lost, lost])
    while (unhandled.length < 4) await new Promise(setImmediate)
    config.onUnhandledError = null
    expect(new Set(unhandled)).toEqual(new Set([no, never]))
  })

  it('completes for every listener, even if the teardown of one throws', async () => {
    const unhandled = unhandledErrors()
    const no = new Error('no')
    const source = new EventSource('me')
    const heard: unknown[] = []
    const finalizer = finalize(() => {
      throw no
    })
    source.events$.pipe(finalizer).subscribe()
    source.events$.subscribe({ complete: () => heard.push('|') })
    source.complete()
    expect(heard).toEqual(['|'])
    await until(() => unhandled.length > 0)
    expect(unhandled.flatMap(thrownIn)).toEqual([no])
  })

  it('survives a channel subscriber that throws, which Node reports', async () => {
    const uncaught: unknown[] = []
    const note = (error: unknown) => uncaught.push(error)
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', note)
    const no = new Error('no')
    const hear = () => {
      throw no
    }
    diagnostics.subscribe('to-kafka:undelivered', hear)
    new EventSource('me').publish(lost)
    await new Promise(setImmediate)
    diagnostics.unsubscribe('to-kafka:undelivered', hear)
    process.off('uncaughtException', note)
    for (const other of others) process.on('uncaughtException', other)
    expect(uncaught).toEqual([no])
  })
})
