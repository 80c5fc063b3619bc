import { expect, it } from 'vitest'
import { Reader } from '../../lib/bytes/reader.ts'
import { leanPartitions } from '../../lib/protocol/lean-partitions.ts'

// That the client reads what the general codec reads is a law of all messages (apis-spec.ts). Here is what a
// broker may send beyond that.

const fixed = (index: number) => [0, 0, 0, 0, 0, index, 0, 0, 0, 2, 0, 0, 0, 3]
const read = (bytes: readonly number[], length: number) =>
  leanPartitions({ version: 12, flexible: true, lean: true })(
    new Reader(Uint8Array.from(bytes)),
    length,
  )

it('partitions are read without their replicas, of which there may be any number', () => {
  const replicas = [0x81, 0x01, ...new Array(128 * 4).fill(9)]
  const bytes = [...fixed(0), 1, 1, 1, 0, ...fixed(1), ...replicas, 1, 1, 1, 7, 2, 8, 8]
  expect(read(bytes, 2)).toMatchObject([
    { errorCode: 0, partitionIndex: 0, leaderId: 2, leaderEpoch: 3, replicaNodes: [] },
    { partitionIndex: 1, isrNodes: [], offlineReplicas: [] },
  ])
})

it('partitions that are announced and not there, or have no list of replicas, are refused', () => {
  const whole = [...fixed(0), 1, 1, 1, 0]
  expect(() => read(whole, 2)).toThrow(expect.objectContaining({ code: 'TRUNCATED' }))
  expect(() => read(whole, 2 ** 31 - 1)).toThrow(expect.objectContaining({ code: 'TRUNCATED' }))
  expect(() => read([...fixed(0), 0, 1, 1, 0], 1)).toThrow(
    expect.objectContaining({ code: 'INVALID_VALUE' }),
  )
})
