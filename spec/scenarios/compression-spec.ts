// Every codec from the configuration to the log: the batches that brokers get are compressed with
// it, contain the records, and have the requested level.

import { from } from 'rxjs'
import { toKafka } from 'to-kafka'
import { codecs } from 'to-kafka/stages'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { configFor, listen, startCluster } from '../support/scenario.ts'

const withoutZstd = codecs.zstd.compressNeeds() !== null
const names = Object.values(codecs)
  .map(({ name }) => name)
  .filter((name) => name !== 'none' && (name !== 'zstd' || !withoutZstd))

// One of them is longer than an lz4 block, and none compresses to almost nothing.
const input = Array.from({ length: 300 }, (_, index) => ({
  topic: 't',
  key: `${index}`,
  value: index === 100 ? 'line '.repeat(20_000) : `value ${index * 7919} `.repeat(index % 20),
}))

describe.each(names)('compression.type %s', (name) => {
  const level = { 'compression.gzip.level': 9, 'compression.zstd.level': 19 }

  it('delivers records in batches with that codec', async () => {
    const compress = vi.spyOn(codecs[name], 'compress')
    onTestFinished(() => compress.mockRestore())
    const cluster = await startCluster()
    const config = configFor(cluster, { 'compression.type': name, 'linger.ms': 5, ...level })

    const delivered = listen(from(input).pipe(toKafka(config)))
    expect(await delivered.ended).toBeNull()

    const log = await cluster.records('t')
    expect(log.map(({ keyText, valueText }) => [keyText, valueText])).toEqual(
      input.map(({ key, value }) => [key, value]),
    )
    expect(cluster.violations).toEqual([])
    expect(compress).toHaveBeenCalled()
    const levels = { gzip: 9, zstd: 19 } as const
    const asked = name === 'gzip' || name === 'zstd' ? levels[name] : undefined
    for (const [, given] of compress.mock.calls) expect(given).toBe(asked)
  })
})

it.runIf(withoutZstd)(
  'zstd is refused before any record is accepted if Node does not have it',
  () => {
    const config = { 'bootstrap.servers': 'a:1', 'compression.type': 'zstd' } as const
    expect(() => toKafka(config)).toThrow(/'zstd' needs Node 22\.15/)
  },
)
