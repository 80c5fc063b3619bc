import { isThenable } from '../collections/thenable.ts'
import {
  type GroupMembership,
  type GroupMetadata,
  membershipOf,
  type OffsetToCommit,
  offsetOf,
} from '../producer/group-metadata.ts'
import type { Offsets } from '../producer/transaction-parts.ts'

// The offsets that a transaction commits: for each source partition, the end of what was read from it.
//
// Invariant: one entry per source partition, however many messages came. The group is asked at each commit,
// because its generation changes with each rebalance.

/** Where a message was read, as consumers report it. */
export interface MessagePosition {
  readonly topic: string
  readonly partition: number
  /** The message's own offset. A string must consist of digits, as in kafkajs. */
  readonly offset: number | bigint | string
  readonly leaderEpoch?: number | undefined
}

/** A consumer's group membership, or a function that returns it, which is called at each commit. */
export type GroupSource = GroupMetadata | (() => GroupMetadata | PromiseLike<GroupMetadata>)

export class SourceOffsets {
  #ends = new Map<string, OffsetToCommit>()

  /** Notes that a message was read there. Throws a TypeError if that is not a position. */
  note({ topic, partition, offset, leaderEpoch }: MessagePosition): void {
    const number = typeof offset === 'string' && /^\d+$/.test(offset) ? BigInt(offset) : offset
    const read = offsetOf({ topic, partition, offset: number as number | bigint, leaderEpoch })
    const key = `${topic}-${partition}`
    const end = read.offset + 1
    const known = this.#ends.get(key)
    if (known === undefined || end > known.offset) this.#ends.set(key, { ...read, offset: end })
  }

  get isEmpty(): boolean {
    return this.#ends.size === 0
  }

  /** Returns them with the group's membership, which may need a promise; null if there are none. */
  give(
    source: GroupSource,
    given: (offsets: Offsets | null) => void,
    failed: (error: unknown) => void,
    check: (group: GroupMembership) => void = () => {},
  ): void {
    if (this.isEmpty) {
      given(null)
      return
    }
    const offsets = [...this.#ends.values()]
    const member = (group: GroupMetadata) => {
      const membership = membershipOf(group)
      check(membership)
      return { group: membership, offsets }
    }
    try {
      const group = typeof source === 'function' ? source() : source
      if (!isThenable(group)) given(member(group as GroupMetadata))
      else {
        Promise.resolve(group as PromiseLike<GroupMetadata>)
          .then(member)
          .then(given, failed)
      }
    } catch (error) {
      failed(error)
    }
  }
}
