import { describe, expect, it } from 'vitest'
import { engineOf } from '../../lib/producer/assembly.ts'
import { readBatches } from '../../lib/records/batch-reader.ts'
import { codecs } from '../../lib/records/compression.ts'
import { logOf, requestsOf, startProducer } from '../support/scenario.ts'
import { numbers, sendAll } from './numbers.ts'

// Batches that are large enough for compression on another thread, over real sockets.

const types = (['gzip', 'zstd'] as const).filter((name) => codecs[name].compressNeeds() === null)

describe.each(types)('large batches of %s', (type) => {
  const config = { 'compression.type': type, 'batch.size': 65536 } as const
  const filler = 'x'.repeat(150)
  const records = (from: number, to: number) =>
    numbers(from, to).map((record) => ({ ...record, value: `${record.number} ${filler}` }))

  it('are compressed on another thread, and keep their order', async () => {
    const { cluster, producer } = await startProducer(config)
    const results = await sendAll(producer, records(0, 20_000))
    expect(results.map(({ offset }) => offset)).toEqual([...Array(20_000).keys()])
    const log = await logOf(cluster)
    expect(log.map((value) => Number(value?.split(' ')[0]))).toEqual([...Array(20_000).keys()])
    const sizes = requestsOf(cluster, 'Produce').flatMap(({ body }) =>
      body.topicData.flatMap(({ partitionData }) =>
        partitionData.map(({ records: bytes }) => {
          const [batch] = readBatches(bytes as unknown as Uint8Array)
          return { raw: batch!.uncompressedBytes, sent: batch!.header.byteLength }
        }),
      ),
    )
    expect(Math.max(...sizes.map(({ raw }) => raw))).toBeGreaterThan(32 * 1024)
    for (const { raw, sent } of sizes) expect(sent).toBeLessThan(raw)
    expect(engineOf(producer).heldBytes).toBe(0)
  })

  it('that are in progress at a close without delay give each record its result, and return their memory', async () => {
    const { producer } = await startProducer(config)
    await producer.send({ topic: 't', partition: 0, value: 'warm' })
    const sent = Promise.allSettled(records(0, 5000).map((record) => producer.send(record)))
    await producer.close({ timeout: 0 })
    const results = await sent
    expect(results.every(({ status }) => status === 'rejected')).toBe(true)
    while (engineOf(producer).heldBytes > 0) await new Promise(setImmediate)
    expect(engineOf(producer).waitingBatches).toBe(0)
  })
})
