import { Observable, Subscriber } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { contained, failedBy } from '../../lib/stages/unhandled.ts'
import { until } from '../support/scenario.ts'
import { thrownIn, unhandledErrors } from '../support/unhandled.ts'

const bug = new Error('a bug of the user')
const throws = () => {
  throw bug
}

describe('contained', () => {
  it('reports the exception of a call, and does not throw it', async () => {
    const unhandled = unhandledErrors()
    expect(() => contained(throws)).not.toThrow()
    await until(() => unhandled.length > 0)
    expect(unhandled).toEqual([bug])
  })
})

describe('failedBy', () => {
  it('fails the stream of a subscriber', () => {
    const errors: unknown[] = []
    failedBy(bug, new Subscriber({ error: (error: unknown) => errors.push(error) } as never))
    expect(errors).toEqual([bug])
  })

  it('reports an error after the end of the stream', async () => {
    const unhandled = unhandledErrors()
    const out = new Subscriber<unknown>()
    out.complete()
    failedBy(bug, out)
    await until(() => unhandled.length > 0)
    expect(unhandled).toEqual([bug])
  })

  it('reports the exception of a teardown at that end', async () => {
    const unhandled = unhandledErrors()
    const other = new Error('another')
    let out!: Subscriber<unknown>
    const errors: unknown[] = []
    const stream = new Observable((subscriber) => {
      out = subscriber
      return throws
    })
    stream.subscribe({ error: (error) => errors.push(error) })
    expect(() => failedBy(other, out)).not.toThrow()
    await until(() => unhandled.length > 0)
    expect([errors, unhandled.flatMap(thrownIn)]).toEqual([[other], [bug]])
  })
})
