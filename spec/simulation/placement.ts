import type { ConfigPlan, RecordPlan } from './scenario.ts'
import { placeNumber, topic } from './setting.ts'

// A record's partition, computed a second time and in another way, to check the partitioners of the
// library. Murmur2 with big integers and a loop, CRC-32 bit by bit.

/** The partition in which the record must be; null if the producer chooses. */
export function placeOf(plan: RecordPlan, config: ConfigPlan, partitions: number): number | null {
  const place = partitionOf(plan, config, partitions)
  return place === null ? null : placeNumber(plan.topic ?? topic, place)
}

/** Where Java's default puts a key among so many partitions. */
export function placeAmong(key: string, partitions: number): number {
  return murmur2(Buffer.from(key)) % partitions
}

function partitionOf(
  { partition, key, bytes }: RecordPlan,
  { partitioner, ignoreKeys }: ConfigPlan,
  partitions: number,
): number | null {
  if (partition !== null) return partition
  const keyBytes = key === undefined ? null : Buffer.from(key)
  switch (partitioner) {
    case 'roundRobin':
      return null
    case 'size':
      return bytes % partitions
    case 'consistent':
      return keyBytes === null ? 0 : crc32(keyBytes) % partitions
    case 'consistentRandom':
      return keyBytes === null || keyBytes.length === 0 ? null : crc32(keyBytes) % partitions
    default:
      // Java's default, and librdkafka's murmur2_random, which knows no `partitioner.ignore.keys`.
      if (keyBytes === null || (ignoreKeys && partitioner === undefined)) return null
      return murmur2(keyBytes) % partitions
  }
}

const wrap = (number: bigint) => BigInt.asUintN(32, number)
const mix = 0x5bd1e995n

/** Without its sign bit, as Java takes it. */
function murmur2(bytes: Uint8Array): number {
  let hash = 0x9747b28cn ^ BigInt(bytes.length)
  let at = 0
  for (; bytes.length - at >= 4; at += 4) {
    const word = wrap(BigInt(Buffer.from(bytes).readUInt32LE(at)) * mix)
    hash = wrap(hash * mix) ^ wrap((word ^ (word >> 24n)) * mix)
  }
  const tail = [...bytes.subarray(at)]
  if (tail.length > 0) {
    const rest = tail.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
    hash = wrap((hash ^ rest) * mix)
  }
  hash = wrap((hash ^ (hash >> 13n)) * mix)
  return Number((hash ^ (hash >> 15n)) & 0x7fffffffn)
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}
