import { isThenable, watchRejection } from '../collections/thenable.ts'
import { quoted } from '../errors/quoted.ts'
import type { Envelope } from '../model.ts'
import { murmur2, toPartition } from '../partitioners/murmur2.ts'
import type { Partitioner } from '../partitioners/partitioner.ts'
import { failed, unreadable } from './envelope.ts'
import type { TopicPlace } from './topic-directory.ts'

// The partition of a record whose topic is known: by its key, or by the user's partitioner. Whatever that
// does affects only this record. Used by the partition stage.

/** By the hash of its key, as Java. */
export function placeByKey(
  envelope: Envelope,
  key: string | Uint8Array,
  { info }: TopicPlace,
): void {
  try {
    envelope.partition = toPartition(murmur2(key), info.partitionCount)
  } catch (cause) {
    unreadable(envelope, cause)
  }
}

/** By the user's function; null leaves it to the sticky choice. */
export function askPartitioner(
  partitioner: Partitioner<never>,
  envelope: Envelope,
  { info, sticky }: TopicPlace,
): void {
  const { topic, key, value, headers, original } = envelope
  const facts = { topic, key, value, headers, record: original }
  try {
    const chosen: unknown = partitioner(facts as never, info)
    if (chosen === null) envelope.sticky = sticky
    else if (isPartition(chosen, info.partitionCount)) envelope.partition = chosen
    else {
      const last = info.partitionCount - 1
      if (isThenable(chosen)) {
        watchRejection(chosen, nothing)
        throw new TypeError(
          `the partitioner returned a promise; it must be synchronous, and return null or an integer from 0 to ${last}`,
        )
      }
      throw new RangeError(
        `the partitioner returned ${quoted(chosen)}; it must return null or an integer from 0 to ${last}`,
      )
    }
  } catch (cause) {
    failed(envelope, 'PARTITIONER_FAILED', { cause })
  }
}

function isPartition(chosen: unknown, count: number): chosen is number {
  return Number.isInteger(chosen) && (chosen as number) >= 0 && (chosen as number) < count
}

function nothing(): void {}
