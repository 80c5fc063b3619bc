import { catchError, concat, map, NEVER, of, Subject, take } from 'rxjs'
import { type DeliveryError, type EachResult, KafkaProducer, toKafkaEach } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { type Letter, marbleCluster } from '../support/marble-cluster.ts'

/**
 * One record for each letter of the item. Upper-case letters are refused before they are sent; `.`
 * has none.
 */
const project = (item: string): Letter[] | null =>
  item === '.'
    ? null
    : [...item].map((value) => ({ topic: value === value.toUpperCase() ? '' : 't', value }))

/** An item and the letters of its results. */
const told = map(
  ({ item, metadata }: EachResult<string, Letter>) =>
    `${item}=${metadata.map(({ record }) => record.value).join('')}`,
)

const items = { a: 'a', b: 'bcd', o: '.', x: 'eX', y: 'fg' }
const results = { a: 'a=a', b: 'bcd=bcd', o: '.=', y: 'fg=fg' }

describe('toKafkaEach', () => {
  it('emits each item once all of its records are acknowledged, in input order', () =>
    marbleCluster(({ hot, expectObservable, expectSubscriptions }, { config, options }) => {
      const source = hot('    (ab) 16ms o 9ms y|', items)
      const out = source.pipe(toKafkaEach(config, project, options), told)
      expectObservable(out).toBe('12ms (ab) 4ms o 11ms (y|)', results)
      expectSubscriptions(source.subscriptions).toBe('^ 30ms !')
    }))

  it('lets an item without records wait for the items before it', () =>
    marbleCluster(({ hot, expectObservable }, { config, options }) => {
      const source = hot('    oao|', items)
      const out = source.pipe(toKafkaEach(config, project, options), told)
      expectObservable(out).toBe('o 12ms (ao|)', results)
    }))

  it('completes at once with an empty source, and with one whose items have no records', () =>
    marbleCluster(({ cold, expectObservable }, { cluster, config, options }) => {
      const each = toKafkaEach(config, project, options)
      expectObservable(cold('|').pipe(each, told)).toBe('|')
      expectObservable(cold('oo|', items).pipe(each, told)).toBe('oo|', results)
      expect(cluster.requests).toEqual([])
    }))

  it('emits no item after a failed one, even if its records are in the log', () =>
    marbleCluster(({ hot, expectObservable, flush }, { cluster, config, options }) => {
      cluster.createTopic('other')
      cluster.on('Produce', { topic: 't', nth: 2 }).reply('INVALID_TIMESTAMP')
      const letter = (value: string) => ({ topic: value === 'c' ? 'other' : 't', value })
      const out = hot('a 19ms (bc)').pipe(
        toKafkaEach(config, letter, options),
        map(({ item }) => item),
        catchError(({ record }: DeliveryError<Letter>) => of(`# ${record?.value}`)),
      )
      expectObservable(out).toBe('12ms a 11ms (E|)', { a: 'a', E: '# b' })
      flush()
      expect(cluster.records('other').map(({ valueText }) => valueText)).toEqual(['c'])
    }))

  it('delivers earlier records, then fails with the exception of project', () =>
    marbleCluster(({ hot, expectObservable, expectSubscriptions }, { config, options }) => {
      const source = hot('    ab-', items)
      const bug = new Error('a bug')
      const broken = (item: string) => {
        if (item === 'bcd') throw bug
        return project(item)
      }
      const out = source.pipe(toKafkaEach(config, broken, options), told)
      expectObservable(out).toBe('12ms (a#)', results, bug)
      expectSubscriptions(source.subscriptions).toBe('^!')
    }))

  it.each<[string, () => unknown, string]>([
    ['a promise', async () => Promise.reject(new Error('late')), 'an object (Promise)'],
    ['a set', () => new Set([{ topic: 't' }]), 'an object (Set)'],
    ['a text', () => new String('t'), 'an object (String)'],
  ])('fails if project returns %s, with a clear error', (_, wrong, kind) =>
    marbleCluster(({ cold, expectObservable }, { config, options }) => {
      const sentence = `the function of toKafkaEach returned ${kind}; it must return a record, an array of records or null, synchronously`
      const out = cold('a', items).pipe(toKafkaEach(config, wrong as never, options))
      expectObservable(out).toBe('#', null, new TypeError(sentence))
    }),
  )

  it('passes on the error of its source after the earlier items', () =>
    marbleCluster(({ hot, expectObservable }, { config, options }) => {
      const out = hot('ao#', items).pipe(toKafkaEach(config, project, options), told)
      expectObservable(out).toBe('12ms (ao#)', results)
    }))

  it('releases a synchronous source when take has enough, and accepts one record or a list', () =>
    marbleCluster(({ expectObservable }, { cluster, config, options }) => {
      const producer = new KafkaProducer(config, options)
      const one = (item: string) => (item === 'a' ? { topic: 't', value: item } : project(item))
      const source = concat(of('.', 'a', 'bcd'), NEVER)
      const out = source.pipe(toKafkaEach(producer, one), told, take(2))
      expectObservable(out).toBe('o 11ms (a|)', results)
      expect(cluster.violations).toEqual([])
    }))

  it('accepts input from inside next, after what is being emitted', () =>
    marbleCluster(({ expectObservable, cold }, { config, options }) => {
      const source = new Subject<string>()
      const out = source.pipe(
        toKafkaEach({ ...config, 'linger.ms': 10 }, project, options),
        map((result) => {
          if (result.item === 'a') for (const item of ['.', 'fg']) source.next(item)
          return result
        }),
        told,
      )
      expectObservable(out).toBe('22ms (ao) 8ms y', results)
      cold('a').subscribe(() => {
        for (const item of ['a']) source.next(item)
      })
    }))

  it('keeps the records of an item together, even if a serializer pushes into the source meanwhile', () =>
    marbleCluster(({ cold, expectObservable, flush }, { cluster, config, options }) => {
      const source = new Subject<string>()
      const serializer = (value: string) => {
        if (value === 'b') {
          source.next('fg')
          source.complete()
        }
        return value
      }
      const out = source.pipe(
        toKafkaEach({ ...config, 'value.serializer': serializer }, project, options),
        told,
      )
      expectObservable(out).toBe('12ms (by|)', results)
      cold('b', items).subscribe((item) => source.next(item))
      flush()
      expect(cluster.records('t').map(({ valueText }) => valueText)).toEqual([...'bcdfg'])
    }))

  it('fails after earlier items when project throws in the middle of another item', () =>
    marbleCluster(({ cold, expectObservable }, { config, options }) => {
      const source = new Subject<string>()
      const bug = new Error('a bug')
      const serializer = (value: string) => {
        if (value === 'b') source.next('?')
        return value
      }
      const broken = (item: string) => {
        if (item === '?') throw bug
        return project(item)
      }
      const out = source.pipe(
        toKafkaEach({ ...config, 'value.serializer': serializer }, broken, options),
        told,
      )
      expectObservable(out).toBe('12ms (b#)', results, bug)
      cold('b', items).subscribe((item) => source.next(item))
    }))

  it('copies the list of an item when project returns it', () =>
    marbleCluster(({ hot, expectObservable }, { config, options }) => {
      const list: Letter[] = []
      const shared = (item: string) => {
        list.splice(0, list.length, ...project(item)!)
        return list
      }
      const serializer = (value: string) => {
        list.push({ topic: 't', value: 'z' })
        return value
      }
      const out = hot('(by|)', items).pipe(
        toKafkaEach({ ...config, 'value.serializer': serializer }, shared, options),
        told,
      )
      expectObservable(out).toBe('12ms (by|)', results)
    }))

  it('limits outstanding records to maxOutstanding', () =>
    marbleCluster(({ hot, expectObservable, flush }, { cluster, config, options }) => {
      const out = hot('(by)', items).pipe(
        toKafkaEach(config, project, { ...options, maxOutstanding: 2 }),
        told,
      )
      expectObservable(out).toBe('14ms b 1ms y', results)
      flush()
      expect(cluster.requests.filter(({ api }) => api === 'Produce')).toHaveLength(3)
    }))

  it('throws at once for wrong arguments', () => {
    const config = { 'bootstrap.servers': 'a:1' }
    expect(() => toKafkaEach(config, {} as never)).toThrow('must be a function of the item')
    expect(() => toKafkaEach(config, project, { order: 'input' } as never)).toThrow(
      "'order' is not an option of toKafkaEach",
    )
    expect(() => toKafkaEach({} as never, project)).toThrow(
      expect.objectContaining({ code: 'MISSING' }),
    )
  })
})
