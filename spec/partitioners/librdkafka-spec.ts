import { describe, expect, it } from 'vitest'
import { consistent, consistentRandom, murmur2Random } from '../../lib/partitioners/librdkafka.ts'
import type { Partitioner } from '../../lib/partitioners/partitioner.ts'

// What librdkafka's own test (0048) expects of its partitioners: hashes of these keys, modulo the
// number of partitions. null: the choice is random.
const keys = [null, '', '23456', 'this is another string with more length to it perhaps', 'hejsan']
const cases: readonly [string, Partitioner, readonly (number | null)[]][] = [
  ['consistent', consistent, [0, 0, 0xb1b451d7, 0xb0150df7, 0xd077037e]],
  ['consistentRandom', consistentRandom, [null, null, 0xb1b451d7, 0xb0150df7, 0xd077037e]],
  ['murmur2Random', murmur2Random, [null, 0x106e08d9, 0x058d780f, 0x4f7703da, 0x5ec19395]],
]

function ask(partitioner: Partitioner, key: string | Uint8Array | null, partitionCount: number) {
  const record = { topic: 't', value: null }
  const facts = { topic: 't', key, value: null, headers: null, record }
  return partitioner(facts, { name: 't', partitionCount, availablePartitions: [0] })
}

describe.each(cases)('%s', (_, partitioner, hashes) => {
  it.each([1, 7, 17, 1000])('chooses the same partition as librdkafka among %i', (count) => {
    const expected = hashes.map((hash) => (hash === null ? null : hash % count))
    expect(keys.map((key) => ask(partitioner, key, count))).toEqual(expected)
    const bytes = keys.map((key) => (key === null ? null : Buffer.from(key)))
    expect(bytes.map((key) => ask(partitioner, key, count))).toEqual(expected)
  })

  it('hashes the UTF-8 of a string, also with a lone surrogate', () => {
    for (const key of ['é', '漢字', '😀', 'a\ud800']) {
      expect(ask(partitioner, key, 1000)).toBe(ask(partitioner, Buffer.from(key), 1000))
    }
  })
})
