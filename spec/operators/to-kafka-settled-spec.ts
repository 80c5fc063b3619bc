import { catchError, from, of, config as rxjs } from 'rxjs'
import { type DeliveryError, toKafka, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { VirtualStage } from '../scenarios/virtual-stage.ts'
import { type Letter, letters, marbleCluster, settled } from '../support/marble-cluster.ts'
import { passTime } from '../support/pass-time.ts'

describe('toKafkaSettled', () => {
  it('emits a result for each record, and completes after the last', () =>
    marbleCluster(({ hot, expectObservable, expectSubscriptions }, { config, options }) => {
      const source = hot('    a 19ms x 19ms b|')
      const results = source.pipe(letters, toKafkaSettled(config, options), settled)
      expectObservable(results).toBe('12ms a 7ms X 21ms (b|)', {
        a: 'a',
        X: 'x:INVALID_RECORD',
        b: 'b',
      })
      expectSubscriptions(source.subscriptions).toBe('^ 40ms !')
    }))

  it('continues after a record that the broker refuses', () =>
    marbleCluster(({ hot, expectObservable }, { cluster, config, options }) => {
      cluster.on('Produce', { nth: 2 }).reply('INVALID_TIMESTAMP')
      const source = hot('    a 19ms b 19ms c|')
      const results = source.pipe(letters, toKafkaSettled(config, options), settled)
      expectObservable(results).toBe('12ms a 9ms B 19ms (c|)', {
        a: 'a',
        B: 'b:INVALID_TIMESTAMP',
        c: 'c',
      })
    }))

  it('passes on the error of its source after the results', () =>
    marbleCluster(({ hot, expectObservable }, { config, options }) => {
      const source = hot('    ax#')
      const results = source.pipe(letters, toKafkaSettled(config, options), settled)
      expectObservable(results).toBe('-X 10ms (a#)', { a: 'a', X: 'x:INVALID_RECORD' })
    }))

  it('ends with a failure that endsOn selects, once outstanding records have their results', () =>
    marbleCluster(
      ({ hot, expectObservable, expectSubscriptions }, { cluster, config, options }) => {
        cluster.on('Produce', { nth: 3 }).reply('TOPIC_AUTHORIZATION_FAILED')
        const asked: string[] = []
        const endsOn = (error: DeliveryError) => {
          asked.push(error.code)
          return error.code === 'TOPIC_AUTHORIZATION_FAILED'
        }
        const source = hot('    ax 18ms b 19ms cx 18ms d')
        const results = source.pipe(
          letters,
          toKafkaSettled(config, { ...options, endsOn }),
          settled,
          catchError((error: DeliveryError<Letter>) => {
            expect(asked).toEqual(['INVALID_RECORD', 'INVALID_RECORD', error.code])
            expect(error.unsent.map(({ record }) => record.value)).toEqual(['c'])
            return of(`# ${error.code}`)
          }),
        )
        expectObservable(results).toBe('-X 10ms a 9ms b 18ms Y (E|)', {
          a: 'a',
          b: 'b',
          X: 'x:INVALID_RECORD',
          Y: 'x:INVALID_RECORD',
          E: '# TOPIC_AUTHORIZATION_FAILED',
        })
        expectSubscriptions(source.subscriptions).toBe('^ 41ms !')
      },
    ))

  it('emits failures in input order, and ends at once if endsOn says so', () =>
    marbleCluster(({ hot, expectObservable }, { config, options }) => {
      const endsOn = ({ record }: DeliveryError) => (record as Letter).topic === ''
      const source = hot('    a 19ms (xb)')
      const ended = source.pipe(
        letters,
        toKafkaSettled(config, { ...options, order: 'input', endsOn }),
        settled,
        catchError((error: DeliveryError<Letter>) => of(`# ${error.record?.value}`)),
      )
      expectObservable(ended).toBe('12ms a 7ms (E|)', { a: 'a', E: '# x' })
    }))

  it('ends if endsOn throws, and RxJS reports the exception', async () => {
    const { clock, runtime, cluster } = new VirtualStage()
    const reported: unknown[] = []
    rxjs.onUnhandledError = (error) => reported.push(error)
    const told: unknown[] = []
    const endsOn = () => {
      throw 'a bug'
    }
    const config = { 'bootstrap.servers': cluster.bootstrapServers }
    from([{ topic: '', value: 'x' }])
      .pipe(toKafkaSettled(config, { runtime, endsOn }))
      .subscribe({ error: ({ code }) => told.push(code) })
    await passTime(clock, 100)
    await new Promise((resolve) => setTimeout(resolve))
    rxjs.onUnhandledError = null
    expect([told, reported]).toEqual([['INVALID_RECORD'], ['a bug']])
  })

  it('throws at once for an endsOn that is not a function, which toKafka does not have', () => {
    const config = { 'bootstrap.servers': 'a:1' }
    expect(() => toKafkaSettled(config, { endsOn: 'CLOSED' as never })).toThrow(
      "endsOn is 'CLOSED'; it must be a function of the error",
    )
    expect(() => toKafka(config, { endsOn: () => true } as never)).toThrow(
      'not an option of toKafka',
    )
  })

  it('completes at once with an empty source, and never with one that never ends', () =>
    marbleCluster(({ cold, expectObservable }, { config, options }) => {
      const deliver = toKafkaSettled<{ topic: string; value: string }>(config, options)
      expectObservable(cold('|').pipe(letters, deliver, settled)).toBe('|')
      expectObservable(cold('-').pipe(letters, deliver, settled)).toBe('-')
    }))

  it('emits nothing after it is unsubscribed', () =>
    marbleCluster(
      ({ hot, expectObservable, expectSubscriptions, flush }, { cluster, config, options }) => {
        const source = hot('    ax 30ms b')
        const results = source.pipe(letters, toKafkaSettled(config, options), settled)
        expectObservable(results, '^ 10ms !').toBe('-X', { X: 'x:INVALID_RECORD' })
        expectSubscriptions(source.subscriptions).toBe('^ 10ms !')
        flush()
        // Records that were accepted by then were sent in the background.
        expect(cluster.records('t').map(({ valueText }) => valueText)).toEqual(['a'])
        expect(cluster.connections).toBe(0)
      },
    ))
})
