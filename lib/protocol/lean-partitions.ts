import type { Reader } from '../bytes/reader.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import type { Format } from './codec.ts'
import { skipTags } from './struct-codec.ts'

// The partitions of a topic, as the client reads them from an answer about metadata: without their replicas,
// and by hand. An answer may have 50,000 of them, and most of those that a process ever reads come before V8
// has compiled the general codec.
//
//   [error:int16][index:int32][leader:int32][epoch:int32, since v7]
//   [replicas:int32[]][in sync:int32[]][offline:int32[], since v5][tags, since v9]

const nothing: readonly number[] = Object.freeze([])

/** A partition without its replicas. */
class LeanPartition {
  readonly errorCode: number
  readonly partitionIndex: number
  readonly leaderId: number
  readonly leaderEpoch: number

  constructor(errorCode: number, partitionIndex: number, leaderId: number, leaderEpoch: number) {
    this.errorCode = errorCode
    this.partitionIndex = partitionIndex
    this.leaderId = leaderId
    this.leaderEpoch = leaderEpoch
  }

  get replicaNodes(): readonly number[] {
    return nothing
  }

  get isrNodes(): readonly number[] {
    return nothing
  }

  get offlineReplicas(): readonly number[] {
    return nothing
  }
}

/** Returns what reads a list of partitions whose length is known. */
export function leanPartitions({ version, flexible }: Format) {
  const lists = version >= 5 ? 3 : 2
  return (reader: Reader, length: number): readonly LeanPartition[] => {
    const partitions: LeanPartition[] = []
    for (let count = 0; count < length; count += 1) {
      const errorCode = reader.int16()
      const index = reader.int32()
      const leader = reader.int32()
      const epoch = version >= 7 ? reader.int32() : -1
      for (let list = 0; list < lists; list += 1) {
        const nodes = flexible ? reader.uvarint() - 1 : reader.int32()
        if (nodes < 0) throw new ProtocolError('INVALID_VALUE', 'a list of replicas is null')
        reader.skip(4 * nodes)
      }
      if (flexible) skipTags(reader)
      partitions.push(new LeanPartition(errorCode, index, leader, epoch))
    }
    return partitions
  }
}
