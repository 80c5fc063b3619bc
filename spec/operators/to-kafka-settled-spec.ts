import { toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { letters, marbleCluster, settled } from '../support/marble-cluster.ts'

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

  it('goes on after a record that the broker refuses', () =>
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

  it('completes at once with an empty source, and never with one that never ends', () =>
    marbleCluster(({ cold, expectObservable }, { config, options }) => {
      const deliver = toKafkaSettled<{ topic: string; value: string }>(config, options)
      expectObservable(cold('|').pipe(letters, deliver, settled)).toBe('|')
      expectObservable(cold('-').pipe(letters, deliver, settled)).toBe('-')
    }))

  it('is silent from the moment it is unsubscribed', () =>
    marbleCluster(
      ({ hot, expectObservable, expectSubscriptions, flush }, { cluster, config, options }) => {
        const source = hot('    ax 30ms b')
        const results = source.pipe(letters, toKafkaSettled(config, options), settled)
        expectObservable(results, '^ 10ms !').toBe('-X', { X: 'x:INVALID_RECORD' })
        expectSubscriptions(source.subscriptions).toBe('^ 10ms !')
        flush()
        // What was accepted by then went out in the background.
        expect(cluster.records('t').map(({ valueText }) => valueText)).toEqual(['a'])
        expect(cluster.connections).toBe(0)
      },
    ))
})
