import { describe, expect, it } from 'vitest'
import {
  logOf,
  producerFor,
  records,
  requested,
  settle,
  startCluster,
  startProducer,
} from '../support/scenario.ts'

// close({ timeout: 0 }) gives every record its error at once, whatever it waits for.

const codeOf = (sent: Promise<unknown>) =>
  sent.then(
    () => 'acknowledged',
    (error) => `${error.code} ${error.persisted}`,
  )

describe('close({ timeout: 0 })', () => {
  it('while the producer requests its id fails the records that wait for it', async () => {
    const cluster = await startCluster()
    const asked = cluster.on('InitProducerId').hang()
    const producer = producerFor(cluster)
    const sent = records(['a', 'b']).map((record) => codeOf(producer.send(record)))
    await requested(cluster, 'InitProducerId')
    await producer.close({ timeout: 0 })
    expect(await Promise.all(sent)).toEqual(['CLOSED no', 'CLOSED no'])
    expect(asked.hits).toBe(1)
    expect(await logOf(cluster)).toEqual([])
  })

  it('while records wait for memory fails all of them, and accepts no more', async () => {
    const { cluster, producer } = await startProducer({ 'buffer.memory': 2048, 'batch.size': 1024 })
    await producer.send({ topic: 't', value: 'warm' })
    cluster.on('Produce').hang()
    const sent = records(Array(20).fill('x'.repeat(300))).map((record) =>
      codeOf(producer.send(record)),
    )
    await requested(cluster, 'Produce', 2)
    await settle()
    await producer.close({ timeout: 0 })
    const codes = await Promise.all(sent)
    expect(new Set(codes)).toEqual(new Set(['CLOSED possibly', 'CLOSED no']))
    // Six records fill the memory; the rest waited, and none of those can be in the log.
    expect(codes.slice(6)).toEqual(Array(14).fill('CLOSED no'))
    expect(await codeOf(producer.send({ topic: 't', value: 'late' }))).toBe('CLOSED no')
  })
})
