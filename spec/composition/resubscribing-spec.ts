import { catchError, defer, from, map, merge, of, retry, share, throwError } from 'rxjs'
import { DeliveryError, toKafka } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import {
  configFor,
  listen,
  logOf,
  producerFor,
  records,
  requestsOf,
  startCluster,
  toValue,
} from '../support/scenario.ts'

/**
 * One batch for each record, one after the other, so it is certain what was delivered before a
 * failure.
 */
const singly = { 'batch.size': 1, 'max.in.flight.requests.per.connection': 1 }

describe('retry below toKafka', () => {
  it('sends everything again, so records delivered before the failure are in the log twice', async () => {
    const cluster = await startCluster()
    cluster.on('Produce', { nth: 2 }).reply('INVALID_RECORD')
    const delivered = listen(
      from(records(['a', 'b', 'c'])).pipe(toKafka(configFor(cluster, singly)), retry(1), toValue),
    )
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toEqual(['a', 'a', 'b', 'c'])
    expect(await logOf(cluster)).toEqual(['a', 'a', 'b', 'c'])
  })

  it('also does so on a shared producer', async () => {
    const cluster = await startCluster()
    cluster.on('Produce', { nth: 2 }).reply('INVALID_RECORD')
    const producer = producerFor(cluster, singly)
    const delivered = listen(from(records(['a', 'b'])).pipe(toKafka(producer), retry(1), toValue))
    expect(await delivered.ended).toBeNull()
    expect(await logOf(cluster)).toEqual(['a', 'a', 'b'])
  })

  it('gives up with the last failure', async () => {
    const cluster = await startCluster()
    cluster.on('Produce').reply('INVALID_RECORD')
    const delivered = listen(
      from(records(['a'])).pipe(toKafka(configFor(cluster, singly)), retry(2)),
    )
    expect(await delivered.ended).toBeInstanceOf(DeliveryError)
    expect(requestsOf(cluster, 'Produce')).toHaveLength(3)
  })
})

describe('retry above toKafka', () => {
  it('subscribes to the source again, without affecting the producer and its results', async () => {
    const cluster = await startCluster()
    let lives = 0
    const flaky$ = defer(() => {
      lives += 1
      const [value] = records([`life ${lives}`])
      return lives < 3
        ? merge(
            of(value!),
            throwError(() => new Error('lost')),
          )
        : of(value!)
    })
    const delivered = listen(flaky$.pipe(retry(2), toKafka(configFor(cluster)), toValue))
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toEqual(['life 1', 'life 2', 'life 3'])
    expect(await logOf(cluster)).toEqual(['life 1', 'life 2', 'life 3'])
    expect(requestsOf(cluster, 'InitProducerId')).toHaveLength(1)
  })
})

describe('catchError below toKafka', () => {
  it('can send again the records that are not in the log, and nothing else', async () => {
    const cluster = await startCluster()
    cluster.on('Produce', { nth: 2 }).reply('INVALID_RECORD')
    const config = configFor(cluster, singly)
    const delivered = listen(
      from(records(['a', 'b', 'c'])).pipe(
        toKafka(config),
        catchError((error: DeliveryError<{ topic: string; value: string }>) =>
          from(error.unsent).pipe(
            map(({ record }) => record),
            toKafka(config),
          ),
        ),
        toValue,
      ),
    )
    expect(await delivered.ended).toBeNull()
    expect(await logOf(cluster)).toEqual(['a', 'b', 'c'])
  })
})

describe('two subscribers', () => {
  it('send everything twice', async () => {
    const cluster = await startCluster()
    const results$ = from(records(['a'])).pipe(toKafka(configFor(cluster)))
    await Promise.all([listen(results$).ended, listen(results$).ended])
    expect(await logOf(cluster)).toEqual(['a', 'a'])
  })

  it('of one share() get the results of records that are sent once', async () => {
    const cluster = await startCluster()
    const results$ = from(records(['a', 'b'])).pipe(toKafka(configFor(cluster)), toValue, share())
    const [first, second] = [listen(results$), listen(results$)]
    expect([await first.ended, await second.ended]).toEqual([null, null])
    expect([first.values, second.values]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ])
    expect(await logOf(cluster)).toEqual(['a', 'b'])
  })

  it('of one share() get the same failure', async () => {
    const cluster = await startCluster()
    cluster.on('Produce').reply('INVALID_RECORD')
    const results$ = from(records(['a'])).pipe(toKafka(configFor(cluster)), share())
    const [first, second] = [listen(results$), listen(results$)]
    expect(await first.ended).toBeInstanceOf(DeliveryError)
    expect(await second.ended).toBe(await first.ended)
  })
})
