// After librdkafka's 0117-mock_errors: a broker whose disk fails three times.

import type { DeliveryError } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { logOf, producerFor, requestsOf, startCluster } from '../support/scenario.ts'
import { numbers } from './numbers.ts'

const [record] = numbers(0, 1) as [ReturnType<typeof numbers>[0]]

describe('KAFKA_STORAGE_ERROR on three answers in a row', () => {
  it.each([true, false])('delivers with retries left (idempotent: %s)', async (idempotent) => {
    const cluster = await startCluster({ brokers: 3 })
    cluster.on('Produce', { times: 3 }).reply('KAFKA_STORAGE_ERROR')
    const producer = producerFor(cluster, { retries: 10, 'enable.idempotence': idempotent })

    const { offset } = await producer.send(record!)

    expect(offset).toBe(0)
    expect(await logOf(cluster)).toEqual(['0'])
    expect(requestsOf(cluster, 'Produce')).toHaveLength(4)
  })

  // librdkafka says "not persisted". A disk that fails after a write may return with the data, so
  // this package does not promise that.
  it('fails a record once its retries are used up, with that error and the number of attempts', async () => {
    const cluster = await startCluster({ brokers: 3 })
    cluster.on('Produce', { times: 3 }).reply('KAFKA_STORAGE_ERROR')
    const producer = producerFor(cluster, { retries: 1 })

    const error: DeliveryError = await producer.send(record!).then(undefined, (cause) => cause)

    expect(error).toMatchObject({ code: 'KAFKA_STORAGE_ERROR', attempts: 2, persisted: 'possibly' })
    expect(error.record).toBe(record)
    expect(await logOf(cluster)).toEqual([])
    expect(requestsOf(cluster, 'Produce')).toHaveLength(2)
  })

  it('requests the current leader after each of them', async () => {
    const cluster = await startCluster({ brokers: 3 })
    cluster.on('Produce', { times: 3 }).reply('KAFKA_STORAGE_ERROR')

    await producerFor(cluster).send(record!)

    expect(requestsOf(cluster, 'Metadata').length).toBeGreaterThan(1)
  })
})
